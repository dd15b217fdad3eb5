"""The minimum-area rectangles around a mask, found by trying the direction of every side of its convex hull."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.bounded_mask import box_similarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.check.bounded_mask import Box
    from cityconv.raster.bounded_mask import BoundedMask

_AREA_TOLERANCE = 1e-9  # relative, for rounding errors: areas that differ by less are equal
_CORNER_TOLERANCE = 0.02  # pixels, for rounding to six decimals


def smallest_rectangles(mask: BoundedMask, height: int, width: int) -> list[NDArray[np.float64]]:
    """Return the minimum-area rectangles around the pixels of a mask, clipped to the image.

    There may be several of equal area.

    Returns:
        float64 (4, 2) each, the corners x, y in pixels, in order around the rectangle.
    """
    import cv2

    rows, columns = np.nonzero(mask.pixels)
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    last = np.append(first[1:], len(rows)) - 1
    ends = [(columns[first], rows[first]), (columns[last] + 1, rows[last])]
    corners = np.concatenate([np.stack((x, y + down), axis=1) for x, y in ends for down in (0, 1)])
    hull = cv2.convexHull((corners + np.array([mask.x, mask.y])).astype(np.int32))[:, 0].astype(np.float64)
    sides = np.roll(hull, -1, axis=0) - hull
    along = sides / np.hypot(*sides.T)[:, np.newaxis]
    axes = np.stack((along, along[:, ::-1] * (-1, 1)), axis=1)  # of each side: its direction, and across it
    projections = hull @ axes.transpose(0, 2, 1)
    low, high = projections.min(axis=1), projections.max(axis=1)
    areas = np.prod(high - low, axis=1)
    smallest = np.flatnonzero(areas <= areas.min() * (1 + _AREA_TOLERANCE))
    return [np.clip(_corners(low[index], high[index]) @ axes[index], 0, (width, height)) for index in smallest]


def _corners(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])])


def rectangle_similarity(smallest: list[NDArray[np.float64]], corners: NDArray[np.float64]) -> float:
    """Return how similar a rectangle is to the most similar of several.

    Args:
        smallest: float64 (4, 2) each, the expected corners in order.
        corners: float64 (4, 2), the actual corners, in either direction, beginning anywhere.

    Returns:
        1 if the corners are equal within the tolerance, else the intersection over union of the upright boxes around
        them, below 1.
    """
    orders = [np.roll(direction, shift, axis=0) for direction in (corners, corners[::-1]) for shift in range(4)]
    if any(np.abs(order - rectangle).max() <= _CORNER_TOLERANCE for order in orders for rectangle in smallest):
        return 1.0
    box = box_around(corners)
    return min(max(box_similarity(box_around(rectangle), box) for rectangle in smallest), 0.9999)


def box_around(points: NDArray[np.float64]) -> Box:
    """Return the upright box x0, y0, x1, y1 around points, float64 (N, 2)."""
    x0, y0 = points.min(axis=0).tolist()
    x1, y1 = points.max(axis=0).tolist()
    return x0, y0, x1, y1
