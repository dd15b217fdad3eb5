"""Rings: outlines along pixel corners, which decode to the identical mask."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.boundary import steps_of, trace_outlines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions


def corner_polygons(regions: Regions) -> list[list[NDArray[np.int64]]]:
    """Return the rings of each segment, one for each 4-connected part, sorted by their first point, by y and then x.

    A ring is int64 (K, 2), x and y of pixel corners, 0 to the width and height of the image. It holds turning points
    only, without a repetition of the first at the end. It begins at the leftmost of its topmost corners and runs
    clockwise as seen on the screen. Holes are joined to it by vertical bridges of no width, walked in both directions:
    even-odd filling, and `pycocotools.mask.frPyObjects`, give back exactly the pixels of the part.
    """
    outlines = trace_outlines(regions)
    steps = steps_of(outlines.walks)
    corner = outlines.corner[steps.point]
    turns = _turns(corner, steps.following)
    stops = np.append(0, np.cumsum(turns))[np.append(0, steps.end)].tolist()
    corner = corner[turns]
    rings: list[list[NDArray[np.int64]]] = [[] for _ in range(regions.size)]
    for segment, (start, stop) in zip(outlines.segment, pairwise(stops), strict=True):
        rings[segment].append(corner[start:stop])
    return rings


def _turns(corner: NDArray[np.int64], following: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return of each step whether it starts where the one before went along a row and it along a column, or so."""
    leaves = corner != corner[following]
    comes = np.empty_like(leaves)
    comes[following] = leaves
    turns: NDArray[np.bool_] = comes[:, 0] & leaves[:, 1] | comes[:, 1] & leaves[:, 0]
    return turns
