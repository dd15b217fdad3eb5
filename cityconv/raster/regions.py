"""Regions: the horizontal runs of all segments of a frame, and areas and boxes computed from them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.raster.packing import pack_corner, unpack_corner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.objectmap import ObjectMap
    from cityconv.raster.scanline import Spans


class Regions(NamedTuple):
    """The pixels of S segments of one image, as horizontal runs sorted by segment, then row, then column.

    The runs of one segment neither overlap nor touch; those of different segments may overlap.

    Segment 0 (A) and segment 1 (B) in an image of 3 x 4 pixels:

         A  A  .  A
         A  .  .  .
         .  B  B  .

    >>> regions = Regions(
    ...     segment=np.array([0, 0, 0, 1]), row=np.array([0, 0, 1, 2]),
    ...     left=np.array([0, 3, 0, 1]), right=np.array([2, 4, 1, 3]), size=2, height=3, width=4)
    >>> regions.areas().tolist(), regions.boxes().tolist()
    ([4, 2], [[0, 0, 4, 2], [1, 2, 3, 3]])

    Attributes:
        segment: int64 (R,), 0 to S - 1.
        row: int64 (R,).
        left: int64 (R,), first column.
        right: int64 (R,), one past the last column.
        size: S; a segment without runs is empty.
        height: rows of the image.
        width: columns of the image.
    """

    segment: NDArray[np.int64]
    row: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    size: int
    height: int
    width: int

    def areas(self) -> NDArray[np.int64]:
        """Return the number of pixels of each segment, int64 (S,)."""
        return np.bincount(self.segment, self.right - self.left, minlength=self.size).astype(np.int64)

    def boxes(self) -> NDArray[np.int64]:
        """Return x0, y0, x1, y1 of each segment in pixels, half-open, int64 (S, 4); zeros for an empty segment."""
        boxes = np.zeros((self.size, 4), np.int64)
        if len(self.segment):
            first = np.flatnonzero(np.append(True, self.segment[1:] != self.segment[:-1]))
            ends = (
                np.minimum.reduceat(self.left, first),
                self.row[first],
                np.maximum.reduceat(self.right, first),
                self.row[np.append(first[1:], len(self.row)) - 1] + 1,
            )
            boxes[self.segment[first]] = np.stack(ends, axis=1)
        return boxes

    def select(self, kept: NDArray[np.bool_]) -> Regions:
        """Return the regions of the segments for which `kept`, bool (S,), is true, renumbered from 0."""
        if kept.all():
            return self
        chosen = kept[self.segment]
        number = (np.cumsum(kept) - 1)[self.segment[chosen]]
        return self._replace(
            segment=number,
            row=self.row[chosen],
            left=self.left[chosen],
            right=self.right[chosen],
            size=int(np.count_nonzero(kept)),
        )


def visible_regions(objects: ObjectMap, segment_of: NDArray[np.int64], size: int) -> Regions:
    """Return the regions of segments where they are in front.

    Args:
        objects: the object map of the frame, of N polygons.
        segment_of: int64 (N + 1,), the segment of each polygon, -1 for none; entry 0 is for the background.
        size: the number of segments S.
    """
    segment = segment_of[objects.polygon]
    chosen = np.flatnonzero(segment >= 0)
    return _union(
        segment[chosen], objects.start[chosen], objects.start[chosen + 1], size, objects.height, objects.width
    )


def full_regions(spans: Spans, segment_of: NDArray[np.int64], size: int, height: int, width: int) -> Regions:
    """Return the regions of segments as drawn, including what others hide; arguments as in `visible_regions`."""
    segment = segment_of[spans.polygon + 1]
    chosen = np.flatnonzero(segment >= 0)
    return _union(segment[chosen], spans.start[chosen], spans.stop[chosen], size, height, width)


def _union(
    segment: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    size: int,
    height: int,
    width: int,
) -> Regions:
    """Join spans that overlap or touch, given in any order.

    The ends of a span are numbered as pixel corners. A row has a corner more than it has pixels, so the end of one row
    and the start of the next differ, and spans of two rows or segments never touch. In the order of their first
    corners, a span opens a new run if it starts beyond all that came before.

    Four spans of one segment in an image of 2 x 4 pixels, sorted; corners 0 to 4 belong to row 0, and 5 to 9 to row 1:

        span              columns 0-2 of row 0   1-3 of row 0   3-4 of row 0   0-1 of row 1
        first corner               0                  1              3              5
        last corner                2                  3              4              6
        farthest so far            2                  3              4              6
        opens a run               yes                 no             no            yes

    >>> zero = np.zeros(4, np.int64)
    >>> regions = _union(zero, np.array([3, 0, 4, 1]), np.array([4, 2, 5, 3]), size=1, height=2, width=4)
    >>> regions.row.tolist(), regions.left.tolist(), regions.right.tolist()
    ([0, 1], [0, 0], [4, 1])

    Args:
        segment: int64 (S,), of each span.
        start: int64 (S,), first pixel, as row * width + column.
        stop: int64 (S,), one past the last pixel, in the same row.
        size: the number of segments.
        height: rows of the image.
        width: columns of the image.
    """
    row = start // width
    first = pack_corner(segment, row, start - row * width, height, width)
    last = first + (stop - start)
    order = np.argsort(first, kind="stable")
    first, last = first[order], last[order]
    farthest = np.maximum.accumulate(last)
    opens = np.append(True, first[1:] > farthest[:-1])[: len(first)]
    closes = np.append(opens[1:], True)[: len(first)]
    first, last = first[opens], farthest[closes]
    segment, row, left = unpack_corner(first, height, width)
    return Regions(segment, row, left, left + (last - first), size, height, width)
