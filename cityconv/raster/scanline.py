"""Scan conversion: which pixels the polygons of a frame cover, by the rule that drew the released label maps.

The rule (Pillow before 2.5): row y is sampled at y + 0.5. The x of an edge's crossing is computed in float32 as
`(y + 0.5 - y0) * ((x1 - x0) / (y1 - y0)) + x0`, where (x0, y0) is the edge's first vertex in drawing order.
The crossings of a row are sorted and paired (even-odd). A pair fills the columns ceil(left - 0.5) to
floor(right + 0.5), both included, clipped to the image. Horizontal edges contribute nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.raster.packing import pack_bits, unpack_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.sampling import Grid


class Spans(NamedTuple):
    """Horizontal spans of pixels in one image, sorted by polygon, then row, then column.

    Spans of one polygon may touch or overlap, because both ends of a pair are filled.

    Attributes:
        polygon: int64 (S,), the index of the polygon that the span belongs to.
        start: int64 (S,), first pixel, as row * width + column.
        stop: int64 (S,), one past the last pixel, in the same row.
    """

    polygon: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]

    def sampled(self, grid: Grid) -> Spans:
        """Return the spans of the pixels that a grid takes.

        >>> spans = Spans(polygon=np.array([0, 1]), start=np.array([1, 4]), stop=np.array([4, 5]))
        >>> half = spans.sampled(nearest(2, 4, new_height=1, new_width=2))  # only row 0, and columns 0 and 2
        >>> half.polygon.tolist(), half.start.tolist(), half.stop.tolist()
        ([0], [1], [2])
        """
        if grid.is_whole:
            return self
        row = self.start // grid.width
        left = grid.columns_before[self.start - row * grid.width].astype(np.int64)
        right = grid.columns_before[self.stop - row * grid.width]
        top = grid.rows_above[row].astype(np.int64)
        number = np.where(left < right, grid.rows_above[row + 1] - top, 0)  # of rows that come from this one
        span = np.repeat(np.arange(len(row)), number)
        copy = np.arange(len(span)) - np.repeat(np.cumsum(number) - number, number)
        start = (top[span] + copy) * len(grid.columns) + left[span]
        order = np.lexsort((start, self.polygon[span]))
        return Spans(self.polygon[span][order], start[order], (start + (right - left)[span])[order])


def scan_convert(vertices: NDArray[np.int64], counts: NDArray[np.int64], grid: Grid) -> Spans:
    """Return the spans that the polygons of a frame cover in a sample of its pixels, all at once.

    The key of a crossing holds the polygon, the row and the columns. Sorting the keys puts the two ends of each span
    side by side. A closed ring crosses each row an even number of times, so no pair straddles two rows.

    A polygon of two points, whose edges both cross row y at x = y + 0.5, fills two pixels a row:

         0  1  .  .
         .  5  6  .
         .  . 10 11

    >>> spans = scan_convert(np.array([[0, 0], [3, 3]]), np.array([2]), every_pixel(height=3, width=4))
    >>> spans.polygon.tolist(), spans.start.tolist(), spans.stop.tolist()
    ([0, 0, 0], [0, 5, 10], [2, 7, 12])

    Only rows and columns of the sample are computed. Row 0 and columns 0 and 2 of the same image:

    >>> spans = scan_convert(np.array([[0, 0], [3, 3]]), np.array([2]), nearest(3, 4, new_height=1, new_width=2))
    >>> spans.polygon.tolist(), spans.start.tolist(), spans.stop.tolist()
    ([0], [0], [1])

    Args:
        vertices: int64 (V, 2), x and y in pixels, one polygon after the other; below 2**23 in magnitude.
        counts: int64 (N,), the number of vertices of each polygon, at least 1; at most 65,535 polygons.
        grid: which pixels of the image are computed; sides of image and sample are 1 to 32,768.
    """
    height, width = len(grid.rows), len(grid.columns)
    crossings = _find_crossings(_crossing_edges(vertices, counts, grid), grid)
    bits = (2 * grid.width + 4).bit_length()
    dtype = np.uint32 if len(counts) * height < 1 << 32 - bits else np.uint64  # 32 bits sort faster
    key = pack_bits(crossings.line.astype(dtype), crossings.columns.astype(dtype), bits)
    key.sort()
    line, columns = unpack_bits(key, bits)
    columns = columns.astype(np.int64)
    left = grid.columns_before[np.clip(_unpack_first_column(columns[0::2]), 0, grid.width)]
    stop = grid.columns_before[np.clip(_unpack_last_column(columns[1::2]) + 1, 0, grid.width)]
    inside = np.flatnonzero(left < stop)
    polygon, row = _unpack_line(line[0::2][inside].astype(np.int64), height)
    first = row * width
    return Spans(polygon, first + left[inside], first + stop[inside])


class _Edges(NamedTuple):
    """The edges that cross the middle of at least one row of the sample, in drawing order.

    Attributes:
        polygon: int32 (E,).
        top: int32 (E,), the first row of the sample that is crossed.
        rows: int32 (E,), the number of rows of the sample that are crossed.
        x: float32 (E,), of the first vertex.
        y: int32 (E,), of the first vertex.
        slope: float32 (E,), columns per row.
    """

    polygon: NDArray[np.int32]
    top: NDArray[np.int32]
    rows: NDArray[np.int32]
    x: NDArray[np.float32]
    y: NDArray[np.int32]
    slope: NDArray[np.float32]


class _Crossings(NamedTuple):
    """Where edges cross the middles of rows of the sample, in the order of the edges, then of the rows.

    Attributes:
        line: int32 (C,), the polygon and the row, from `_pack_line`.
        columns: int32 (C,), the columns at the crossing, from `_pack_columns`.
    """

    line: NDArray[np.int32]
    columns: NDArray[np.int32]


def _crossing_edges(vertices: NDArray[np.int64], counts: NDArray[np.int64], grid: Grid) -> _Edges:
    """Return the edges of polygons that cross the middle of a row of the sample.

    A triangle and a vertical line: the second edge of the triangle is horizontal and drops out; the line has an edge
    down and an edge back up.

    >>> vertices = np.array([[0, 0], [4, 2], [0, 2], [6, 1], [6, 3]])
    >>> edges = _crossing_edges(vertices, np.array([3, 2]), every_pixel(height=3, width=8))
    >>> edges.polygon.tolist(), edges.top.tolist(), edges.rows.tolist()
    ([0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 2, 2])
    """
    x, y = np.ascontiguousarray(vertices.T, np.int32)
    end = np.cumsum(counts)
    after = np.arange(1, len(x) + 1)
    after[end - 1] = end - counts  # the first vertex of a polygon follows its last
    top = grid.rows_above[np.clip(np.minimum(y, y[after]), 0, grid.height)]
    rows = grid.rows_above[np.clip(np.maximum(y, y[after]), 0, grid.height)] - top
    crossing = np.flatnonzero(rows > 0)
    after = after[crossing]
    polygon = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[crossing]
    x0, y0 = x[crossing].astype(np.float32), y[crossing]
    slope = (x[after].astype(np.float32) - x0) / (y[after] - y0).astype(np.float32)
    return _Edges(polygon, top[crossing], rows[crossing], x0, y0, slope)


def _find_crossings(edges: _Edges, grid: Grid) -> _Crossings:
    """Return one crossing for each row of the sample that each edge crosses.

    The rows of all edges are counted in one sequence. For edges that cross rows 0 to 2 and rows 1 to 2:

        number of the crossing           0  1  2  3  4
        edge                             0  0  0  1  1
        first row less first number      0  0  0 -2 -2
        row, the sum                     0  1  2  1  2
    """
    edge = np.repeat(np.arange(len(edges.rows)), edges.rows)
    number = np.arange(len(edge), dtype=np.int32)
    offset = edges.top + edges.rows - np.cumsum(edges.rows, dtype=np.int32)  # first row less first number
    if grid.is_whole:  # the same as below, with fewer look-ups
        rows_below_vertex = (offset - edges.y)[edge] + number
    else:
        rows_below_vertex = grid.rows[offset[edge] + number] - edges.y[edge]
    # The number of rows is exact in float32, also with half a row more.
    x = (rows_below_vertex.astype(np.float32) + np.float32(0.5)) * edges.slope[edge] + edges.x[edge]
    line = _pack_line(edges.polygon, offset, len(grid.rows))[edge] + number
    return _Crossings(line, _pack_columns(x, grid.width))


def _pack_line(polygon: NDArray[np.int32], row: NDArray[np.int32], height: int) -> NDArray[np.int32]:
    """Number the rows of all polygons, by polygon, then row; adding 1 to a line moves it down by a row.

    >>> _pack_line(np.array([0, 0, 1]), np.array([0, 2, 1]), height=3).tolist()
    [0, 2, 4]
    """
    return polygon * height + row


def _unpack_line(line: NDArray[np.int64], height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return polygon and row of numbers from `_pack_line`.

    >>> polygon, row = _unpack_line(np.array([0, 2, 4]), height=3)
    >>> polygon.tolist(), row.tolist()
    ([0, 0, 1], [0, 2, 1])
    """
    polygon = line // height
    return polygon, line - polygon * height


