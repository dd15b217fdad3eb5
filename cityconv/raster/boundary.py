"""Boundaries: a ring around each part of each segment of a frame, holes included, straight from runs.

A ring runs along pixel borders, in straight edges from corner to corner; x grows to the right and y downward.
Where two pixels of a segment touch only diagonally, the boundary turns twice at one position. These are two corners,
one for each pixel, so that parts that touch only at a point stay separate: parts are 4-connected, holes 8-connected.

The functions below share one example, a part with a hole. Its 8 corners, numbered by `_find_corners`:

    0-----------1
    |  #  #  #  |
    |  2-----3  |
    |  #  .  #  |
    |  4-----5  |
    |  #  #  #  |
    6-----------7
"""

from __future__ import annotations

from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.raster.packing import pack_bits, pack_corner, unpack_bits, unpack_corner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions


class Boundaries(NamedTuple):
    """The boundaries of S segments, one ring for each 4-connected part, with its holes.

    A ring begins at the leftmost of its topmost corners and runs clockwise on the screen, with the pixels on its right.
    It reaches each hole over a vertical bridge of zero width, which starts at the edge above the hole and lies inside
    the part. Where a bridge starts next to a corner, a point may be repeated, or lie on a straight line.

    Attributes:
        corner: int64 (P, 2), x and y of each point as a pixel corner, 0 to the width and height of the image.
        pixel: int64 (P, 2), x and y of the innermost pixel at each point. The pixels of two consecutive points lie in
            one row or one column, and all pixels from one to the other belong to the segment.
        rings: the indices of the points of each ring in order, int64; sorted by segment, then y, then x of their start.
        segment: the segment of each ring.
    """

    corner: NDArray[np.int64]
    pixel: NDArray[np.int64]
    rings: list[NDArray[np.int64]]
    segment: list[int]


class RingPoints(NamedTuple):
    """All points of rings, one ring after the other.

    Attributes:
        point: int64 (P,), the index of each point.
        following: int64 (P,), the position in `point` of the next point of the same ring.
        end: int64 (len(rings),), one past the position of the last point of each ring.
    """

    point: NDArray[np.int64]
    following: NDArray[np.int64]
    end: NDArray[np.int64]


def trace_boundaries(regions: Regions) -> Boundaries:
    """Return the boundaries of all segments.

    The ring of the example of the module goes around the part and, over the bridge between (1, 0) and (1, 1), around
    the hole. The bridge adds points 8 and 9, both at (1, 0); from 8 the ring goes straight down to 4, past 2:

    >>> regions = Regions(
    ...     segment=np.zeros(4, np.int64), row=np.array([0, 1, 1, 2]),
    ...     left=np.array([0, 0, 2, 0]), right=np.array([3, 1, 3, 3]), size=1, height=3, width=3)
    >>> boundaries = trace_boundaries(regions)
    >>> boundaries.rings[0].tolist()
    [0, 8, 4, 5, 3, 2, 9, 1, 7, 6]
    """
    corners = _find_corners(regions)
    corner = np.stack((corners.x, corners.y), axis=1)
    pixel = _innermost_pixels(corners)
    edges = _directed_edges(corners, regions)
    cycles = _cycles(edges.successor)
    # The first edge of the ring around a part has its pixels below and starts at its left end, that of a hole at its
    # right end, which has an odd number.
    holes = [cycle[0] for cycle in cycles if edges.ends[cycle[0], 0] & 1]
    if holes:
        edges, starts = _bridge_holes(corners, edges, holes)
        corner = np.concatenate((corner, starts))
        pixel = np.concatenate((pixel, starts - (1, 0)))  # to the left of the bridge, below the edge
        cycles = _cycles(edges.successor)
    points = edges.ends[list(chain.from_iterable(cycles))].reshape(-1)
    stops = accumulate((2 * len(cycle) for cycle in cycles), initial=0)
    rings = [points[start:stop] for start, stop in pairwise(stops)]
    segment = corners.segment[[2 * cycle[0] for cycle in cycles]]
    return Boundaries(corner, pixel, rings, segment.tolist())


