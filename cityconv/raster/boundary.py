"""Outlines: one closed walk around each part of each segment of a frame and around its holes, straight from runs.

An outline runs along pixel borders, in straight edges from corner to corner; x grows to the right and y downwards.
Where two pixels of a segment touch only diagonally, two turns meet at one place. They are kept as two corners, one for
each pixel, so that what hangs together by a point alone is kept apart: parts are 4-connected and holes 8-connected.
"""

from __future__ import annotations

from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions


class Outlines(NamedTuple):
    """The outlines of S segments, one for each 4-connected part, with its holes.

    An outline begins at the leftmost of its topmost corners and runs clockwise, as seen on the screen: the pixels are
    at its right hand. It visits each hole over a vertical bridge of no width, which starts at the edge above the hole
    and lies inside the part. Where a bridge starts beside a corner a point may be repeated, or be passed straight.

    Attributes:
        corner: int64 (P, 2), x and y of the points in pixel corners, 0 to the width and height of the image.
        pixel: int64 (P, 2), x and y of the pixel innermost at each point. The pixels of two points in sequence lie in
            one row or one column, and those from one to the other belong to the segment.
        walks: the points of each outline in order, int64; sorted by segment, then y, then x of their start.
        segment: the segment that each outline belongs to.
    """

    corner: NDArray[np.int64]
    pixel: NDArray[np.int64]
    walks: list[NDArray[np.int64]]
    segment: list[int]


class Steps(NamedTuple):
    """All steps of closed walks, one after the other.

    Attributes:
        point: int64 (P,), where each step starts.
        following: int64 (P,), the index of the next step of the same walk.
        end: int64 (len(walks),), one past the last step of each walk.
    """

    point: NDArray[np.int64]
    following: NDArray[np.int64]
    end: NDArray[np.int64]


class _Corners(NamedTuple):
    """The corners of S segments, sorted by segment, then y, then x: each ends one horizontal and one vertical edge.

    Attributes:
        segment: int64 (C,).
        y: int64 (C,).
        x: int64 (C,).
        is_left: bool (C,), whether the vertical edge has the segment's pixels at its right.
        is_top: bool (C,), whether the corner is the upper end of the vertical edge.
    """

    segment: NDArray[np.int64]
    y: NDArray[np.int64]
    x: NDArray[np.int64]
    is_left: NDArray[np.bool_]
    is_top: NDArray[np.bool_]


def trace_outlines(regions: Regions) -> Outlines:
    """Return the outlines of all segments."""
    corners = _find_corners(regions)
    corner = np.stack((corners.x, corners.y), axis=1)
    pixel = _innermost_pixels(corners)
    edges = _walked_edges(corners, regions)
    cycles = _cycles(edges.successor)
    # The first edge of an outer outline has the pixels below and is entered at the left, that of a hole at the right.
    holes = [cycle[0] for cycle in cycles if edges.ends[cycle[0], 0] & 1]
    if holes:
        edges, starts = _bridge_holes(corners, edges, holes)
        corner = np.concatenate((corner, starts))
        pixel = np.concatenate((pixel, starts - (1, 0)))  # at the left of the bridge, below the edge
        cycles = _cycles(edges.successor)
    points = edges.ends[list(chain.from_iterable(cycles))].reshape(-1)
    stops = accumulate((2 * len(cycle) for cycle in cycles), initial=0)
    walks = [points[start:stop] for start, stop in pairwise(stops)]
    segment = corners.segment[[2 * cycle[0] for cycle in cycles]]
    return Outlines(corner, pixel, walks, segment.tolist())


def steps_of(walks: list[NDArray[np.int64]]) -> Steps:
    """Return the steps of walks."""
    point = np.concatenate([np.empty(0, np.int64), *walks])
    length = np.array([len(walk) for walk in walks], np.int64)
    end = np.cumsum(length)
    following = np.arange(1, len(point) + 1)
    following[end[length > 0] - 1] = (end - length)[length > 0]
    return Steps(point, following, end)


