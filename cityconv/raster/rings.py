"""Rings: outlines along pixel corners, which decode to the identical mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.outlines import trace_outlines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.outlines import Outlines
    from cityconv.raster.regions import Regions


def corner_rings(regions: Regions) -> list[list[NDArray[np.int64]]]:
    """Return the rings of each segment, one for each 4-connected part, sorted by their first point, by y and then x.

    A ring is int64 (K, 2), x and y of pixel corners, 0 to the width and height of the image. It holds turning points
    only, without a repetition of the first at the end. It begins at the leftmost of its topmost corners and runs
    clockwise as seen on the screen. Holes are joined to it by vertical bridges of no width, walked in both directions:
    even-odd filling, and `pycocotools.mask.frPyObjects`, give back exactly the pixels of the part.
    """
    outlines = trace_outlines(regions)
    turns = _turns(outlines).tolist()
    rings: list[list[NDArray[np.int64]]] = [[] for _ in range(regions.size)]
    for walk, segment in zip(outlines.walks, outlines.segment, strict=True):
        rings[segment].append(outlines.corner[[point for point in walk if turns[point]]])
    return rings


def _turns(outlines: Outlines) -> NDArray[np.bool_]:
    """Return of each point whether it is reached along a row and left along a column, or the other way round."""
    leaves = outlines.corner != outlines.corner[outlines.successor]
    comes = np.empty_like(leaves)
    comes[outlines.successor] = leaves
    turns: NDArray[np.bool_] = (comes & leaves[:, ::-1]).any(axis=1)
    return turns
