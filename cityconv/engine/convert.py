"""Conversions: each frame is rasterized once for all outputs, which go to one output folder."""

from __future__ import annotations

import hashlib
import time
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from cityconv.engine.executors import execute
from cityconv.engine.files import remove, translate_os_errors, write_file
from cityconv.engine.images import SourceImages
from cityconv.engine.journal import FormatResult, FrameResult, Journal, is_journal_of
from cityconv.engine.lock import open_staging_area
from cityconv.engine.progress import track
from cityconv.engine.report import FormatSummary, Summary
from cityconv.errors import AnnotationError, ImageError, OutputError, UnknownLabelError, WorkerError
from cityconv.frame.reading import FrameReader
from cityconv.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.engine.staging import StagingArea
    from cityconv.formats.base import Writer
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.layout import Frame
    from cityconv.vocabulary import OnError


class Output(NamedTuple):
    """One output of a conversion.

    Attributes:
        name: its name in reports.
        writer: writes its files.
        folder: its folder below the output folder, with a `/` at the end; empty for the output folder itself.
    """

    name: str
    writer: Writer
    folder: str = ""


class Plan(NamedTuple):
    """What a conversion reads and writes.

    Attributes:
        frames: the frames, sorted.
        outputs: the outputs, all made from one rasterization of each frame.
        images: the images to link or copy, if any.
        reader: what reads and rasterizes the frames.
        notes: what the user should know about the plan, a sentence each.
    """

    frames: list[Frame]
    outputs: tuple[Output, ...]
    images: SourceImages | None = None
    reader: FrameReader = FrameReader()
    notes: tuple[str, ...] = ()

    def paths(self) -> Iterator[str]:
        """Yield the paths to be written, relative to the output folder; the path of a folder ends with `/`."""
        for output in self.outputs:
            for frame in self.frames:
                yield from frame_paths(output, frame, self.images is not None)
            yield from (output.folder + path for path in output.writer.dataset_files(self.frames))

    def fingerprint(self) -> str:
        """Return a hash of all that the output depends on, except for the content of the annotation files."""
        frames = [frame._replace(stamp=(0, 0)) for frame in self.frames]
        images = self.images and (self.images.mode, sorted(self.images.files.items()), self.images.stamps())
        return hashlib.sha256(repr((__version__, frames, self.outputs, self.reader, images)).encode()).hexdigest()


def frame_paths(output: Output, frame: Frame, with_image: bool) -> Iterator[str]:
    """Yield the files and folders of one frame in one output, relative to the output folder."""
    yield from (output.folder + path for path in output.writer.frame_files(frame))
    if with_image:
        yield from (output.folder + path for path in output.writer.image_files(frame))


@dataclass(frozen=True)
class Settings:
    """How a conversion runs. None of these settings changes the content of the output.

    Attributes:
        jobs: number of worker processes; 1 works in this process.
        on_error: whether one bad frame prevents the output, or bad frames are skipped.
        overwrite: whether to replace existing files and discard an unfinished run.
        resume: whether to continue an unfinished run.
        progress: whether to show a progress bar on a terminal.
    """

    jobs: int = 1
    on_error: OnError = "fail"
    overwrite: bool = False
    resume: bool = False
    progress: bool = False


def convert(plan: Plan, out: Path, settings: Settings) -> Summary:
    """Convert the frames of a plan.

    `out` stays as it is until all files are complete. If `on_error` is "fail" and there are bad frames, nothing is
    written; the summary then names all of them.

    Raises:
        OutputError: `out` cannot be written, contains a file to be written, or another run is writing to it.
        WorkerError: a worker died or hit an internal error.
    """
    start = time.monotonic()
    with open_staging_area(out) as staging:
        if settings.resume and staging.is_committed:
            summary = _resume_committed(plan, staging, settings)
        else:
            summary = _convert_and_publish(plan, staging, settings, list(plan.notes))
    summary.seconds = time.monotonic() - start
    return summary


def _resume_committed(plan: Plan, staging: StagingArea, settings: Settings) -> Summary:
    """Move the files of an interrupted run into place; if the plan has changed since, convert it."""
    staging.commit()
    is_same = is_journal_of(staging.journal, plan.fingerprint())
    may_replace = is_same or staging.may_replace or settings.overwrite
    if is_same:
        with Journal(staging.journal, plan.fingerprint()) as journal:
            if not _changed_frames(plan, journal):
                summary = _summary_of(plan, journal)
                summary.resumed = summary.converted
                summary.is_published = True
                staging.close()
                return summary
    staging.close()
    note = "the unfinished run was complete, but options or files have changed since: converting all frames again"
    return _convert_and_publish(
        plan, staging, replace(settings, resume=False, overwrite=may_replace), [*plan.notes, note]
    )


def _convert_and_publish(plan: Plan, staging: StagingArea, settings: Settings, notes: list[str]) -> Summary:
    """Convert the frames that are not done yet, and move the output into place."""
    paths = list(plan.paths())
    if plan.images and (settings.overwrite or settings.resume):
        plan.images.refuse_targets(staging.out / path for path in paths)
    fingerprint = plan.fingerprint()
    staging.begin(paths, overwrite=settings.overwrite, resume=settings.resume)
    try:
        if settings.resume and not is_journal_of(staging.journal, fingerprint):
            if staging.journal.exists():
                notes.append("options, files, or the version of cityconv have changed: starting over")
            staging.reset()
        with Journal(staging.journal, fingerprint) as journal:
            notes += _forget_changed_frames(plan, journal)
            resumed = len(list(journal))
            _convert_frames(plan, staging, journal, settings)
            summary = _summary_of(plan, journal)
            summary.resumed, summary.notes = resumed, notes
            if summary.bad and (settings.on_error == "fail" or not summary.converted):
                staging.discard()
            else:
                _write_dataset_files(plan, staging, journal)
                staging.publish(paths)
                summary.is_published = True
    except (OutputError, WorkerError) as error:
        error.hint = "; ".join(filter(None, (error.hint, "--resume continues")))
        raise
    return summary


