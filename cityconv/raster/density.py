"""How the pixels of regions spread over an image: their number in each cell of a grid, from runs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions


class Cells(NamedTuple):
    """The cells of a grid, one for each of several groups, that have pixels.

    Attributes:
        cell: int64 (K,), ascending: (group * rows + row) * columns + column.
        pixels: int64 (K,), their number.
    """

    cell: NDArray[np.int64]
    pixels: NDArray[np.int64]


def count_in_cells(regions: Regions, group_of: NDArray[np.int64], rows: int, columns: int) -> Cells:
    """Return the number of pixels in each cell of a grid over an image.

    A pixel in row y of H is in row `y * rows // H` of the grid; columns likewise.

    A run is the pixels from its left end on, less those from its right end on. The pixels from a column on are the rest
    of the cell that it is in, and all of the cells to the right.

    Three pixels of a row of eight, in a grid of four columns:

         .  A  A  A  .  .  .  .         1  2  0  0

    >>> one = np.zeros(1, np.int64)
    >>> regions = Regions(one, one, left=np.array([1]), right=np.array([4]), size=1, height=1, width=8)
    >>> cells = count_in_cells(regions, one, rows=1, columns=4)
    >>> cells.cell.tolist(), cells.pixels.tolist()
    ([0, 1], [1, 2])

    Args:
        regions: of S segments.
        group_of: int64 (S,), the group that the pixels of a segment are counted for; -1 for none.
        rows: rows of the grid.
        columns: columns of the grid.
    """
    first_of = -(-np.arange(columns + 2) * regions.width // columns)  # the first column of each cell
    first_of[columns + 1] = regions.width
    group = group_of[regions.segment]
    chosen = np.flatnonzero(group >= 0)
    strip = group[chosen] * rows + regions.row[chosen] * rows // regions.height
    is_used = np.bincount(strip) > 0
    number_of = np.cumsum(is_used) - 1  # most rows of most groups have no pixels
    shape = int(np.count_nonzero(is_used)), columns + 1
    column = np.concatenate((regions.left[chosen], regions.right[chosen]))
    sign = np.repeat((1, -1), len(chosen))
    cell = column * columns // regions.width
    index = np.tile(number_of[strip] * (columns + 1), 2) + cell
    pixels = np.bincount(index, sign * (first_of[cell + 1] - column), shape[0] * shape[1]).reshape(shape)
    runs = np.bincount(index, sign, shape[0] * shape[1]).reshape(shape).cumsum(axis=1)  # that reach beyond each cell
    pixels[:, 1:-1] += runs[:, :-2] * np.diff(first_of[1 : columns + 1])
    found = np.flatnonzero(pixels[:, :-1])
    row, column = np.divmod(found, columns)
    return Cells(np.flatnonzero(is_used)[row] * columns + column, pixels[row, column].astype(np.int64))
