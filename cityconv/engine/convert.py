"""A conversion: many frames, each drawn once for all outputs, to one output folder."""

from __future__ import annotations

import hashlib
import time
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from cityconv import __version__
from cityconv.engine.executors import execute
from cityconv.engine.files import translate_os_errors, remove, write_file
from cityconv.engine.images import Images
from cityconv.engine.journal import FrameResult, Journal, FormatResult, is_journal_of
from cityconv.engine.lock import open_staging_area
from cityconv.engine.progress import track
from cityconv.engine.report import FormatSummary, Summary
from cityconv.errors import AnnotationError, ImageError, OutputError, WorkerError
from cityconv.frame.rasterized import RasterizedFrame
from cityconv.source.polygons import parse_annotation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.engine.staging import StagingArea
    from cityconv.formats.base import Format
    from cityconv.source.layout import Frame

OnError = Literal["fail", "skip"]


class Output(NamedTuple):
    """One output of a conversion.

    Attributes:
        name: what reports call it.
        format: how it is written.
        folder: where it goes below the output folder, with a `/` at the end; empty for the folder itself.
    """

    name: str
    format: Format
    folder: str = ""


class Plan(NamedTuple):
    """What is to be converted.

    Attributes:
        frames: sorted.
        outputs: all are made from one drawing of each frame.
        images: the images to bring along, if any.
    """

    frames: list[Frame]
    outputs: tuple[Output, ...]
    images: Images | None = None

    def paths(self) -> Iterator[str]:
        """Yield what will be written, as paths below the output folder; a folder ends with `/`."""
        for output in self.outputs:
            for frame in self.frames:
                yield from frame_paths(output, frame, self.images is not None)
            yield from (output.folder + path for path in output.format.dataset_files(self.frames))

    def fingerprint(self) -> str:
        """Return all that the output depends on but the content of the files that are read, in a few letters."""
        frames = [frame._replace(stamp=(0, 0)) for frame in self.frames]
        images = self.images and (self.images.mode, sorted(self.images.files.items()), self.images.stamps())
        return hashlib.sha256(repr((__version__, frames, self.outputs, images)).encode()).hexdigest()


def frame_paths(output: Output, frame: Frame, with_image: bool) -> Iterator[str]:
    """Yield the files, or folders of files, of one frame in one output, as paths below the output folder."""
    yield from (output.folder + path for path in output.format.frame_files(frame))
    if with_image:
        yield output.folder + output.format.image_file(frame)


@dataclass(frozen=True)
class Settings:
    """How a conversion is run; nothing here changes what is written.

    Attributes:
        jobs: number of worker processes; 1 works in this one.
        on_error: whether bad frames are left out, or nothing is written when there is one.
        overwrite: whether files that exist are replaced.
        resume: whether an unfinished run is gone on with.
        progress: whether to show a bar on a terminal.
    """

    jobs: int = 1
    on_error: OnError = "fail"
    overwrite: bool = False
    resume: bool = False
    progress: bool = False


def convert(plan: Plan, out: Path, settings: Settings) -> Summary:
    """Convert the frames of a plan.

    Nothing shows up in `out` before all is written. With `on_error` "fail", bad frames end in an empty-handed summary
    that names them all.

    Raises:
        OutputError: `out` cannot be written, holds what would be written, or another run is at work in it.
        WorkerError: a worker died or hit an internal error.
    """
    begun = time.monotonic()
    with open_staging_area(out) as place:
        if settings.resume and place.is_committed:
            summary = _finish(plan, place, settings)
        else:
            summary = _run(plan, place, settings, [])
    summary.seconds = time.monotonic() - begun
    return summary


def _finish(plan: Plan, place: StagingArea, settings: Settings) -> Summary:
    """Put in place what a run had decided before it was interrupted, and do the plan anew if that was another."""
    place.commit()
    is_same = is_journal_of(place.journal, plan.fingerprint())
    may_replace = is_same or place.may_replace or settings.overwrite
    if is_same:
        with Journal(place.journal, plan.fingerprint()) as journal:
            if not _changed(plan, journal):
                summary = _summarize(plan, journal)
                summary.resumed = summary.converted
                summary.is_published = True
                place.close()
                return summary
    place.close()
    note = "an interrupted run had only to be put in place; options or files changed since: converting anew"
    return _run(plan, place, replace(settings, resume=False, overwrite=may_replace), [note])


def _run(plan: Plan, place: StagingArea, settings: Settings, notes: list[str]) -> Summary:
    """Convert the frames that are not done, and publish the output."""
    paths = list(plan.paths())
    if plan.images and (settings.overwrite or settings.resume):
        plan.images.refuse_own(place.out / path for path in paths)
    fingerprint = plan.fingerprint()
    place.begin(paths, overwrite=settings.overwrite, resume=settings.resume)
    try:
        if settings.resume and not is_journal_of(place.journal, fingerprint):
            if place.journal.exists():
                notes.append("options, files or the version of cityconv changed since: starting anew")
            place.reset()
        with Journal(place.journal, fingerprint) as journal:
            notes += _forget_changed(plan, journal)
            resumed = len(list(journal))
            _convert_frames(plan, place, journal, settings)
            summary = _summarize(plan, journal)
            summary.resumed, summary.notes = resumed, notes
            if summary.bad and (settings.on_error == "fail" or not summary.converted):
                place.discard()
            else:
                _fold(plan, place, journal)
                place.publish(paths)
                summary.is_published = True
    except (OutputError, WorkerError) as error:
        error.hint = "; ".join(filter(None, (error.hint, "--resume goes on from what is done")))
        raise
    return summary


