"""Outlines of objects in several parts, in formats where an outline is one closed line."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.bounded_mask import overlap
from cityconv.raster.bounded_mask import BoundedMask

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_EDGE_WORK = 1_000  # pixels that could be filled in the time that an edge takes


def equals_but_bridges(
    expected: BoundedMask, filled: BoundedMask, points: NDArray[np.float64], take: Callable[[int], None]
) -> bool:
    """Return whether an outline encloses exactly a mask, apart from the bridges between the mask's parts.

    An outline is one closed line, so bridges connect the parts of an object: lines walked out and back, one pixel wide
    when filled. N parts that do not touch take at most N - 1 bridges.

    Args:
        expected: the mask.
        filled: the mask of the outline when filled.
        points: the points x, y of the outline in pixels, float64 (K, 2).
        take: is told the work in pixels before it takes memory or time; may raise an error.
    """
    import cv2

    if overlap(expected, filled) != expected.area:
        return False
    surplus = filled.pixels.copy()
    x, y = expected.x - filled.x, expected.y - filled.y
    height, width = expected.pixels.shape
    surplus[y : y + height, x : x + width] &= ~expected.pixels
    if not surplus.any():
        return True
    parts = cv2.connectedComponents(expected.pixels.astype(np.uint8), connectivity=8)[0] - 1
    for bridge in _bridges(points.astype(np.int32) - (filled.x, filled.y), surplus, take):
        (x, y), (right, bottom) = bridge.min(axis=0).tolist(), (bridge.max(axis=0) + 1).tolist()
        take((right - x) * (bottom - y))
        line = cv2.fillPoly(np.zeros((bottom - y, right - x), np.uint8), [bridge - (x, y)], 1) != 0
        near = surplus[y:bottom, x:right]
        if (near & line).any():
            near &= ~line
            parts -= 1
    return parts >= 1 and not surplus.any()


def has_slanted_lines(points: NDArray[np.float64]) -> bool:
    """Return whether an outline has lines that lie neither along a row nor along a column, apart from bridges.

    Ultralytics inserts points between the vertices. On slanted lines, these may fall beside the mask's pixels.

    Args:
        points: the points x, y of the outline in pixels, float64 (K, 2).
    """
    start = points.astype(np.uint16)
    stop = np.roll(start, -1, axis=0)
    slanted = (start != stop).all(axis=1)
    there, back = (np.hstack(ends)[slanted].view(np.uint64)[:, 0] for ends in ((start, stop), (stop, start)))
    return bool(np.isin(there, back, invert=True).any())


def _bridges(
    points: NDArray[np.int32], surplus: NDArray[np.bool_], take: Callable[[int], None]
) -> list[NDArray[np.int32]]:
    """Return the lines near surplus pixels that a closed outline takes in both directions, int32 (2, 2) each.

    Edges are split where they pass a vertex, since an outline has no vertices within a straight line.
    """
    vertices = np.unique(points, axis=0)  # sorted by x
    following = np.roll(points, -1, 0)
    near_surplus = _have_pixels(surplus, np.minimum(points, following), np.maximum(points, following) + 1)
    points, following = points[near_surplus], following[near_surplus]
    first = np.searchsorted(vertices[:, 0], np.minimum(points, following)[:, 0], "left")
    last = np.searchsorted(vertices[:, 0], np.maximum(points, following)[:, 0], "right")
    take(int((last - first + _EDGE_WORK).sum()))
    edges: set[tuple[tuple[int, ...], ...]] = set()
    for start, end, low, high in zip(points, following, first.tolist(), last.tolist(), strict=True):
        near = vertices[low:high]
        (dx, dy), (x, y) = end - start, (near - start).T
        along = x * dx + y * dy
        passed = near[(x * dy == y * dx) & (along >= 0) & (along <= dx * dx + dy * dy)]
        stops = passed[np.argsort((passed - start) @ (dx, dy))].tolist()
        edges |= {(tuple(one), tuple(other)) for one, other in pairwise(stops)}
    return [np.array(edge, np.int32) for edge in sorted(edges) if edge[0] < edge[1] and edge[::-1] in edges]


def _have_pixels(mask: NDArray[np.bool_], first: NDArray[np.int32], stop: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which of the boxes from corner x, y to corner x, y, each int32 (K, 2), hold pixels of a mask."""
    import cv2

    sums = np.asarray(cv2.integral(mask.astype(np.uint8)), np.int32)
    (left, top), (right, bottom) = first.T, stop.T
    numbers: NDArray[np.int32] = sums[bottom, right] - sums[bottom, left] - sums[top, right] + sums[top, left]
    return numbers > 0
