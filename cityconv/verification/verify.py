"""The verification of a data set or of an output."""

from __future__ import annotations

from contextlib import closing
from operator import attrgetter
from typing import TYPE_CHECKING

from cityconv.check.expected_options import ExpectedOptions
from cityconv.check.findings import Finding
from cityconv.engine.executors import execute
from cityconv.engine.progress import track
from cityconv.errors import SourceError, UsageError
from cityconv.formats import FORMATS
from cityconv.source.layout import find_frames
from cityconv.verification.ground_truth import check_ground_truth
from cityconv.vocabulary import STAGING_FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cityconv.check.findings import Check
    from cityconv.source.layout import Frame
    from cityconv.vocabulary import SubsetBy


def verify(
    source: Path,
    out: Path | None = None,
    expected: ExpectedOptions | None = None,
    *,
    splits: Sequence[str] = (),
    cities: Sequence[str] = (),
    split_by: SubsetBy = "split",
    jobs: int = 1,
    progress: bool = False,
) -> list[Check]:
    """Compare an output with the annotations, or without an output the PNGs beside the annotations.

    Args:
        source: the data set, as for `find_frames`.
        out: an output folder of cityconv.
        expected: the options that the output was made with; the defaults of its formats when not given.
        splits: only these splits.
        cities: only these cities.
        split_by: how the output was divided.
        jobs: number of worker processes; with 1 the work is done in this one.
        progress: whether to show a progress bar on a terminal.

    Returns:
        One check for each part of the output, with all its findings; none of them has any when everything agrees.

    Raises:
        SourceError: the data set cannot be read, or `out` holds no output of cityconv.
        UsageError: the options contradict each other.
        WorkerError: a worker died or hit an internal error.
    """
    frames = find_frames(source, splits, cities, split_by)
    checks = [check_ground_truth(frames)] if out is None else _checks(out, frames, expected or ExpectedOptions())
    for check in checks:
        with closing(execute(check.work, check.frames, jobs, attrgetter("where"))) as results:
            check.take(list(track(results, len(check.frames), 0, progress)))
    return checks


def _checks(out: Path, frames: list[Frame], expected: ExpectedOptions) -> list[Check]:
    """Return the checks of all formats in an output; their frames are not compared yet."""
    if not out.is_dir():
        raise SourceError(f"{out}: no such folder")
    checks = [check for options in FORMATS.values() for check in options.checker().checks(out, frames, expected)]
    if not checks:
        raise SourceError(f"{out}: found no output of cityconv", _hint(out))
    if expected.task and not any(expected.task in check.tasks for check in checks):
        raise UsageError(f"--task {expected.task}: no output in {out} has this task")
    if (out / STAGING_FOLDER).exists():
        checks[0].findings.insert(0, Finding("extra", str(out / STAGING_FOLDER), "left by an unfinished run"))
    return checks


def _hint(out: Path) -> str:
    """Return what to try when a folder holds no output: folders below it may, since recipes put outputs there."""
    below = [path.name for path in sorted(out.iterdir()) if path.is_dir() and _holds_output(path)]
    return f"found in {', '.join(below)}; verify each with the options it was made with" if below else ""


def _holds_output(out: Path) -> bool:
    return any(options.checker().is_present(out) for options in FORMATS.values())