def _changed(plan: Plan, journal: Journal) -> list[int]:
    """Return the frames, done or bad, whose annotation files are not what they were."""
    stamps = {number: journal[number].stamp for number in journal}
    stamps |= {number: result.stamp for number, result in journal.bad.items()}
    return [number for number, stamp in stamps.items() if stamp != plan.frames[number].stamp]


def _forget_changed(plan: Plan, journal: Journal) -> list[str]:
    """Forget the frames whose annotation files changed since an earlier run, and return what to say of it."""
    changed = [number for number in _changed(plan, journal) if number in journal]
    for number in changed:
        journal.forget(number)
    return [f"converting {len(changed)} frames again whose annotation files changed since"] if changed else []


def _convert_frames(plan: Plan, place: StagingArea, journal: Journal, settings: Settings) -> None:
    """Convert the frames that are not done, bad ones included, and write down what came of each."""
    waiting = [(number, frame) for number, frame in enumerate(plan.frames) if number not in journal]
    done = len(plan.frames) - len(waiting)
    work = ConvertFrame(plan.outputs, plan.images, place.frames)
    with closing(execute(work, waiting, settings.jobs, lambda item: item[1].where)) as results:
        for result in track(results, len(plan.frames), done, settings.progress):
            journal.add(result)


def _summarize(plan: Plan, journal: Journal) -> Summary:
    """Return what a journal tells."""
    summary = Summary(len(plan.frames), [FormatSummary(output.name, output.format.unit) for output in plan.outputs])
    for number in sorted(journal):
        summary.add(journal[number])
    for number, result in sorted(journal.bad.items()):
        summary.bad.append((plan.frames[number].where, AnnotationError(result.error, result.hint)))
    return summary


@dataclass(frozen=True)
class ConvertFrame:
    """The work on one frame: read it, draw it, and write its part of every output.

    Attributes:
        outputs: what to write.
        images: the images to bring along, if any.
        folder: the folder that stands for the output folder.
    """

    outputs: tuple[Output, ...]
    images: Images | None
    folder: Path

    def __call__(self, item: tuple[int, Frame], /) -> FrameResult:
        """Return the result of a frame, given with its number in the plan; a bad frame's result says why."""
        number, frame = item
        self._clear(frame)  # of what an interrupted run left, which may be more than there will be now
        try:
            drawn = RasterizedFrame(frame, parse_annotation(frame.read(), frame.where))
            outputs = [self._write_part(output, drawn) for output in self.outputs]
        except (AnnotationError, ImageError) as error:
            self._clear(frame)  # of what was written before the mistake was met
            # A file name may hold what is no text, and what is sent and written down must be.
            said = (str(text).encode("utf-8", "backslashreplace").decode() for text in (error, error.hint))
            return FrameResult(number, frame.stamp, 0, [], *said)
        return FrameResult(number, frame.stamp, len(drawn.annotation.objects), outputs)

    def _clear(self, frame: Frame) -> None:
        for output in self.outputs:
            for path in frame_paths(output, frame, self.images is not None):
                with translate_os_errors(self.folder / path):
                    remove(self.folder / path)

    def _write_part(self, output: Output, drawn: RasterizedFrame) -> FormatResult:
        if self.images:
            path = output.folder + output.format.image_file(drawn.frame)
            self.images.of(drawn.frame).export(self.folder / path)
        part = output.format.part(drawn)
        for path, content in part.files:
            write_file(self.folder / (output.folder + path), [content])
        skipped: list[tuple[str, str, int]] = [
            (reason, name, number) for (reason, name), number in part.skipped.items()
        ]
        return FormatResult(part.record, part.written, skipped)


class _Records(NamedTuple):
    """The records of one output, read back from the journal; see `formats.base.Records`."""

    plan: Plan
    journal: Journal
    output: int

    @property
    def frames(self) -> list[Frame]:
        return [self.plan.frames[number] for number in sorted(self.journal)]

    def of(self, subset: str) -> Iterator[tuple[Frame, bytes]]:
        for number in sorted(self.journal):
            frame = self.plan.frames[number]
            if frame.subset == subset:
                yield frame, self.journal[number].outputs[self.output].record


def _fold(plan: Plan, place: StagingArea, journal: Journal) -> None:
    """Write the files of the whole data set, all anew: an interrupted run may have left some of other frames."""
    with translate_os_errors(place.dataset):
        remove(place.dataset)
    for index, output in enumerate(plan.outputs):
        for path, content in output.format.fold(_Records(plan, journal, index)):
            write_file(place.dataset / (output.folder + path), content)
