"""Masks, each cropped to its box: small ones cost little, whatever the size of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class BoundedMask(NamedTuple):
    """A mask, cropped to its bounding box.

    Attributes:
        x: first column of the box; 0 for an empty mask.
        y: first row of the box; 0 for an empty mask.
        pixels: bool (h, w), the crop.
        area: the number of pixels set.
    """

    x: int
    y: int
    pixels: NDArray[np.bool_]
    area: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The box as x0, y0, x1, y1 in pixels, half-open."""
        height, width = self.pixels.shape
        return self.x, self.y, self.x + width, self.y + height

    def spans(self, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the first pixel of each horizontal run, and one past its last: row * width + column, int64 (R,) both.

        >>> mask = BoundedMask(x=1, y=2, pixels=np.array([[True, False, True]]), area=2)
        >>> [part.tolist() for part in mask.spans(width=10)]
        [[21, 23], [22, 24]]

        Args:
            width: the number of columns of the image.
        """
        padded = np.pad(self.pixels, ((0, 0), (1, 1)))
        row, column = np.nonzero(padded[:, 1:] != padded[:, :-1])
        ends = (self.y + row) * width + self.x + column
        return ends[::2], ends[1::2]


def mask_of_runs(
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    width: int,
    take: Callable[[int], None] | None = None,
) -> BoundedMask:
    """Return the mask that consists of runs of pixels. Runs may overlap.

    Args:
        start: int64 (R,), the first pixel of each run, as row * width + column.
        stop: int64 (R,), one past its last pixel, in the same row.
        width: the number of columns of the image.
        take: is told the area of the box before it takes memory; may raise an error.
    """
    if not len(start):
        return BoundedMask(0, 0, np.zeros((0, 0), np.bool_), 0)
    row, left = np.divmod(start, width)
    right = stop - row * width
    x, y = int(left.min()), int(row.min())
    box_height, box_width = int(row.max()) - y + 1, int(right.max()) - x
    if take:
        take(box_height * box_width)
    steps = np.zeros((box_height, box_width + 1), np.int32)
    np.add.at(steps, (row - y, left - x), 1)
    np.add.at(steps, (row - y, right - x), -1)
    pixels = np.cumsum(steps, axis=1, dtype=np.int32)[:, :-1] > 0
    return BoundedMask(x, y, pixels, int(np.count_nonzero(pixels)))
