"""Scan conversion: which pixels the polygons of a frame cover, by the rule that drew the released label maps.

The rule (Pillow before 2.5): row y is sampled at y + 0.5; an edge's crossing is computed in float32 as
`(y + 0.5 - y0) * (x1 - x0) / (y1 - y0) + x0`, the quotient first, from the edge's first vertex in drawing order;
a row's crossings are sorted and paired (even-odd); a pair fills the columns ceil(left - 0.5) to floor(right + 0.5),
both included, clipped to the image. Horizontal edges contribute nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLUMN_BITS = 18  # a crossing is kept as the sum of its two columns, at most 2 * 32,768 + 4
_COLUMN_MASK = (1 << _COLUMN_BITS) - 1


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
    edge, row = _edge_rows(vertices, counts, height)
    columns = _crossing_columns(vertices, counts, edge, row, width)
    # One integer carries (polygon, row, column): sorting it puts the two ends of every span side by side,
    # and as a closed ring crosses each row an even number of times, no pair straddles two rows.
    polygon = np.repeat(np.arange(len(counts)), counts)
    key = ((polygon[edge] * height + row) << _COLUMN_BITS) | columns
    key.sort()
    left = ((key[0::2] & _COLUMN_MASK) >> 1) - 1
    stop = ((key[1::2] & _COLUMN_MASK) + 1) >> 1
    np.maximum(left, 0, out=left)
    np.minimum(stop, width, out=stop)
    inside = np.flatnonzero(left < stop)
    polygon_row = key[0::2][inside] >> _COLUMN_BITS
    polygon = polygon_row // height
    first_pixel = (polygon_row - polygon * height) * width
    return Spans(polygon, first_pixel + left[inside], first_pixel + stop[inside])


def _edge_rows(
    vertices: NDArray[np.int64], counts: NDArray[np.int64], height: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for every crossing of an edge with the middle of a row, the edge's first vertex and the row."""
    y0 = vertices[:, 1]
    y1 = y0[_successor(counts)]
    top = np.clip(np.minimum(y0, y1), 0, height)
    rows = np.clip(np.maximum(y0, y1), 0, height) - top
    edge = np.repeat(np.arange(len(rows)), rows)
    row = np.arange(len(edge)) + (top - np.cumsum(rows) + rows)[edge]
    return edge, row


def _successor(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the index of the vertex after each vertex, the first one of a polygon after its last."""
    after = np.arange(1, int(counts.sum()) + 1)
    end = np.cumsum(counts)
    after[end - 1] = end - counts
    return after


def _crossing_columns(
    vertices: NDArray[np.int64],
    counts: NDArray[np.int64],
    edge: NDArray[np.int64],
    row: NDArray[np.int64],
    width: int,
) -> NDArray[np.int64]:
    """Return ceil(x - 0.5) + floor(x + 0.5) + 2 of each crossing x, held between 0 and 2 * width + 4.

    Half the sum, rounded down or up, gives back both columns, and the sum grows with x: it can stand for x in a sort.
    """
    start = vertices.astype(np.float32)
    step = start[_successor(counts)] - start
    with np.errstate(divide="ignore", invalid="ignore"):  # horizontal edges, which cross no row
        slope = step[:, 0] / step[:, 1]
    x = ((row + 0.5).astype(np.float32) - start[edge, 1]) * slope[edge] + start[edge, 0]
    x = np.clip(x, -1, width + 1).astype(np.float64)
    columns: NDArray[np.int64] = (np.ceil(x - 0.5) + np.floor(x + 0.5)).astype(np.int64) + 2
    return columns
