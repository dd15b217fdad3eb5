"""The object map: which polygon of a frame is in front at each pixel, kept as horizontal runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.scanline import Spans

Value = TypeVar("Value", bound=np.generic)


class ObjectMap(NamedTuple):
    """An image whose pixels name the polygon in front, as runs of equal pixels that end with their row.

    Everything that a format wants of a frame is this map seen through a table with one entry a polygon.

    Attributes:
        polygon: int64 (R,), one more than the index of the polygon in front; 0 where there is none.
        start: int64 (R + 1,), first pixel of each run, as row * width + column; the last entry is height * width.
        height: rows of the image.
        width: columns of the image.
    """

    polygon: NDArray[np.int64]
    start: NDArray[np.int64]
    height: int
    width: int

    def through(self, table: NDArray[Value]) -> NDArray[Value]:
        """Return the image (height, width) or (height, width, C) whose pixels are `table[polygon]`.

        Args:
            table: (N + 1,) or (N + 1, C); entry 0 is the background. Its dtype, byte order included, is the image's.
        """
        image: NDArray[Any] = np.repeat(table[self.polygon], np.diff(self.start), axis=0)
        return image.reshape(self.height, self.width, *table.shape[1:])


def resolve_front(spans: Spans, height: int, width: int) -> ObjectMap:
    """Return who is in front at each pixel: of the spans that cover it, the one of the last polygon.

    Works on the pieces between neighbouring span ends instead of on pixels. A span covers a range of pieces, which is
    the union of two ranges whose length is a power of two; the maxima of ranges are then pushed down, halving the
    length, until each piece knows its own.
    """
    boundary, first, last = _pieces(spans, height, width)
    level = np.frexp(last - first)[1] - 1
    depth = int(level.max(initial=0)) + 1
    front = np.zeros((depth, len(boundary) - 1), np.int64)
    # Spans come back to front, and where an index repeats in an assignment the last value stays.
    both_ends = np.stack((first, last - (1 << level)), axis=1)
    front[level[:, None], both_ends] = spans.polygon[:, None] + 1
    for k in range(depth - 1, 0, -1):
        half = 1 << (k - 1)
        np.maximum(front[k - 1], front[k], out=front[k - 1])
        np.maximum(front[k - 1, half:], front[k, :-half], out=front[k - 1, half:])
    return _join_equal(front[0], boundary, height, width)


def _pieces(spans: Spans, height: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the sorted span ends and row starts, and the ranks of each span's two ends among them."""
    rows = np.arange(0, height * width + 1, width)
    ends = np.concatenate((spans.start, spans.stop, rows))
    boundary = np.sort(ends)
    boundary = boundary[np.append(True, boundary[1:] != boundary[:-1])]
    return boundary, np.searchsorted(boundary, spans.start), np.searchsorted(boundary, spans.stop)


def _join_equal(polygon: NDArray[np.int64], boundary: NDArray[np.int64], height: int, width: int) -> ObjectMap:
    """Return the object map of pieces, neighbours with the same polygon in the same row joined to one run."""
    opens = (boundary[:-1] % width == 0) | np.append(True, polygon[1:] != polygon[:-1])
    first = np.flatnonzero(opens)
    return ObjectMap(polygon[first], np.append(boundary[first], height * width), height, width)
