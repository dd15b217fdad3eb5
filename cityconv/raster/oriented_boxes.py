"""Oriented boxes: the minimum-area rectangle around each segment, in whole numbers up to one last division.

No coordinate depends on the order of floating-point operations, and so none on a version of a library or a processor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.corner_polygons import corner_polygons

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions


def oriented_boxes(regions: Regions) -> NDArray[np.float64]:
    """Return the minimum-area rectangle around the pixels of each segment, none of which may be empty.

    Of rectangles of equal area, the one counts that is turned least, clockwise on the screen, by 0 up to 90 degrees.
    The corners begin with the leftmost of the topmost and run clockwise on the screen. Those outside of the image are
    moved to its border, each coordinate on its own.

    A segment of 2 x 1 pixels in an image of 2 x 4 pixels:

         .  #  #  .
         .  .  .  .

    >>> regions = Regions(
    ...     segment=np.array([0]), row=np.array([0]), left=np.array([1]), right=np.array([3]),
    ...     size=1, height=2, width=4)
    >>> oriented_boxes(regions)[0].tolist()
    [[0.25, 0.0], [0.75, 0.0], [0.75, 0.5], [0.25, 0.5]]

    Returns:
        float64 (S, 4, 2), x and y of the corners as fractions of the width and the height of the image, 0 to 1.
    """
    size = np.array([regions.width, regions.height])
    boxes = np.empty((regions.size, 4, 2))
    for index, rings in enumerate(corner_polygons(regions)):
        corners, scale = _smallest_rectangle(_convex_hull(np.concatenate(rings)))
        boxes[index] = np.clip(corners, 0, scale * size) / (scale * size)
    return boxes


def _convex_hull(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the corners of the convex hull of points, in order around it."""
    import cv2

    hull: NDArray[np.int64] = cv2.convexHull(points.astype(np.int32))[:, 0].astype(np.int64)  # exact for whole numbers
    return hull


def _smallest_rectangle(hull: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Return the corners of the minimum-area rectangle around a convex hull, int64 (4, 2), and the scale they are at.

    One side of it lies on a side of the hull (Freeman and Shapira, "Determining the minimum-area encasing rectangle for
    an arbitrary closed curve," 1975). Quotients of whole numbers below 2**53 are equal in float64 if and only if they
    are equal: products of four sides of an image remain below it up to 9,700 pixels, and all others below 2**63.

    The triangle of (0, 0), (2, 1) and (0, 1) has two such rectangles of area 2. One is upright:

    >>> corners, scale = _smallest_rectangle(np.array([[0, 0], [2, 1], [0, 1]]))
    >>> (corners / scale).tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0]]
    """
    dx, dy = _turned_into_quadrant(np.roll(hull, -1, axis=0) - hull).T
    along, across = hull @ np.stack((dx, dy)), hull @ np.stack((-dy, dx))
    start, end, top, bottom = along.min(axis=0), along.max(axis=0), across.min(axis=0), across.max(axis=0)
    scale = dx**2 + dy**2
    best = np.lexsort((dy / dx, (end - start) * (bottom - top) / scale))[0]
    a = np.array([start, end, end, start])[:, best]
    b = np.array([top, top, bottom, bottom])[:, best]
    corners = np.stack((a * dx[best] - b * dy[best], a * dy[best] + b * dx[best]), axis=1)
    return corners, int(scale[best])


def _turned_into_quadrant(vectors: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return vectors, int64 (N, 2), each turned by a multiple of 90 degrees so that x > 0 and y >= 0.

    >>> _turned_into_quadrant(np.array([[2, 1], [-1, 2], [-2, -1], [1, -2], [0, 1]])).tolist()
    [[2, 1], [2, 1], [2, 1], [2, 1], [1, 0]]
    """
    x, y = vectors.T
    is_swapped = (x * y < 0) | (x == 0)
    return np.abs(np.where(is_swapped[:, None], vectors[:, ::-1], vectors))
