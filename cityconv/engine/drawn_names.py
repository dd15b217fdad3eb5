"""The names that are drawn in a data set."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from cityconv.engine.executors import execute
from cityconv.errors import AnnotationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.engine.executors import Workers
    from cityconv.frame.reading import FrameReader
    from cityconv.source.frame import Frame


def count_drawn_names(frames: Sequence[Frame], reader: FrameReader, workers: Workers) -> Counter[str]:
    """Return how many objects are drawn with each name. Frames that cannot be read are passed over.

    Args:
        frames: the frames.
        reader: what reads them.
        workers: where they are read.
    """
    total: Counter[str] = Counter()
    with closing(execute(_CountNames(reader), frames, workers, attrgetter("where"))) as counts:
        for count in counts:
            total.update(count)
    return total


@dataclass(frozen=True)
class _CountNames:
    reader: FrameReader

    def __call__(self, frame: Frame, /) -> Counter[str]:
        try:
            return Counter(self.reader.drawn_names(frame))
        except AnnotationError:
            return Counter()
