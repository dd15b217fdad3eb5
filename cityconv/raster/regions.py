"""Regions: areas, boxes and run-length codes of all segments of a frame, from horizontal runs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.objectmap import ObjectMap
    from cityconv.raster.scanline import Spans


class Regions(NamedTuple):
    """The pixels of S segments of one image, as horizontal runs sorted by segment, then row, then column.

    The runs of one segment neither overlap nor touch; those of different segments may overlap.

    Attributes:
        segment: int64 (R,), 0 to S - 1.
        row: int64 (R,).
        left: int64 (R,), first column.
        right: int64 (R,), one past the last column.
        size: S; a segment without a run is empty.
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
        """Return x0, y0, x1, y1 of each segment in pixels, half-open, int64 (S, 4); zeros for an empty one."""
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
        """Return the regions of the segments that are kept, bool (S,), numbered anew from 0."""
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
    """Return the regions of segments as far as they are in front.

    Args:
        objects: the object map of the frame, of N polygons.
        segment_of: int64 (N + 1,), the segment of each polygon, -1 for none; entry 0 is the background's.
        size: the number of segments S.
    """
    segment = segment_of[objects.polygon]
    chosen = np.flatnonzero(segment >= 0)
    return _union(
        segment[chosen], objects.start[chosen], objects.start[chosen + 1], size, objects.height, objects.width
    )


def full_regions(spans: Spans, segment_of: NDArray[np.int64], size: int, height: int, width: int) -> Regions:
    """Return the regions of segments as drawn, whatever lies in front of them; arguments as in `visible_regions`."""
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
    """Return runs of pixel indices in any order, each within a row, as regions: sorted, those that meet joined."""
    # One column more than the image has keeps the end of a row apart from the start of the next.
    row = start // width
    offset = row + segment * (height * (width + 1))
    order = np.argsort(start + offset, kind="stable")
    start, stop = (start + offset)[order], (stop + offset)[order]
    reach = np.maximum.accumulate(stop)
    opens = np.append(True, start[1:] > reach[:-1])[: len(start)]
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(start)) - 1 if len(first) else first
    line, left = np.divmod(start[first], width + 1)
    segment, row = np.divmod(line, height)
    return Regions(segment, row, left, reach[last] - line * (width + 1), size, height, width)
