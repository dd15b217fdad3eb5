"""Polygons along pixel corners, which decode to the identical mask."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.boundary import concatenate_rings, trace_boundaries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions


def corner_polygons(regions: Regions) -> list[list[NDArray[np.int64]]]:
    """Return the rings of each segment, one for each 4-connected part, sorted by y, then x, of their first point.

    A ring is int64 (K, 2), x and y of pixel corners, 0 to the width and height of the image. It holds turning points
    only, and the first is not repeated at the end. It begins at the leftmost of its topmost corners and runs clockwise
    on the screen. Holes are joined to it by vertical bridges of zero width, which it passes in both directions.
    Even-odd filling and `pycocotools.mask.frPyObjects` give back exactly the pixels of the part.

    A part in an image of 3 x 3 pixels:

         .  #  .
         #  #  .
         .  .  .

    >>> regions = Regions(
    ...     segment=np.array([0, 0]), row=np.array([0, 1]), left=np.array([1, 0]), right=np.array([2, 2]),
    ...     size=1, height=3, width=3)
    >>> corner_polygons(regions)[0][0].tolist()
    [[1, 0], [2, 0], [2, 2], [0, 2], [0, 1], [1, 1]]
    """
    boundaries = trace_boundaries(regions)
    points = concatenate_rings(boundaries.rings)
    corner = boundaries.corner[points.point]
    turns = _turns(corner, points.following)
    stops = np.append(0, np.cumsum(turns))[np.append(0, points.end)].tolist()
    corner = corner[turns]
    polygons: list[list[NDArray[np.int64]]] = [[] for _ in range(regions.size)]
    for segment, (start, stop) in zip(boundaries.segment, pairwise(stops), strict=True):
        polygons[segment].append(corner[start:stop])
    return polygons


def _turns(corner: NDArray[np.int64], following: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the ring turns at each point: arrives along a row and leaves along a column, or the reverse.

    A repeated point arrives or leaves along neither, and is dropped. A ring of five points, of which the second lies
    on a straight line:

        point      (0, 0)    (1, 0)    (2, 0)    (2, 1)    (0, 1)
        leaves      row       row       column    row       column
        arrives     column    row       row       column    row
        turns       yes       no        yes       yes       yes

    >>> corner = np.array([[0, 0], [1, 0], [2, 0], [2, 1], [0, 1]])
    >>> _turns(corner, following=np.array([1, 2, 3, 4, 0])).tolist()
    [True, False, True, True, True]
    """
    leaves = corner != corner[following]
    arrives = np.empty_like(leaves)
    arrives[following] = leaves
    turns: NDArray[np.bool_] = arrives[:, 0] & leaves[:, 1] | arrives[:, 1] & leaves[:, 0]
    return turns
