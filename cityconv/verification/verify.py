"""The verification of a data set or of an output."""

from __future__ import annotations

from contextlib import closing
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from cityconv.check.findings import Check, Finding
from cityconv.engine.executors import execute
from cityconv.engine.plan import settle_labels
from cityconv.engine.progress import track
from cityconv.errors import SourceError, UsageError
from cityconv.formats import FORMATS
from cityconv.frame.reading import open_dataset
from cityconv.source.images import find_images, name_images
from cityconv.source.layout import ANNOTATION_SUFFIX
from cityconv.verification.ground_truth import check_ground_truth
from cityconv.verification.options import ContentOptions, TargetOptions
from cityconv.vocabulary import STAGING_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.check.checker import Checker
    from cityconv.frame.reading import FrameReader
    from cityconv.source.layout import DataSet, Frame


class Verification(NamedTuple):
    """The result of a verification.

    Attributes:
        checks: one for each part of the output.
        notes: what the user should know about how the data set was read, a sentence each.
    """

    checks: list[Check]
    notes: list[str]

    @property
    def findings(self) -> list[Finding]:
        """All discrepancies; none if the output is what its options describe."""
        return [finding for check in self.checks for finding in check.findings]


def verify(
    target: TargetOptions, content: ContentOptions | None = None, *, jobs: int = 1, progress: bool = False
) -> Verification:
    """Compare an output with the annotations, or without an output the PNGs next to the annotations.

    Args:
        target: the data set and the output.
        content: the options that the output was made with; the defaults of its formats when not given.
        jobs: number of worker processes; with 1 the work is done in this one.
        progress: whether to show a progress bar on a terminal.

    Raises:
        SourceError: the data set cannot be read, or the folder holds no output of cityconv.
        UsageError: the options contradict each other.
        WorkerError: a worker died or hit an internal error.
    """
    content = content or ContentOptions()
    if target.out is None and content != ContentOptions():
        raise UsageError("options of an output, but no OUT", "cityconv verify SRC OUT")
    dataset, reader = open_dataset(target, target.split_by)
    notes = list(dataset.notes)
    if target.out is None:
        checks = [check_ground_truth(dataset.frames, reader, _suffix(target, reader))]
    else:
        checks = _checks(target.out, dataset, reader, target, content, notes)
    for check in checks:
        with closing(execute(check.work, check.frames, jobs, attrgetter("where"))) as results:
            check.take(list(track(results, len(check.frames), 0, progress)))
    return Verification(checks, notes)


def _suffix(target: TargetOptions, reader: FrameReader) -> str:
    """Return what the names of annotation files end with."""
    return ANNOTATION_SUFFIX if reader.kind == "polygons" else target.map_suffix or f"_{reader.kind}.png"


def _checks(
    out: Path,
    dataset: DataSet,
    reader: FrameReader,
    target: TargetOptions,
    content: ContentOptions,
    notes: list[str],
) -> list[Check]:
    """Return the checks of all formats in an output; their frames are not compared yet."""
    if not out.is_dir():
        raise SourceError(f"{out}: no such folder")
    if content.extent == "full" and reader.kind != "polygons":
        raise UsageError(f"--extent full needs polygons, and {reader.kind} maps show what is visible")
    checkers = _checkers_of(out)
    if not checkers:
        raise SourceError(f"{out}: found no output of cityconv", _hint(out))
    reader, groups = settle_labels([content], dataset.frames, reader)
    expected = content.expected(target, reader, groups)
    without_images = name_images(dataset.frames, target, {})
    with_images = without_images
    if any(checker.has_images(out) for checker in checkers):
        with_images = _frames_with_images(dataset, target, notes)
    checks = [
        check
        for checker in checkers
        for check in checker.checks(out, with_images if checker.has_images(out) else without_images, expected)
    ]
    if not checks:
        raise SourceError(f"{out}: found no output of cityconv", _hint(out))
    if expected.task and not any(expected.task in check.tasks for check in checks):
        raise UsageError(f"--task {expected.task}: no output in {out} has this task")
    if (out / STAGING_FOLDER).exists():
        checks[0].findings.insert(0, Finding("extra", str(out / STAGING_FOLDER), "left by an unfinished run"))
    return checks


def _frames_with_images(dataset: DataSet, target: TargetOptions, notes: list[str]) -> list[Frame]:
    """Return the frames with the suffixes that their images have in an output, as those of the data set tell."""
    try:
        images = find_images(dataset, target.image_root, target.image_suffix or ())
    except SourceError as error:
        if target.image_root is not None:
            raise
        notes.append(f"the names of images in OUT are the usual ones, since those of the data set are unknown: {error}")
        images = {}
    return name_images(dataset.frames, target, images)


def _hint(out: Path) -> str:
    """Return what to try when a folder holds no output: folders below it may, since recipes put outputs there."""
    below = [path.name for path in sorted(out.iterdir()) if path.is_dir() and _checkers_of(path)]
    return f"found in {', '.join(below)}; verify each with the options it was made with" if below else ""


def _checkers_of(out: Path) -> list[Checker]:
    """Return the checkers of the formats that a folder holds."""
    return [checker for options in FORMATS.values() if (checker := options.checker()).is_present(out)]
