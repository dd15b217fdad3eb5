"""Sampling: which pixels of an image the pixels of the same image in another size are taken from.

The rule is that of `cv2.resize` with `INTER_NEAREST`: pixel x of n comes from pixel floor(x * N / n) of N, so at half
the size from 0, 2, 4, ... The floor is that of a product in double precision, as OpenCV computes it: where x * N / n is
an integer, it may be one less.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Grid:
    """The pixels of an image that are sampled: those where some of its rows and some of its columns meet.

    Attributes:
        rows: int32 (h,), the row of the image for each row of the sample, ascending; rows may repeat.
        columns: int32 (w,), the same for columns.
        height: rows of the image.
        width: columns of the image.
    """

    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    height: int
    width: int

    @property
    def is_whole(self) -> bool:
        """Whether the sample is the image."""
        return (len(self.rows), len(self.columns)) == (self.height, self.width)

    @cached_property
    def rows_above(self) -> NDArray[np.int32]:
        """The number of rows of the sample that come from rows above each row of the image: int32 (height + 1,)."""
        return _count_before(self.rows, self.height)

    @cached_property
    def columns_before(self) -> NDArray[np.int32]:
        """The number of columns of the sample that come from columns before each: int32 (width + 1,).

        So pixels `start` to `stop` of a row, half-open, become `columns_before[start]` to `columns_before[stop]`.

        >>> Grid(np.array([0]), np.array([0, 2]), height=1, width=4).columns_before.tolist()
        [0, 1, 1, 2, 2]
        """
        return _count_before(self.columns, self.width)


def _count_before(taken: NDArray[np.int32], side: int) -> NDArray[np.int32]:
    return np.searchsorted(taken, np.arange(side + 1)).astype(np.int32)


@lru_cache(maxsize=16)
def nearest(height: int, width: int, new_height: int, new_width: int) -> Grid:
    """Return the grid that samples an image in another size; all sizes are at least 1.

    >>> grid = nearest(4, 6, 2, 9)
    >>> grid.rows.tolist(), grid.columns.tolist()
    ([0, 2], [0, 0, 1, 2, 2, 3, 4, 4, 5])
    """
    return Grid(_nearest(height, new_height), _nearest(width, new_width), height, width)


def every_pixel(height: int, width: int) -> Grid:
    """Return the grid that takes each pixel of an image once."""
    return nearest(height, width, height, width)


def _nearest(side: int, new_side: int) -> NDArray[np.int32]:
    scale = 1 / (new_side / side)  # not side / new_side, which can round to another number
    source: NDArray[np.float64] = np.floor(np.arange(new_side) * scale)
    return np.minimum(source, side - 1).astype(np.int32)