def _find_corners(regions: Regions) -> _Corners:
    """Return where the outlines turn.

    Each end of a run is a vertical edge one pixel long. Where such an edge meets one of the same side in the next row,
    the outline goes straight on; the ends that are left over are corners.
    """
    top = (regions.segment * (regions.height + 1) + regions.row) * (regions.width + 1)
    bottom = top + regions.width + 1
    # The two lowest bits are `is_left` and `is_top`. Where two corners share a place, the one of the right side comes
    # first: its horizontal edge lies before that place, and the edge of the left side behind it.
    key = np.concatenate((
        (top + regions.left) << 2 | 3, (top + regions.right) << 2 | 1,
        (bottom + regions.left) << 2 | 2, (bottom + regions.right) << 2 | 0,
    ))  # fmt: skip
    key.sort()
    straight = key[1:] >> 1 == key[:-1] >> 1
    key = key[~(np.append(False, straight) | np.append(straight, False))[: len(key)]]
    line, x = np.divmod(key >> 2, regions.width + 1)
    segment, y = np.divmod(line, regions.height + 1)
    return _Corners(segment, y, x, key & 2 != 0, key & 1 != 0)


def _innermost_pixels(corners: _Corners) -> NDArray[np.int64]:
    """Return the pixel at the inner side of both edges of each corner, x and y, int64 (C, 2)."""
    # The horizontal edge goes to the right from every second corner, and has the pixels below if walked that way.
    edge_leads_right = np.arange(len(corners.x)) % 2 == 0
    leaves_along_row = corners.is_left == corners.is_top
    is_upper = edge_leads_right == leaves_along_row
    return np.stack((corners.x - ~corners.is_left, corners.y - ~is_upper), axis=1)


class _Edges(NamedTuple):
    """The E horizontal edges of outlines, which by turns with vertical ones make them up; sorted by segment, y, x.

    Attributes:
        ends: int64 (E, 2), the point where each edge is entered and the one where it is left.
        successor: the edge that is walked next, a permutation.
    """

    ends: NDArray[np.int64]
    successor: list[int]


def _walked_edges(corners: _Corners, regions: Regions) -> _Edges:
    """Return the horizontal edges, each with the next one of its outline.

    Edges and gaps take turns among the corners of a row, as they do among those of a column: the first and the second
    are joined by an edge, the third and the fourth, and so on. Left sides are walked upwards, right sides downwards.
    """
    column = corners.segment * (regions.width + 1) + corners.x
    # Where two corners share a place, the one whose vertical edge lies above it comes first.
    by_column = np.argsort((column * (regions.height + 1) + corners.y) << 1 | corners.is_top)
    along_column = np.empty_like(by_column)
    along_column[by_column[0::2]] = by_column[1::2]
    along_column[by_column[1::2]] = by_column[0::2]
    start = np.arange(0, len(column), 2) + (corners.is_left != corners.is_top)[0::2]
    end = start ^ 1
    return _Edges(np.stack((start, end), axis=1), (along_column[end] >> 1).tolist())


def _cycles(successor: list[int]) -> list[list[int]]:
    """Return the cycles of a permutation, each from its lowest member on, in ascending order of these."""
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
    """Join holes, given by their first edges, to the outlines above; return also x and y of the points added, (P, 2).

    The edge above each hole is cut in two. Around the first corner of a hole all pixels but one belong to the part, so
    a line straight up from there stays inside until it ends on a horizontal edge. That edge belongs to an outline that
    began higher up, so every hole hangs, directly or by way of others, from the outer outline of its part.
    """
    first, point = len(edges.ends), len(corners.x)
    ends = np.concatenate((edges.ends, np.empty((len(holes), 2), np.int64)))
    successor = edges.successor + [-1] * len(holes)
    starts = np.empty((len(holes), 2), np.int64)
    # From right to left, so that several bridges that hang from one edge are walked from left to right, as it is.
    for index, hole in enumerate(sorted(holes, key=lambda edge: corners.x[2 * edge], reverse=True)):
        above = _edge_above(corners, hole)
        starts[index] = corners.x[2 * hole], corners.y[2 * above]
        # its start -> where the bridge leaves -> second edge of the hole ... first edge -> where it arrives -> its end
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
