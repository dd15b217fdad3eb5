"""The verification of a data set or of an output."""

from __future__ import annotations

from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from cityconv.check.findings import Check, Finding
from cityconv.engine.destinations import is_output_in_store, local_copy
from cityconv.engine.executors import LOCAL, Workers
from cityconv.engine.make_plan import settle_labels
from cityconv.engine.manifest import FILE_NAME
from cityconv.engine.parts import items_of
from cityconv.engine.progress import track
from cityconv.engine.recorded import find_recorded
from cityconv.engine.shards import has_shards
from cityconv.engine.staging import is_unfinished
from cityconv.errors import CityconvError, OutputError, SourceError, UnknownNameError, UsageError
from cityconv.formats import FORMATS
from cityconv.frame.reading import open_dataset, takes_boxes
from cityconv.source.images import find_images, name_images
from cityconv.source.layout import ANNOTATION_SUFFIX
from cityconv.verification.comparison import check_without_frames, compare_frames, failure
from cityconv.verification.ground_truth import check_ground_truth
from cityconv.verification.options import ContentOptions, TargetOptions
from cityconv.verification.recorded import check_files, files_of_others, find_remains, recorded_options
from cityconv.verification.result import Verification
from cityconv.verification.shards import Unpacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.check.checker import Checker
    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.engine.manifest import OutputRecord
    from cityconv.engine.recorded import RecordedOutput
    from cityconv.frame.reading import FrameReader, NamedFiles
    from cityconv.source.frame import DataSet, Frame


def verify(
    target: TargetOptions, content: ContentOptions | None = None, *, workers: Workers = LOCAL, progress: bool = False
) -> Verification:
    """Compare an output with the annotations, or without an output the PNGs next to the annotations.

    Args:
        target: the data set and the output.
        content: the options that the output was made with; the defaults of its formats when not given.
        workers: where frames and files are compared.
        progress: whether to show a progress bar on a terminal.

    Raises:
        SourceError: the data set cannot be read, or the folder holds no output of cityconv.
        UsageError: the options contradict each other, or name something that does not exist.
        WorkerError: a worker died or hit an internal error.
    """
    content = content or ContentOptions()
    run = _Run(workers, progress)
    if target.out is not None:
        with local_copy(target.out) as folder:
            return _verify_folder(folder, target, content, run).naming(folder, target.out)
    if is_output_in_store(target.source):
        with local_copy(target.source) as folder:
            return _verify_source(replace(target, source=folder), content, run).naming(folder, target.source)
    return _verify_source(target, content, run)


def _verify_folder(out: Path, target: TargetOptions, content: ContentOptions, run: _Run) -> Verification:
    """Compare an output in a folder with the annotations."""
    try:
        recorded = find_recorded(out)
        options = [recorded_options(output, target, content) for output in recorded]
    except OutputError as error:  # which does not hide what is wrong with the files
        result = Verification([check_without_frames("manifest", [Finding("unreadable", str(out), str(error))])], [])
        result.extend(_verify_output(out, target, content, run))
        return result
    result = Verification([], [])
    if recorded:
        result.checks.append(check_files(out, recorded, workers=run.workers, progress=run.progress))
    for output, (recorded_target, made_with, files) in zip(recorded, options, strict=True):
        try:
            found = _verify_recorded(output, recorded_target, made_with, run, files)
            found.forgive(files_of_others(output, recorded))
            result.extend(found)
        except UsageError as error:
            if content != ContentOptions() or isinstance(error, UnknownNameError):
                raise
            finding = Finding("unreadable", str(output.folder / FILE_NAME), f"options that contradict: {error}")
            result.checks.append(check_without_frames("manifest", [finding]))
    return result if recorded else _verify_output(out, target, content, run)


class _Run(NamedTuple):
    """How a verification runs; see `verify`."""

    workers: Workers
    progress: bool

    def finish(self, checks: list[Check], notes: list[str]) -> Verification:
        """Compare the frames of checks, and return the result."""
        for check in checks:
            with closing(compare_frames(check, self.workers)) as results:
                check.take(track(results, len(check.frames), 0, self.progress))
        return Verification(checks, notes)


def _verify_source(target: TargetOptions, content: ContentOptions, run: _Run) -> Verification:
    """Verify an output by its manifest alone, or the PNGs next to the annotations."""
    if content != ContentOptions() or target.size is not None:
        raise UsageError("options of an output, but no OUT", "cityconv verify SRC OUT")
    folder = target.source if isinstance(target.source, Path) else None  # which may be an output
    recorded = find_recorded(folder) if folder else []
    checks: list[Check] = []
    notes: list[str] = []
    try:
        dataset, reader = open_dataset(target, target.split_by)
        if not recorded or reader.kind == "polygons":  # maps of an output are in its manifest
            checks, notes = [check_ground_truth(dataset.frames, reader, _suffix(target, reader))], list(dataset.notes)
    except SourceError:
        if not recorded:
            if folder and is_unfinished(folder):
                raise _no_output(folder) from None
            raise
    if not checks:
        _reject_options_of_data_sets(target)
    files = [check_files(folder, recorded, workers=run.workers, progress=run.progress)] if folder and recorded else []
    return run.finish(files + checks, notes)


