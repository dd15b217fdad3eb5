"""Counting the frames of a data set, in worker processes."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from cityconv.engine.executors import LOCAL, Workers, execute
from cityconv.engine.progress import track
from cityconv.errors import AnnotationError, UnknownLabelError
from cityconv.frame.reading import open_dataset
from cityconv.statistics.document import statistics_of
from cityconv.statistics.frame_counts import count_frame
from cityconv.statistics.totals import Totals

if TYPE_CHECKING:
    from cityconv.frame.reading import FrameReader
    from cityconv.options import SourceOptions
    from cityconv.source.frame import DataSet, Frame
    from cityconv.source.labels.table import LabelTable
    from cityconv.statistics.document import Statistics
    from cityconv.statistics.frame_counts import FrameCounts
    from cityconv.vocabulary import OnError


class BadFrame(NamedTuple):
    """A frame that could not be counted.

    Attributes:
        file: its annotation file.
        error: what is wrong with it.
    """

    file: str
    error: AnnotationError


@dataclass
class Collected:
    """What was counted.

    Attributes:
        dataset: the selected frames, bad ones included.
        reader: what reads them.
        notes: what the user should know about how the data set was read, a sentence each.
        totals: the sums over the frames that are not bad.
        bad: the bad frames, sorted by file.
        unknown_labels: number of objects by label, for labels in bad frames that are not in the label table.
    """

    dataset: DataSet
    reader: FrameReader
    notes: list[str]
    totals: Totals = field(default_factory=Totals)
    bad: list[BadFrame] = field(default_factory=list)
    unknown_labels: Counter[str] = field(default_factory=Counter)

    @property
    def found(self) -> int:
        """Number of selected frames, bad ones included."""
        return len(self.dataset.frames)

    @property
    def table(self) -> LabelTable:
        """The label table."""
        return self.reader.table

    def statistics(self, *, with_cities: bool = True) -> Statistics:
        """Return the statistics.

        Args:
            with_cities: whether classes are also counted in each city.
        """
        return statistics_of(self.totals, with_cities=with_cities)

    def is_complete(self, on_error: OnError) -> bool:
        """Return whether enough frames could be counted: all, or if bad ones may be skipped, any."""
        return len(self.bad) < self.found if on_error == "skip" else not self.bad

    def add(self, result: FrameCounts | BadFrame) -> None:
        """Add the counts of a frame, or a bad frame."""
        if not isinstance(result, BadFrame):
            self.totals.add(result)
            return
        self.bad.append(result)
        if isinstance(result.error, UnknownLabelError):
            self.unknown_labels.update(result.error.labels)


def collect(options: SourceOptions, *, workers: Workers = LOCAL, progress: bool = False) -> Collected:
    """Count the frames that options select.

    Args:
        options: which frames, and how they are read.
        workers: where frames are counted.
        progress: whether to show a progress bar on a terminal.

    Raises:
        SourceError: the data set cannot be read, or an archive was replaced during the run.
        UsageError: the options cannot be combined, or a file that they name cannot be read.
        WorkerError: a worker died or hit an internal error.
    """
    dataset, reader = open_dataset(options)
    collected = Collected(dataset, reader, list(dataset.notes))
    if not reader.has_instances:
        collected.notes.append(f"{reader.kind} maps do not tell instances apart: all pixels of a class are one object")
    with closing(execute(_CountFrame(reader), dataset.frames, workers, attrgetter("where"))) as results:
        for result in track(results, len(dataset.frames), 0, progress):
            collected.add(result)
    collected.bad.sort(key=attrgetter("file"))
    return collected


@dataclass(frozen=True)
class _CountFrame:
    reader: FrameReader

    def __call__(self, frame: Frame, /) -> FrameCounts | BadFrame:
        try:
            return count_frame(self.reader(frame))
        except AnnotationError as error:
            return BadFrame(frame.where, error)

    def lost(self, frame: Frame, cause: str, hint: str) -> BadFrame:
        """Return a frame whose workers died as a bad one."""
        return BadFrame(frame.where, AnnotationError(f"{frame.where}: {cause}", hint))
