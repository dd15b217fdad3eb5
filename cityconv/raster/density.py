"""How the pixels of regions spread over an image: their number in each cell of a grid, from runs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions


def count_in_cells(
    regions: Regions, group_of: NDArray[np.int64], groups: int, rows: int, columns: int
) -> NDArray[np.int64]:
    """Return the number of pixels in each cell of a grid, int64 (groups, rows, columns).

    A pixel in row y of H is in row `y * rows // H` of the grid; columns likewise.

    A run is the pixels from its left end on, less those from its right end on. The pixels from a column on are the rest
    of the cell that it is in, and all of the cells to the right.

    Three pixels of a row of eight, in a grid of four columns:

         .  A  A  A  .  .  .  .         1  2  0  0

    >>> one = np.zeros(1, np.int64)
    >>> regions = Regions(one, one, left=np.array([1]), right=np.array([4]), size=1, height=1, width=8)
    >>> count_in_cells(regions, one, groups=1, rows=1, columns=4).tolist()
    [[[1, 2, 0, 0]]]

    Args:
        regions: of S segments.
        group_of: int64 (S,), the group that the pixels of a segment are counted for; -1 for none.
        groups: their number.
        rows: rows of the grid.
        columns: columns of the grid.
    """
    first_of = -(-np.arange(columns + 2) * regions.width // columns)  # the first column of each cell
    first_of[columns + 1] = regions.width
    group = group_of[regions.segment]
    strip = group * rows + regions.row * rows // regions.height
    chosen = group >= 0
    shape = groups * rows, columns + 1
    rest, ends = np.zeros(shape), np.zeros(shape)
    for column, sign in ((regions.left[chosen], 1), (regions.right[chosen], -1)):
        cell = column * columns // regions.width
        index = strip[chosen] * (columns + 1) + cell
        size = shape[0] * shape[1]
        rest += sign * np.bincount(index, first_of[cell + 1] - column, size).reshape(shape)
        ends += sign * np.bincount(index, minlength=size).reshape(shape)
    to_the_right = np.cumsum(ends, axis=1)[:, :-2] * np.diff(first_of[1 : columns + 1])
    rest[:, 1:-1] += to_the_right
    return rest[:, :-1].astype(np.int64).reshape(groups, rows, columns)