class Loops(NamedTuple):
    """The boundaries of S segments as closed lines: one around each 4-connected part, and one around each hole.

    Attributes:
        corner: int64 (P, 2), x and y of the points of all loops, one loop after the other, as pixel corners. The lines
            between consecutive points of a loop run along a row and along a column in turn, the first along a row.
        end: int64 (L,), one past the last point of each loop.
        segment: int64 (L,), the segment of each loop, ascending.
    """

    corner: NDArray[np.int64]
    end: NDArray[np.int64]
    segment: NDArray[np.int64]


def trace_loops(regions: Regions) -> Loops:
    """Return the boundaries of all segments, with holes not joined to the part around them.

    >>> regions = Regions(
    ...     segment=np.zeros(4, np.int64), row=np.array([0, 1, 1, 2]),
    ...     left=np.array([0, 0, 2, 0]), right=np.array([3, 1, 3, 3]), size=1, height=3, width=3)
    >>> loops = trace_loops(regions)
    >>> loops.corner.tolist(), loops.end.tolist(), loops.segment.tolist()
    ([[0, 0], [3, 0], [3, 3], [0, 3], [2, 1], [1, 1], [1, 2], [2, 2]], [4, 8], [0, 0])
    """
    corners = _find_corners(regions)
    edges = _directed_edges(corners, regions)
    cycles = _cycles(edges.successor)
    points = edges.ends[list(chain.from_iterable(cycles))].reshape(-1)
    end = np.cumsum([2 * len(cycle) for cycle in cycles], dtype=np.int64)
    segment = corners.segment[[2 * cycle[0] for cycle in cycles]]
    return Loops(np.stack((corners.x, corners.y), axis=1)[points], end, segment)


def concatenate_rings(rings: list[NDArray[np.int64]]) -> RingPoints:
    """Return the points of rings.

    >>> points = concatenate_rings([np.array([5, 6, 7]), np.array([8, 9])])
    >>> points.point.tolist(), points.following.tolist(), points.end.tolist()
    ([5, 6, 7, 8, 9], [1, 2, 0, 4, 3], [3, 5])
    """
    point = np.concatenate([np.empty(0, np.int64), *rings])
    length = np.array([len(ring) for ring in rings], np.int64)
    end = np.cumsum(length)
    following = np.arange(1, len(point) + 1)
    following[end[length > 0] - 1] = (end - length)[length > 0]
    return RingPoints(point, following, end)


class _Corners(NamedTuple):
    """The C corners of S segments, sorted by segment, then y, then x: each ends one horizontal and one vertical edge.

    Attributes:
        segment: int64 (C,).
        y: int64 (C,).
        x: int64 (C,).
        is_left: bool (C,), whether the vertical edge has the pixels of the segment on its right.
        is_top: bool (C,), whether the corner is the upper end of the vertical edge.
    """

    segment: NDArray[np.int64]
    y: NDArray[np.int64]
    x: NDArray[np.int64]
    is_left: NDArray[np.bool_]
    is_top: NDArray[np.bool_]


_LEFT, _TOP = 2, 1  # bits of a key of `_find_corners`


