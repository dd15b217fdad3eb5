"""Scan conversion: which pixels the polygons of a frame cover, by the rule that drew the released label maps.

The rule (Pillow before 2.5): row y is sampled at y + 0.5; an edge's crossing is computed in float32 as
`(y + 0.5 - y0) * (x1 - x0) / (y1 - y0) + x0`, the quotient first, from the edge's first vertex in drawing order;
a row's crossings are sorted and paired (even-odd); a pair fills the columns ceil(left - 0.5) to floor(right + 0.5),
both included, clipped to the image. Horizontal edges contribute nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Spans(NamedTuple):
    """Horizontal spans of pixels in one image, sorted by polygon, then row, then column.

    Spans of one polygon may touch or overlap, as both ends of a pair are filled.

    Attributes:
        polygon: int64 (S,), the index of the polygon that the span belongs to.
        start: int64 (S,), first pixel, as row * width + column.
        stop: int64 (S,), one past the last pixel, in the same row.
    """

    polygon: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


def scan_convert(vertices: NDArray[np.int64], counts: NDArray[np.int64], height: int, width: int) -> Spans:
    """Return the spans that the polygons of a frame cover, all at once.

    Args:
        vertices: int64 (V, 2), x and y in pixels, the polygons one after the other; below 2**23 in magnitude.
        counts: int64 (N,), the number of vertices of each polygon, at least 1; at most 65,535 polygons.
        height: rows of the image, 1 to 32,768.
        width: columns of the image, 1 to 32,768.
    """
    edges = _crossing_edges(vertices, counts, height)
    polygon_row, columns = _crossings(edges, height, width)
    # One integer carries (polygon, row, column): sorting it puts the two ends of every span side by side,
    # and as a closed ring crosses each row an even number of times, no pair straddles two rows.
    bits = (2 * width + 4).bit_length()
    fits = len(counts) * height < 1 << 32 - bits
    key: NDArray[Any] = polygon_row.astype(np.uint32 if fits else np.uint64)
    key = key << bits | columns.astype(key.dtype)
    key.sort()
    column = (key & ((1 << bits) - 1)).astype(np.int64)
    left = np.maximum((column[0::2] >> 1) - 1, 0)
    stop = np.minimum((column[1::2] + 1) >> 1, width)
    inside = np.flatnonzero(left < stop)
    line = (key[0::2][inside] >> bits).astype(np.int64)
    polygon = line // height
    first = (line - polygon * height) * width
    return Spans(polygon, first + left[inside], first + stop[inside])


class _Edges(NamedTuple):
    """The edges that cross the middle of a row at least, in drawing order.

    Attributes:
        polygon: int32 (E,).
        top: int32 (E,), the first row that is crossed.
        rows: int32 (E,), how many rows are crossed.
        x: float32 (E,), of the first vertex.
        y: int32 (E,), of the first vertex.
        slope: float32 (E,), columns a row.
    """

    polygon: NDArray[np.int32]
    top: NDArray[np.int32]
    rows: NDArray[np.int32]
    x: NDArray[np.float32]
    y: NDArray[np.int32]
    slope: NDArray[np.float32]


def _crossing_edges(vertices: NDArray[np.int64], counts: NDArray[np.int64], height: int) -> _Edges:
    x, y = np.ascontiguousarray(vertices.T, np.int32)
    end = np.cumsum(counts)
    after = np.arange(1, len(x) + 1)
    after[end - 1] = end - counts  # the first vertex of a polygon comes after its last
    top = np.maximum(np.minimum(y, y[after]), 0)
    rows = np.minimum(np.maximum(y, y[after]), height) - top
    crossing = np.flatnonzero(rows > 0)
    after = after[crossing]
    polygon = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[crossing]
    x0, y0 = x[crossing].astype(np.float32), y[crossing]
    slope = (x[after].astype(np.float32) - x0) / (y[after] - y0).astype(np.float32)
    return _Edges(polygon, top[crossing], rows[crossing], x0, y0, slope)


def _crossings(edges: _Edges, height: int, width: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return where edges cross rows, one entry a crossing.

    The first part is polygon * height + row. The second is ceil(x - 0.5) + floor(x + 0.5) + 2 of the crossing x, held
    between 0 and 2 * width + 4: half of it, rounded down or up, gives back both columns, and as it grows with x it can
    stand for x in a sort.
    """
    edge = np.repeat(np.arange(len(edges.rows)), edges.rows)
    number = np.arange(len(edge), dtype=np.int32)
    row = edges.top + edges.rows - np.cumsum(edges.rows, dtype=np.int32)  # less the number of the crossing
    below_first = (row - edges.y)[edge] + number  # in rows; exact, as is half a row more in float32
    x = (below_first.astype(np.float32) + np.float32(0.5)) * edges.slope[edge] + edges.x[edge]
    x = np.clip(x, -1, width + 1)
    whole = np.floor(x)
    x -= whole
    columns = 2 * whole.astype(np.int32) + 2
    columns += x >= np.float32(0.5)
    columns += x > np.float32(0.5)
    return (edges.polygon * np.int32(height) + row)[edge] + number, columns
