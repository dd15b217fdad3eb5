"""The object map of an image whose pixels are numbers: one object for each distinct value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cityconv.raster.objectmap import ObjectMap

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ValueRuns:
    """An image of numbers as runs of equal pixels that end with their row.

    Attributes:
        values: (V,), the distinct values, ascending, in the dtype of the image.
        index: uint16 or int64 (R,), where in `values` the value of each run is.
        start: int64 (R + 1,), first pixel of each run, as row * width + column; the last entry is height * width.
        height: rows of the image.
        width: columns of the image.
    """

    values: NDArray[Any]
    index: NDArray[Any]
    start: NDArray[np.int64]
    height: int
    width: int

    def areas(self) -> NDArray[np.int64]:
        """Return the number of pixels of each value, int64 (V,)."""
        return np.bincount(self.index, np.diff(self.start)).astype(np.int64)

    def first_pixels(self) -> NDArray[np.int64]:
        """Return x and y of the first pixel of each value, int64 (V, 2), in reading order."""
        first = np.empty(len(self.values), np.int64)
        first[self.index[::-1]] = self.start[-2::-1]  # where an index repeats, the last assignment stays
        return np.stack((first % self.width, first // self.width), axis=1)

    def object_map(self, is_object: NDArray[np.bool_]) -> ObjectMap:
        """Return the object map whose objects 1 to N are, in ascending order, the values that stand for objects.

        Args:
            is_object: bool (V,), True for N values, at most 65,535; all other values are background.
        """
        objects = np.where(is_object, np.cumsum(is_object), 0).astype(np.uint16)[self.index]
        if np.count_nonzero(is_object) >= len(self.values) - 1:
            return ObjectMap(objects, self.start, self.height, self.width)
        # Runs of different background values may have met.
        opens = np.flatnonzero(np.append(True, objects[1:] != objects[:-1]) | (self.start[:-1] % self.width == 0))
        return ObjectMap(objects[opens], self.start[np.append(opens, len(objects))], self.height, self.width)


def find_runs(pixels: NDArray[Any]) -> ValueRuns:
    """Return the runs of an image.

    Args:
        pixels: uint8, uint16 or uint32 (H, W), C-contiguous, with at least one pixel.
    """
    height, width = pixels.shape
    flat = pixels.reshape(-1)
    opens = np.empty(len(flat), np.bool_)
    np.not_equal(flat[1:], flat[:-1], out=opens[1:])
    opens[::width] = True
    first = np.flatnonzero(opens)
    values, index = _distinct(flat[first])
    return ValueRuns(values, index, np.append(first, len(flat)), height, width)


def _distinct(numbers: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the distinct numbers, ascending, and where each number is among them."""
    if numbers.dtype.itemsize > 2:
        return np.unique(numbers, return_inverse=True)
    # Tables of all possible numbers take a third of the time of sorting.
    occurs = np.zeros(1 << 8 * numbers.dtype.itemsize, np.bool_)
    occurs[numbers] = True
    values = np.flatnonzero(occurs)
    index_of = np.empty(len(occurs), np.uint16)
    index_of[values] = np.arange(len(values))
    return values.astype(numbers.dtype), index_of[numbers]