def _find_corners(regions: Regions) -> _Corners:
    """Return where the boundaries turn.

    Each end of a run is a vertical edge one pixel long, of the left or the right side. Where such an edge meets one of
    the same side in the next row, the boundary goes straight on. The other ends of these edges are corners. In a sort,
    the bottom of the edge above and the top of the edge below are neighbors that differ only in the bit for the top.

    The left column of the example of the module, at x = 0:

        y     ends of edges                  corner
        0     top of row 0                   0
        1     bottom of row 0, top of row 1  -
        2     bottom of row 1, top of row 2  -
        3     bottom of row 2                6

    >>> regions = Regions(
    ...     segment=np.zeros(4, np.int64), row=np.array([0, 1, 1, 2]),
    ...     left=np.array([0, 0, 2, 0]), right=np.array([3, 1, 3, 3]), size=1, height=3, width=3)
    >>> corners = _find_corners(regions)
    >>> list(zip(corners.x.tolist(), corners.y.tolist()))
    [(0, 0), (3, 0), (1, 1), (2, 1), (1, 2), (2, 2), (0, 3), (3, 3)]
    >>> corners.is_left.astype(int).tolist(), corners.is_top.astype(int).tolist()
    ([1, 0, 0, 1, 0, 1, 1, 0], [1, 1, 1, 1, 0, 0, 0, 0])
    """
    height, width = regions.height, regions.width
    left = pack_corner(regions.segment, regions.row, regions.left, height, width)
    right = left + (regions.right - regions.left)
    next_row = width + 1
    # Where two corners share a position, the one of the right side comes first: its horizontal edge ends there, and
    # that of the left side starts there.
    key = np.concatenate((
        pack_bits(left, _LEFT | _TOP, 2), pack_bits(right, _TOP, 2),
        pack_bits(left + next_row, _LEFT, 2), pack_bits(right + next_row, 0, 2),
    ))  # fmt: skip
    key.sort()
    straight = key[1:] >> 1 == key[:-1] >> 1
    key = key[~(np.append(False, straight) | np.append(straight, False))[: len(key)]]
    corner, side = unpack_bits(key, 2)
    segment, y, x = unpack_corner(corner, height, width)
    return _Corners(segment, y, x, side & _LEFT != 0, side & _TOP != 0)


def _innermost_pixels(corners: _Corners) -> NDArray[np.int64]:
    """Return x and y of the pixel on the inner side of both edges of each corner, int64 (C, 2).

    In the example of the module, (0, 0) for corner 0 and (2, 0) for corner 1; (0, 0) for corner 2 too, which is the
    bottom right corner of that pixel, as the edge from 2 to 3 has the pixels of the segment above.

    >>> corners = _Corners(
    ...     segment=np.zeros(4, np.int64), y=np.array([0, 0, 1, 1]), x=np.array([0, 3, 1, 2]),
    ...     is_left=np.array([True, False, False, True]), is_top=np.array([True, True, True, True]))
    >>> _innermost_pixels(corners).tolist()
    [[0, 0], [2, 0], [0, 0], [2, 0]]
    """
    # Every second corner is the left end of its horizontal edge. Where the ring leaves a corner along the row, and the
    # edge leads right from there, or neither is the case, the ring follows the edge to the right: pixels lie below it.
    edge_leads_right = np.arange(len(corners.x)) % 2 == 0
    leaves_along_row = corners.is_left == corners.is_top
    is_upper = edge_leads_right == leaves_along_row
    return np.stack((corners.x - ~corners.is_left, corners.y - ~is_upper), axis=1)


class _Edges(NamedTuple):
    """The E horizontal edges of boundaries, which alternate with vertical edges; sorted by segment, then y, then x.

    Attributes:
        ends: int64 (E, 2), the points at which each edge starts and ends in the direction of its ring.
        successor: the next horizontal edge of the ring, a permutation.
    """

    ends: NDArray[np.int64]
    successor: list[int]