def _changed_frames(plan: Plan, journal: Journal) -> list[int]:
    """Return the indices of frames, converted or bad, whose annotation files have changed since."""
    stamps = {index: journal[index].stamp for index in journal}
    stamps |= {index: result.stamp for index, result in journal.bad.items()}
    return [index for index, stamp in stamps.items() if stamp != plan.frames[index].stamp]


def _forget_changed_frames(plan: Plan, journal: Journal) -> list[str]:
    """Forget the results of frames whose annotation files have changed; return notes for the summary."""
    changed = [index for index in _changed_frames(plan, journal) if index in journal]
    for index in changed:
        journal.forget(index)
    return [f"frames converted again because their annotation files changed: {len(changed)}"] if changed else []


def _convert_frames(plan: Plan, staging: StagingArea, journal: Journal, settings: Settings) -> None:
    """Convert the frames that are not done yet, bad ones included, and add their results to the journal."""
    remaining = [(index, frame) for index, frame in enumerate(plan.frames) if index not in journal]
    done = len(plan.frames) - len(remaining)
    work = ConvertFrame(plan.outputs, plan.reader, plan.images, staging.frames)
    with closing(execute(work, remaining, settings.jobs, lambda item: item[1].where)) as results:
        for result in track(results, len(plan.frames), done, settings.progress):
            journal.add(result)


def _summary_of(plan: Plan, journal: Journal) -> Summary:
    summary = Summary(len(plan.frames), [FormatSummary(output.name, output.writer.unit) for output in plan.outputs])
    for index in sorted(journal):
        summary.add(journal[index])
    for index, result in sorted(journal.bad.items()):
        summary.bad.append((plan.frames[index].where, AnnotationError(result.error, result.hint)))
        summary.unknown_labels.update(result.unknown_labels)
    return summary


@dataclass(frozen=True)
class ConvertFrame:
    """The work on one frame: read it, rasterize it, and write its files of every output.

    Attributes:
        outputs: the outputs to write.
        reader: what reads and rasterizes the frame.
        images: the images to link or copy, if any.
        folder: the folder that stands for the output folder.
    """

    outputs: tuple[Output, ...]
    reader: FrameReader
    images: SourceImages | None
    folder: Path

    def __call__(self, item: tuple[int, Frame], /) -> FrameResult:
        """Return the result of a frame, given with its index in the plan. The result of a bad frame says why."""
        index, frame = item
        self._clear(frame)  # an interrupted run may have left files that are not written this time
        try:
            rasterized = self.reader(frame)
            if self.images:
                self.images.check_sizes(frame, rasterized.annotation.height, rasterized.annotation.width)
            results = [self._write_output(output, rasterized) for output in self.outputs]
        except (AnnotationError, ImageError) as error:
            self._clear(frame)
            # A file name can contain undecodable bytes; the journal and the pipe take valid text only.
            text, hint = (str(part).encode("utf-8", "backslashreplace").decode() for part in (error, error.hint))
            unknown = error.labels if isinstance(error, UnknownLabelError) else {}
            return FrameResult(index, frame.stamp, 0, [], text, hint, unknown)
        annotation = rasterized.annotation
        return FrameResult(index, frame.stamp, len(annotation.objects) + sum(annotation.skipped.values()), results)

    def _clear(self, frame: Frame) -> None:
        for output in self.outputs:
            for path in frame_paths(output, frame, self.images is not None):
                with translate_os_errors(self.folder / path):
                    remove(self.folder / path)

    def _write_output(self, output: Output, rasterized: RasterizedFrame) -> FormatResult:
        if self.images:
            paths = output.writer.image_files(rasterized.frame)
            for image, path in zip(self.images.of(rasterized.frame), paths, strict=True):
                image.export(self.folder / (output.folder + path))
        part = output.writer.part(rasterized)
        for path, content in part.files:
            write_file(self.folder / (output.folder + path), [content])
        skipped: list[tuple[str, str, int]] = [(reason, name, count) for (reason, name), count in part.skipped.items()]
        return FormatResult(part.record, part.written, skipped)


class _JournalRecords(NamedTuple):
    """The records of one output, read from the journal; see `formats.base.Records`."""

    plan: Plan
    journal: Journal
    output_index: int

    @property
    def frames(self) -> list[Frame]:
        return [self.plan.frames[index] for index in sorted(self.journal)]

    def of(self, subset: str) -> Iterator[tuple[Frame, bytes]]:
        for index in sorted(self.journal):
            frame = self.plan.frames[index]
            if frame.subset == subset:
                yield frame, self.journal[index].format_results[self.output_index].record


def _write_dataset_files(plan: Plan, staging: StagingArea, journal: Journal) -> None:
    """Write the files of the whole data set. Those of an interrupted run go first: it may have had other frames."""
    with translate_os_errors(staging.dataset):
        remove(staging.dataset)
    for output_index, output in enumerate(plan.outputs):
        for path, content in output.writer.fold(_JournalRecords(plan, journal, output_index)):
            write_file(staging.dataset / (output.folder + path), content)
