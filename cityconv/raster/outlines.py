"""Outlines: one closed walk around each part of each segment of a frame and around its holes, straight from runs.

An outline runs along pixel borders, in straight edges from corner to corner; x grows to the right and y downwards.
Where two pixels of a segment touch only diagonally, two turns meet at one place. They are kept as two corners, one for
each pixel, so that what hangs together by a point alone is kept apart: parts are 4-connected and holes 8-connected.
"""

from __future__ import annotations

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
        successor: int64 (P,), the point that comes after each.
        walks: the points of each outline in order; outlines are sorted by segment, then y, then x of their start.
        segment: int64 (len(walks),), the segment that each outline belongs to.
    """

    corner: NDArray[np.int64]
    pixel: NDArray[np.int64]
    successor: NDArray[np.int64]
    walks: list[list[int]]
    segment: NDArray[np.int64]


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
    successor = _successors(corners, regions).tolist()
    walks = _cycles(successor)
    # The first corner of an outer outline has the pixels at the right of its vertical edge, that of a hole at the left.
    holes = [walk[0] for walk in walks if not corners.is_left[walk[0]]]
    if holes:
        starts = _bridge_holes(corners, successor, holes)
        corner = np.concatenate((corner, starts))
        pixel = np.concatenate((pixel, starts - (1, 0)))  # at the left of the bridge, below the edge
        walks = _cycles(successor)
    segment = corners.segment[[walk[0] for walk in walks]]
    return Outlines(corner, pixel, np.array(successor, np.int64), walks, segment)


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


def _successors(corners: _Corners, regions: Regions) -> NDArray[np.int64]:
    """Return the index of the corner that comes after each corner, int64 (C,), a permutation.

    Edges and gaps take turns among the corners of a row, as they do among those of a column: the first and the second
    are joined by an edge, the third and the fourth, and so on. Left sides are walked upwards, right sides downwards.
    """
    column = corners.segment * (regions.width + 1) + corners.x
    # Where two corners share a place, the one whose vertical edge lies above it comes first.
    by_column = np.argsort((column * (regions.height + 1) + corners.y) << 1 | corners.is_top)
    along_column = np.empty_like(by_column)
    along_column[by_column[0::2]] = by_column[1::2]
    along_column[by_column[1::2]] = by_column[0::2]
    along_row = np.arange(len(column)) ^ 1
    return np.where(corners.is_left == corners.is_top, along_row, along_column)


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


def _bridge_holes(corners: _Corners, successor: list[int], holes: list[int]) -> NDArray[np.int64]:
    """Join holes, given by their first corners, to the outlines above; return the points added, x and y, (P, 2).

    Changes `successor` in place. Around the first corner of a hole all pixels but one belong to the part, so a line
    straight up from there stays inside until it ends on a horizontal edge. That edge belongs to an outline that
    began higher up, so every hole hangs, directly or by way of others, from the outer outline of its part.
    """
    starts: list[tuple[int, int]] = []
    # From right to left, so that several bridges that hang from one edge are walked from left to right, as it is.
    for hole in sorted(holes, key=corners.x.__getitem__, reverse=True):
        left = _edge_above(corners, hole)
        starts += [(corners.x[hole], corners.y[left])] * 2
        # left -> leave -> second corner of the hole ... first corner -> arrive -> right
        leave, arrive = len(successor), len(successor) + 1
        successor += [successor[hole], successor[left]]
        successor[left], successor[hole] = leave, arrive
    return np.array(starts, np.int64)


def _edge_above(corners: _Corners, hole: int) -> int:
    """Return the left corner of the nearest horizontal edge above the first corner of a hole."""
    # The two corners of an edge have indices 2k and 2k + 1, and the edges are sorted by y.
    first = int(np.searchsorted(corners.segment, corners.segment[hole]))
    starts, stops = corners.x[first:hole:2], corners.x[first + 1 : hole : 2]
    spanning = np.flatnonzero((starts <= corners.x[hole]) & (corners.x[hole] <= stops))
    return first + 2 * int(spanning[-1])