def _directed_edges(corners: _Corners, regions: Regions) -> _Edges:
    """Return the horizontal edges, each with the next one of its ring.

    Edges and gaps alternate among the corners of a row, and among those of a column: an edge joins the first and the
    second corner, another the third and the fourth, and so on. Left sides are walked upward, right sides downward.

    In the example of the module, the horizontal edges join corners 0-1, 2-3, 4-5 and 6-7; the vertical edges join 0-6,
    2-4, 3-5 and 1-7. The ring around the part is 0 1 7 6, the edges 0 and 3; that around the hole 3 2 4 5, 1 and 2.

    >>> regions = Regions(
    ...     segment=np.zeros(4, np.int64), row=np.array([0, 1, 1, 2]),
    ...     left=np.array([0, 0, 2, 0]), right=np.array([3, 1, 3, 3]), size=1, height=3, width=3)
    >>> edges = _directed_edges(_find_corners(regions), regions)
    >>> edges.ends.tolist(), edges.successor
    ([[0, 1], [3, 2], [4, 5], [7, 6]], [3, 2, 1, 0])
    """
    # Sorted by column: where two corners share a position, the one whose vertical edge lies above comes first.
    in_columns = pack_corner(corners.segment, corners.x, corners.y, regions.width, regions.height)
    by_column = np.argsort(pack_bits(in_columns, corners.is_top, 1))
    along_column = np.empty_like(by_column)
    along_column[by_column[0::2]] = by_column[1::2]
    along_column[by_column[1::2]] = by_column[0::2]
    # Edge e has corners 2 e and 2 e + 1; `^ 1` leads from one to the other.
    start = np.arange(0, len(in_columns), 2) + (corners.is_left != corners.is_top)[0::2]
    end = start ^ 1
    return _Edges(np.stack((start, end), axis=1), (along_column[end] >> 1).tolist())


def _cycles(successor: list[int]) -> list[list[int]]:
    """Return the cycles of a permutation, each from its least member, in ascending order of the least members.

    >>> _cycles([3, 2, 1, 0])
    [[0, 3], [1, 2]]
    """
    unseen = [True] * len(successor)
    cycles = []
    for first in range(len(successor)):
        if unseen[first]:
            cycle = []
            member = first
            while unseen[member]:
                unseen[member] = False
                cycle.append(member)
                member = successor[member]
            cycles.append(cycle)
    return cycles


def _bridge_holes(corners: _Corners, edges: _Edges, holes: list[int]) -> tuple[_Edges, NDArray[np.int64]]:
    """Join holes, given by their first edges, to the rings above; return also x and y of the added points, (P, 2).

    The edge above each hole is cut in two. Around the first corner of a hole all pixels but one belong to the part, so
    a line straight up from there stays inside until it meets a horizontal edge. That edge belongs to a ring that
    began higher up, so every hole is joined, directly or through others, to the ring around its part.

    In the example of the module, edge 0 above the hole led from 0 to 1. It now ends where the bridge leaves, at point
    8, and edge 4 leads on from point 9, where the bridge arrives, to 1. Edge 0 is followed by the second edge of the
    hole, and the first edge of the hole, which ends at the foot of the bridge, by edge 4:

        edge          0      1      2      3      4
        before       0 1    3 2    4 5    7 6              rings: edges 0 3, edges 1 2
        after        0 8    3 2    4 5    7 6    9 1       ring: edges 0 2 1 4 3
    """
    first, point = len(edges.ends), len(corners.x)
    ends = np.concatenate((edges.ends, np.empty((len(holes), 2), np.int64)))
    successor = edges.successor + [-1] * len(holes)
    starts = np.empty((len(holes), 2), np.int64)
    # From right to left, so that several bridges from one edge are walked from left to right, as the edge is.
    for index, hole in enumerate(sorted(holes, key=lambda edge: corners.x[2 * edge], reverse=True)):
        above = _edge_above(corners, hole)
        starts[index] = corners.x[2 * hole], corners.y[2 * above]
        leave, rest = point + 2 * index, first + index
        ends[rest] = leave + 1, ends[above, 1]
        ends[above, 1] = leave
        successor[rest] = successor[above]
        successor[above], successor[hole] = successor[hole], rest
    return _Edges(ends, successor), np.repeat(starts, 2, axis=0)


def _edge_above(corners: _Corners, hole: int) -> int:
    """Return the nearest horizontal edge above the left end of the first edge of a hole."""
    first = int(np.searchsorted(corners.segment, corners.segment[2 * hole]))
    x = corners.x[2 * hole]
    spanning = np.flatnonzero((corners.x[first : 2 * hole : 2] <= x) & (x <= corners.x[first + 1 : 2 * hole : 2]))
    return first // 2 + int(spanning[-1])
