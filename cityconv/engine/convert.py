"""A conversion: many frames, each drawn once for all outputs, to one output folder."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from cityconv import __version__
from cityconv.engine.executors import execute
from cityconv.engine.images import Images
from cityconv.engine.journal import FrameResult, Journal, Tally
from cityconv.engine.output import Workplace, open_workplace, write_file
from cityconv.engine.progress import track
from cityconv.engine.report import FormatSummary, Summary
from cityconv.errors import AnnotationError, ImageError
from cityconv.formats.drawing import DrawnFrame
from cityconv.source.annotation import parse_annotation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.formats.base import Format
    from cityconv.source.dataset import Frame

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
                yield from (output.folder + path for path in output.format.frame_files(frame))
                if self.images:
                    yield output.folder + output.format.image_file(frame)
            yield from (output.folder + path for path in output.format.dataset_files(self.frames))

    def fingerprint(self) -> str:
        """Return all that the output depends on but the content of the files that are read, in a few letters."""
        frames = [frame._replace(stamp=(0, 0)) for frame in self.frames]
        return hashlib.sha256(repr((__version__, frames, self.outputs, self.images)).encode()).hexdigest()


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
    summary = Summary(len(plan.frames), [FormatSummary(output.name, output.format.unit) for output in plan.outputs])
    with open_workplace(out) as place:
        place.begin(plan.paths(), overwrite=settings.overwrite, resume=settings.resume)
        with Journal(place.journal, plan.fingerprint()) as journal:
            _take_over(plan, place, journal, summary)
            _convert_frames(plan, place, journal, settings, summary)
            for number in sorted(journal):
                summary.add(journal[number])
            if summary.bad and (settings.on_error == "fail" or not summary.converted):
                place.discard()
            else:
                _fold(plan, place, journal)
                place.publish(path for path in plan.paths() if path.endswith("/"))
                summary.is_published = True
    summary.seconds = time.monotonic() - begun
    return summary


def _take_over(plan: Plan, place: Workplace, journal: Journal, summary: Summary) -> None:
    """Keep what an earlier run of the same plan did, as far as the annotation files are still the same."""
    if not journal.is_resumed:
        if place.has_files:
            summary.notes.append("options, files or the version of cityconv changed since: starting anew")
        place.reset()
        return
    changed = [number for number in journal if journal[number].stamp != plan.frames[number].stamp]
    if changed:
        summary.notes.append(f"converting {len(changed)} frames again whose annotation files changed since")
        for number in changed:
            journal.forget(number)
    summary.taken_over = len(list(journal))


def _convert_frames(plan: Plan, place: Workplace, journal: Journal, settings: Settings, summary: Summary) -> None:
    """Convert the frames that are not done, and write down what came of each."""
    waiting = [(number, frame) for number, frame in enumerate(plan.frames) if number not in journal]
    work = ConvertFrame(plan.outputs, plan.images, place.frames)
    results = execute(work, waiting, settings.jobs, lambda item: item[1].where)
    bad: list[FrameResult] = []
    for result in track(results, len(plan.frames), summary.taken_over, settings.progress):
        if result.error:
            bad.append(result)
        else:
            journal.add(result)
    summary.bad = [(plan.frames[result.number].where, result.error) for result in sorted(bad, key=lambda r: r.number)]


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
        try:
            drawn = DrawnFrame(frame, parse_annotation(frame.read(), frame.where))
            tallies = [self._write_part(output, drawn) for output in self.outputs]
        except (AnnotationError, ImageError) as error:
            return FrameResult(number, frame.stamp, 0, [], str(error))
        return FrameResult(number, frame.stamp, len(drawn.annotation.objects), tallies)

    def _write_part(self, output: Output, drawn: DrawnFrame) -> Tally:
        if self.images:
            path = output.folder + output.format.image_file(drawn.frame)
            self.images.of(drawn.frame).bring(self.folder / path)
        part = output.format.part(drawn)
        for path, content in part.files:
            write_file(self.folder / (output.folder + path), [content])
        left_out: list[tuple[str, str, int]] = [
            (reason, name, number) for (reason, name), number in part.left_out.items()
        ]
        return Tally(part.record, part.written, left_out)


class _Records(NamedTuple):
    """The records of one output, read back from the journal; see `formats.base.Records`."""

    plan: Plan
    journal: Journal
    output: int

    @property
    def frames(self) -> list[Frame]:
        return [self.plan.frames[number] for number in sorted(self.journal)]

    def of(self, division: str) -> Iterator[tuple[Frame, bytes]]:
        for number in sorted(self.journal):
            frame = self.plan.frames[number]
            if frame.division == division:
                yield frame, self.journal[number].tallies[self.output].record


def _fold(plan: Plan, place: Workplace, journal: Journal) -> None:
    """Write the files of the whole data set."""
    for index, output in enumerate(plan.outputs):
        for path, content in output.format.fold(_Records(plan, journal, index)):
            write_file(place.dataset / (output.folder + path), content)