def _reject_options_of_data_sets(target: TargetOptions) -> None:
    """Reject what would select frames or tell how they are read: a manifest is compared with all its files."""
    for item in fields(target):
        if item.name not in ("source", "out") and getattr(target, item.name) != item.default:
            option = item.name.replace("_", "-")
            raise UsageError(f"--{option}: an output without SRC is verified as a whole", "cityconv verify SRC OUT")


def _verify_output(
    out: Path,
    target: TargetOptions,
    content: ContentOptions,
    run: _Run,
    files: NamedFiles | None = None,
    record: OutputRecord | None = None,
) -> Verification:
    """Compare an output with the annotations: that of a record, or all that its folder holds."""
    dataset, reader = open_dataset(target, target.split_by, files)
    reader = replace(reader, takes_boxes=takes_boxes(content.task, content.extent))
    notes = list(dataset.notes)
    checks = _checks(out, dataset, reader, target, content, run.workers, notes, record)
    return run.finish(checks, notes)


def _verify_recorded(
    output: RecordedOutput, target: TargetOptions, content: ContentOptions, run: _Run, files: NamedFiles
) -> Verification:
    """Compare the output of a record with the annotations; the files in shards are unpacked first."""
    if not has_shards(output.record):
        return _verify_output(output.folder, target, content, run, files, output.record)
    with TemporaryDirectory(prefix="cityconv-") as folder:
        unpacked = Unpacked(Path(folder))
        unpacked.unpack(output)
        result = _verify_output(unpacked.folder, target, content, run, files, output.record)
    unpacked.name_members(result.checks)
    result.checks.insert(0, unpacked.check)
    return result.naming(unpacked.folder, output.folder)


def _suffix(target: TargetOptions, reader: FrameReader) -> str:
    """Return what the names of annotation files end with."""
    return ANNOTATION_SUFFIX if reader.kind == "polygons" else target.map_suffix or f"_{reader.kind}.png"


def _checks(
    out: Path,
    dataset: DataSet,
    reader: FrameReader,
    target: TargetOptions,
    content: ContentOptions,
    workers: Workers,
    notes: list[str],
    record: OutputRecord | None,
) -> list[Check]:
    """Return the checks of a recorded output, or of all in a folder; their frames are not compared yet."""
    if not out.is_dir():
        raise UnknownNameError(f"{out}: no such folder")
    if content.extent == "full" and not reader.has_full_extent:
        raise UsageError(f"--extent full needs polygons, and {reader.kind} maps show what is visible")
    checkers = _checkers_of(out) if record is None else [FORMATS[record.format].checker()]
    if not checkers:
        raise _no_output(out)
    reader, groups = settle_labels([content], dataset.frames, reader, workers)
    expected = content.expected(target, reader, groups)
    part = record.part if record else None
    without_images = items_of(part, name_images(dataset.frames, target, {}))
    with_images = without_images
    if expected.has_images and any(checker.has_images(out) for checker in checkers):
        with_images = items_of(part, _frames_with_images(dataset, target, notes))
    checks = [
        check
        for checker in checkers
        for check in _checks_of(checker, out, with_images if checker.has_images(out) else without_images, expected)
    ]
    if not checks:
        return _no_checks(out, record)
    if expected.task and not any(expected.task in check.tasks for check in checks):
        raise UsageError(f"--task {expected.task}: no output in {out} has this task")
    if record is None:
        checks[0].findings[:0] = find_remains([out])
    return checks


def _no_checks(out: Path, record: OutputRecord | None) -> list[Check]:
    """Return the check of a recorded output without files; without a record, the folder is not an output."""
    if record is None:
        raise _no_output(out)
    is_empty = not any(record.written.values())  # such as masks of classes that no frame shows
    findings = [] if is_empty else [Finding("missing", str(out), f"no {record.format} files")]
    return [check_without_frames(record.format, findings)]


def _checks_of(checker: Checker, out: Path, frames: Sequence[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the checks of one format; if it fails, a check that finds so, since other formats may be readable."""
    try:
        return checker.checks(out, frames, options)
    except CityconvError:
        raise
    except Exception as error:  # an output may come from anyone, and no file of it may hide what is wrong with others
        name = next(name for name, other in FORMATS.items() if other.checker() is checker)
        return [check_without_frames(name, [failure(str(out), error)])]


def _frames_with_images(dataset: DataSet, target: TargetOptions, notes: list[str]) -> Sequence[Frame]:
    """Return the frames with the suffixes that their images have in an output, as those of the data set tell."""
    try:
        images = find_images(dataset, target.image_root, target.image_suffix or ())
    except SourceError as error:
        if target.image_root is not None:
            raise
        notes.append(
            f"the names of images in OUT are taken to be the default ones, since those of the data set are unknown: "
            f"{error}"
        )
        images = {}
    return name_images(dataset.frames, target, images)


def _no_output(out: Path) -> CityconvError:
    """Return the error that a folder holds no output. Folders below it may, since recipes put outputs there."""
    if is_unfinished(out):
        return OutputError(
            f"{out}: contains an unfinished run, and no output", "--resume of the same command continues it"
        )
    below = [path.name for path in sorted(out.iterdir()) if path.is_dir() and _checkers_of(path)]
    hint = f"found in {', '.join(below)}; verify each with the options it was made with" if below else ""
    return SourceError(f"{out}: found no output of cityconv", hint)


def _checkers_of(out: Path) -> list[Checker]:
    """Return the checkers of the formats that a folder holds."""
    return [checker for options in FORMATS.values() if (checker := options.checker()).is_present(out)]
