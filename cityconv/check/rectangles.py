"""The smallest rectangles around masks, found by trying the direction of every side of the hull."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.bounded_mask import box_similarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.check.bounded_mask import Box, BoundedMask

_AS_SMALL = 1e-4  # OpenCV computes in 32 bits: of rectangles that are equally small to it, it may give any
_TOLERANCE = 0.02  # pixels, for the same reason and for the 6 decimals that are written


def smallest_rectangles(mask: BoundedMask, height: int, width: int) -> list[NDArray[np.float64]]:
    """Return the rectangles of smallest area around a mask's pixels, float64 (4, 2), cut off at the image's border."""
    import cv2

    rows, columns = np.nonzero(mask.pixels)
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    last = np.append(first[1:], len(rows)) - 1
    ends = [(columns[first], rows[first]), (columns[last] + 1, rows[last])]
    corners = np.concatenate([np.stack((x, y + down), axis=1) for x, y in ends for down in (0, 1)])
    hull = cv2.convexHull((corners + np.array([mask.x, mask.y])).astype(np.int32))[:, 0].astype(np.float64)
    rectangles = [_rectangle(hull, side) for side in np.roll(hull, -1, axis=0) - hull]
    areas = np.array([area for area, _ in rectangles])
    smallest = np.flatnonzero(areas <= areas.min() * (1 + _AS_SMALL))
    return [np.clip(rectangles[index][1], 0, (width, height)) for index in smallest]


def _rectangle(hull: NDArray[np.float64], side: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Return area and corners, in turn, of the rectangle around a hull that has sides in a direction."""
    along = side / np.hypot(*side)
    axes = np.array([along, (-along[1], along[0])])
    places = hull @ axes.T
    low, high = places.min(axis=0), places.max(axis=0)
    corners = np.array([(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])])
    return float(np.prod(high - low)), corners @ axes


def rectangle_similarity(smallest: list[NDArray[np.float64]], corners: NDArray[np.float64]) -> float:
    """Return 1 where corners, in turn, are those of one of the rectangles; else how alike the boxes around them are."""
    turns = [np.roll(way, turn, axis=0) for way in (corners, corners[::-1]) for turn in range(4)]
    if any(np.abs(turn - rectangle).max() <= _TOLERANCE for turn in turns for rectangle in smallest):
        return 1.0
    box = box_around(corners)
    return min(max(box_similarity(box_around(rectangle), box) for rectangle in smallest), 0.9999)


def box_around(points: NDArray[np.float64]) -> Box:
    """Return the upright box around points."""
    x0, y0 = points.min(axis=0).tolist()
    x1, y1 = points.max(axis=0).tolist()
    return x0, y0, x1, y1
