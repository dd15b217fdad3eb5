"""The object map: which polygon of a frame is in front at each pixel, kept as horizontal runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from cityconv.raster.packing import pack_bits, unpack_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.sampling import Grid
    from cityconv.raster.scanline import Spans

Value = TypeVar("Value", bound=np.generic)


class Changes(NamedTuple):
    """The pixels of an object map that differ from the pixel above.

    Attributes:
        pixel: int64 (C,), row * width + column, ascending; all pixels of row 0 are included.
        here: int64 (C,), the value of the object map at the pixel.
        above: int64 (C,), the value of the pixel above; -1 in row 0.
    """

    pixel: NDArray[np.int64]
    here: NDArray[np.int64]
    above: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ObjectMap:
    """An image whose pixels name the polygon in front, as runs of equal pixels within a row.

    Everything that a format needs from a frame is this map seen through a table with one entry per polygon.

    Two polygons in an image of 2 x 4 pixels, and the image through a table of their labels:

         1  1  2  2        7  7  5  5
         1  2  2  2        7  5  5  5

    >>> objects = ObjectMap(np.array([1, 2, 1, 2], np.uint16), np.array([0, 2, 4, 5, 8]), height=2, width=4)
    >>> objects.through(np.array([0, 7, 5])).tolist()
    [[7, 7, 5, 5], [7, 5, 5, 5]]

    Attributes:
        polygon: uint16 (R,), the index of the polygon in front plus 1; 0 for the background.
        start: int64 (R + 1,), first pixel of each run, as row * width + column; the last entry is height * width.
        height: rows of the image.
        width: columns of the image.
    """

    polygon: NDArray[np.uint16]
    start: NDArray[np.int64]
    height: int
    width: int

    def through(self, table: NDArray[Value]) -> NDArray[Value]:
        """Return the image (height, width) or (height, width, C) whose pixels are `table[polygon]`.

        Args:
            table: (N + 1,) or (N + 1, C); entry 0 is the background. The image has its dtype, byte order included.
        """
        image: NDArray[Any] = np.repeat(table[self.polygon], np.diff(self.start), axis=0)
        return image.reshape(self.height, self.width, *table.shape[1:])

    def sampled(self, grid: Grid) -> ObjectMap:
        """Return the object map of the pixels that a grid takes.

        >>> objects = ObjectMap(np.array([1, 2, 1, 2], np.uint16), np.array([0, 2, 4, 5, 8]), height=2, width=4)
        >>> half = objects.sampled(nearest(2, 4, new_height=1, new_width=2))
        >>> half.polygon.tolist(), half.start.tolist(), half.height, half.width
        ([1, 2], [0, 1, 2], 1, 2)
        """
        height, width = len(grid.rows), len(grid.columns)
        edges = np.searchsorted(self.start, np.arange(self.height + 1) * self.width)  # the first run of each row
        number = np.diff(edges)[grid.rows]
        run = _expand(edges[grid.rows], number)
        row = np.repeat(np.arange(height), number)
        first_pixel = grid.rows[row].astype(np.int64) * self.width
        left = grid.columns_before[self.start[run] - first_pixel]
        right = grid.columns_before[self.start[run + 1] - first_pixel]
        shown = np.flatnonzero(left < right)
        polygon, start = self.polygon[run[shown]], row[shown] * width + left[shown]
        opens = np.flatnonzero(_differs_from_previous(polygon) | (start % width == 0))
        return ObjectMap(polygon[opens], np.append(start[opens], height * width), height, width)

    @cached_property
    def changes(self) -> Changes:
        """Where the map differs from the row above: few pixels, and all that the PNG of a map needs.

        The starts of all runs are sorted together with the same starts one row further down. Between two neighbors in
        this sequence neither the map nor the map moved down changes, so one comparison covers the whole stretch. The
        number of starts of each kind up to a pixel says which runs the pixel and the pixel above belong to.

        For the image in the example of the class:

            start             0   2   4   4   5   6
            of the map        x   x   x       x
            moved down                    x       x
            length            2   2   0   1   1   2
            run here          0   1   2   2   3   3
            run above         -   -   -   0   0   1
            polygon here      1   2   1   1   2   2
            polygon above    -1  -1  -1   1   1   2
            differs           x   x           x

        >>> changes = ObjectMap(np.array([1, 2, 1, 2], np.uint16), np.array([0, 2, 4, 5, 8]), 2, 4).changes
        >>> changes.pixel.tolist(), changes.here.tolist(), changes.above.tolist()
        ([0, 1, 2, 3, 5], [1, 1, 2, 2, 2], [-1, -1, -1, -1, 1])
        """
        start = self.start[:-1]
        key = np.concatenate((pack_bits(start, 0, 1), pack_bits(start + self.width, 1, 1)))
        key.sort(kind="stable")  # fast for two sorted halves
        start, is_moved = unpack_bits(key, 1)
        inside = int(np.searchsorted(start, self.height * self.width))
        length = np.diff(start[: inside + 1])
        moved = np.cumsum(is_moved[:inside])
        polygon = np.append(self.polygon.astype(np.int64), -1)  # at -1, above the image
        here, above = polygon[np.arange(inside) - moved], polygon[moved - 1]
        differs = np.flatnonzero((here != above) & (length > 0))
        length = length[differs]
        pixel = _expand(start[differs], length)
        return Changes(pixel, np.repeat(here[differs], length), np.repeat(above[differs], length))


def resolve_front(spans: Spans, height: int, width: int) -> ObjectMap:
    """Return which polygon is in front at each pixel: of the spans that cover it, the one of the last polygon.

    Polygon 0 covers columns 0 to 5 of a row, polygon 1 columns 2 to 3, and polygon 2 columns 3 to 7:

         0  0  0  0  0  0  .  .
         .  .  1  1  .  .  .  .
         .  .  .  2  2  2  2  2
         ----------------------
         1  1  2  3  3  3  3  3   the object map

    >>> spans = Spans(polygon=np.array([0, 1, 2]), start=np.array([0, 2, 3]), stop=np.array([6, 4, 8]))
    >>> objects = resolve_front(spans, height=1, width=8)
    >>> objects.polygon.tolist(), objects.start.tolist()
    ([1, 2, 3], [0, 2, 3, 8])
    """
    pieces = _cut_into_pieces(spans, height, width)
    front = _front_of_pieces((spans.polygon + 1).astype(np.uint16), pieces)
    # Neighboring pieces with the same polygon are one run, unless a row begins between them.
    opens = _differs_from_previous(front)
    opens[pieces.rows[:-1]] = True
    runs = np.flatnonzero(opens)
    return ObjectMap(front[runs], np.append(pieces.start[runs], pieces.start[-1]), height, width)


class _Pieces(NamedTuple):
    """The pieces between neighboring ends of S spans and H rows; no span starts or stops within a piece.

    Attributes:
        start: int64 (P + 1,), first pixel of each piece, as row * width + column; the last entry is height * width.
        first: int32 (S,), the first piece of each span.
        last: int32 (S,), one past the last piece of each span.
        rows: int32 (H + 1,), the first piece of each row; the last entry is P.
    """

    start: NDArray[np.int64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    rows: NDArray[np.int32]


def _cut_into_pieces(spans: Spans, height: int, width: int) -> _Pieces:
    """Cut the image wherever a span or a row starts or stops.

    Each end travels through the sort together with its index, so no search for its rank is needed afterwards. The
    spans of the example of `resolve_front`:

        end     0  2  3  6  4  8  0  8     three starts, three stops, both ends of the row
        index   0  1  2  3  4  5  6  7

        end     0  0  2  3  4  6  8  8     sorted
        index   0  6  1  2  4  3  5  7
        piece   0  0  1  2  3  4  5  5     the number of different ends before it

    >>> spans = Spans(polygon=np.array([0, 1, 2]), start=np.array([0, 2, 3]), stop=np.array([6, 4, 8]))
    >>> pieces = _cut_into_pieces(spans, height=1, width=8)
    >>> pieces.start.tolist(), pieces.first.tolist(), pieces.last.tolist(), pieces.rows.tolist()
    ([0, 2, 3, 4, 6, 8], [0, 1, 2], [4, 3, 5], [0, 5])
    """
    end = np.concatenate((spans.start, spans.stop, np.arange(0, height * width + 1, width)))
    bits = len(end).bit_length()
    key = pack_bits(end, np.arange(len(end)), bits)
    key.sort()
    end, index = unpack_bits(key, bits)
    is_new = _differs_from_previous(end)
    piece = np.empty(len(key), np.int32)
    piece[index] = np.cumsum(is_new, dtype=np.int32)
    piece -= 1
    first, last, rows = np.split(piece, (len(spans.start), 2 * len(spans.start)))
    return _Pieces(end[is_new], first, last, rows)


def _front_of_pieces(polygon: NDArray[np.uint16], pieces: _Pieces) -> NDArray[np.uint16]:
    """Return the greatest of the polygons, given for each span, that cover each piece; 0 where none does.

    The pieces of a span are the union of two blocks, at its first and its last piece, whose length is a power of two.
    Each block is noted at its first piece, in the row of a table for its length. Then the rows are pushed down: a
    block of 2**k pieces is two blocks of 2**(k - 1), and the greater polygon wins. The row for single pieces is the
    result. The spans of the example of `resolve_front` cover pieces 0 to 3, 1 to 2 and 2 to 4:

        blocks of             4                2                1
        as noted         1 0 0 0 0        0 2 3 3 0        0 0 0 0 0
        pushed down                       1 2 3 3 0        1 2 3 3 3

    >>> pieces = _Pieces(np.arange(6), first=np.array([0, 1, 2]), last=np.array([4, 3, 5]), rows=np.array([0, 5]))
    >>> _front_of_pieces(np.array([1, 2, 3], np.uint16), pieces).tolist()
    [1, 2, 3, 3, 3]
    """
    level = np.frexp((pieces.last - pieces.first).astype(np.float32))[1] - 1  # the power of two
    depth = int(level.max(initial=0)) + 1
    front = np.zeros((depth, len(pieces.start) - 1), np.uint16)
    both_ends = np.empty((len(level), 2), np.int64)
    np.add(level * front.shape[1], pieces.first, out=both_ends[:, 0])
    np.add(level * front.shape[1], pieces.last - (1 << level), out=both_ends[:, 1])
    # Spans come back to front, and NumPy keeps the last value where an index repeats in an assignment.
    front.reshape(-1)[both_ends.reshape(-1)] = np.repeat(polygon, 2)
    for k in range(depth - 1, 0, -1):
        half = 1 << (k - 1)
        np.maximum(front[k - 1], front[k], out=front[k - 1])
        np.maximum(front[k - 1, half:], front[k, :-half], out=front[k - 1, half:])
    single: NDArray[np.uint16] = front[0]
    return single


def _expand(start: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the integers of ranges, one range after the other; there is at least one.

    >>> _expand(np.array([5, 20]), np.array([3, 2])).tolist()
    [5, 6, 7, 20, 21]
    """
    end = np.cumsum(length)
    expanded: NDArray[np.int64] = np.arange(end[-1]) + np.repeat(start - end + length, length)
    return expanded


def _differs_from_previous(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return whether each value differs from the one before; true for the first.

    >>> _differs_from_previous(np.array([4, 4, 7])).tolist()
    [True, False, True]
    """
    differs = np.empty(len(values), np.bool_)
    differs[0] = True
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs
