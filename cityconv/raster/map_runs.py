"""The object map of an image whose pixels are numbers: one object for each distinct value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cityconv.raster.objectmap import ObjectMap

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ValueRuns:
    """An image of numbers as runs of equal pixels that end with their row.

    Attributes:
        value: (R,), the value of each run, in the dtype of the image.
        start: int64 (R + 1,), first pixel of each run, as row * width + column; the last entry is height * width.
        height: rows of the image.
        width: columns of the image.
    """

    value: NDArray[Any]
    start: NDArray[np.int64]
    height: int
    width: int

    @property
    def values(self) -> NDArray[Any]:
        """The V distinct values, ascending, in the dtype of the image."""
        return self._distinct[0]

    @cached_property
    def _distinct(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The distinct values, and where among them the value of each run is, uint16 or int64 (R,)."""
        if self.value.dtype.itemsize > 2:
            return np.unique(self.value, return_inverse=True)
        # Tables of all possible values take a third of the time of sorting.
        occurs = np.zeros(1 << 8 * self.value.dtype.itemsize, np.bool_)
        occurs[self.value] = True
        values = np.flatnonzero(occurs)
        index_of = np.empty(len(occurs), np.uint16)
        index_of[values] = np.arange(len(values))
        return values.astype(self.value.dtype), index_of[self.value]

    def areas(self) -> NDArray[np.int64]:
        """Return the number of pixels of each value, int64 (V,)."""
        return np.bincount(self._distinct[1], np.diff(self.start)).astype(np.int64)

    def first_pixels(self) -> NDArray[np.int64]:
        """Return x and y of the first pixel of each value, int64 (V, 2), in reading order."""
        first = np.empty(len(self.values), np.int64)
        first[self._distinct[1][::-1]] = self.start[-2::-1]  # where an index repeats, the last assignment stays
        return np.stack((first % self.width, first // self.width), axis=1)

    def object_map(self, is_object: NDArray[np.bool_]) -> ObjectMap:
        """Return the object map whose objects 1 to N are, in ascending order, the values that stand for objects.

        Args:
            is_object: bool (V,), True for N values, at most 65,535; all other values are background.
        """
        objects = np.where(is_object, np.cumsum(is_object), 0).astype(np.uint16)[self._distinct[1]]
        if np.count_nonzero(is_object) >= len(self.values) - 1:
            return ObjectMap(objects, self.start, self.height, self.width)
        # Runs of different background values may have met.
        opens = np.flatnonzero(np.append(True, objects[1:] != objects[:-1]) | (self.start[:-1] % self.width == 0))
        return ObjectMap(objects[opens], self.start[np.append(opens, len(objects))], self.height, self.width)


def find_runs(pixels: NDArray[Any]) -> ValueRuns:
    """Return the runs of an image.

    A run begins where a pixel differs from the one before it in reading order, and at the start of each row:

    >>> runs = find_runs(np.array([[7, 7, 0], [0, 0, 0], [5, 7, 7]], np.uint8))
    >>> runs.value.tolist(), runs.start.tolist()
    ([7, 0, 0, 5, 7], [0, 2, 3, 6, 7, 9])
    >>> runs.values.tolist(), runs.areas().tolist(), runs.first_pixels().tolist()
    ([0, 5, 7], [4, 1, 4], [[2, 0], [0, 2], [0, 0]])
    >>> runs.object_map(np.array([False, True, True])).polygon.tolist()  # 0 is background; 5 and 7 are objects 1 and 2
    [2, 0, 0, 1, 2]

    Args:
        pixels: uint8, uint16 or uint32 (H, W), C-contiguous, with at least one pixel.
    """
    height, width = pixels.shape
    flat = pixels.reshape(-1)
    opens = np.empty(len(flat), np.bool_)
    np.not_equal(flat[1:], flat[:-1], out=opens[1:])
    opens[::width] = True
    first = np.flatnonzero(opens)
    return ValueRuns(flat[first], np.append(first, len(flat)), height, width)