def _pack_columns(x: NDArray[np.float32], width: int) -> NDArray[np.int32]:
    """Return the columns at which a span that starts at x starts, and a span that ends at x ends, in one integer.

    The two are equal, except that halfway between integers the second is greater by 1. So their sum holds both. It
    never decreases as x grows, so it stands for x in a sort. The sum plus 2, with x clipped to -1 to width + 1:

           x    ceil(x - 0.5)   floor(x + 0.5)   packed
         1.25         1               1             4
         1.5          1               2             5
         1.75         2               2             6

    >>> _pack_columns(np.array([-7, 1.25, 1.5, 1.75, 99], np.float32), width=10).tolist()
    [0, 4, 5, 6, 24]
    """
    x = np.clip(x, -1, width + 1)
    whole = np.floor(x)
    x -= whole
    packed = 2 * whole.astype(np.int32) + 2
    packed += x >= np.float32(0.5)
    packed += x > np.float32(0.5)
    return packed


def _unpack_first_column(packed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ceil(x - 0.5) of integers from `_pack_columns`.

    >>> _unpack_first_column(np.array([4, 5, 6])).tolist()
    [1, 1, 2]
    """
    return (packed >> 1) - 1


def _unpack_last_column(packed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return floor(x + 0.5) of integers from `_pack_columns`.

    >>> _unpack_last_column(np.array([4, 5, 6])).tolist()
    [1, 2, 2]
    """
    return (packed - 1) >> 1
