"""Masks that know where in the image they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Number = TypeVar("Number", int, float)
Box = tuple[float, float, float, float]


class BoundedMask(NamedTuple):
    """A mask within the smallest box around it.

    Attributes:
        x: the box's first column; 0 for an empty mask.
        y: its first row; 0 for an empty mask.
        pixels: bool (h, w), as high and wide as the box.
        area: the number of pixels.
    """

    x: int
    y: int
    pixels: NDArray[np.bool_]
    area: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 in pixels, half-open."""
        height, width = self.pixels.shape
        return self.x, self.y, self.x + width, self.y + height


def bounded_mask(mask: NDArray[np.uint8]) -> BoundedMask:
    """Return a mask of a whole image, uint8 (H, W), 0 where it is not, as a crop."""
    import cv2

    x, y, width, height = cv2.boundingRect(mask)
    pixels = mask[y : y + height, x : x + width] != 0
    return BoundedMask(x, y, pixels, int(np.count_nonzero(pixels)))


def masks_of_runs(
    owner: NDArray[np.int64], start: NDArray[np.int64], stop: NDArray[np.int64], size: int, width: int
) -> list[BoundedMask]:
    """Return the masks that runs make up, which may overlap.

    Args:
        owner: int64 (R,), the mask that each run is part of, 0 to `size` - 1, or -1 for none.
        start: int64 (R,), first pixel of each run, as row * width + column.
        stop: int64 (R,), one past its last pixel, in the same row.
        size: the number of masks.
        width: columns of the image.
    """
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(size + 1))
    parts = (order[bounds[index] : bounds[index + 1]] for index in range(size))
    return [_mask_of_runs(start[part], stop[part], width) for part in parts]


def _mask_of_runs(start: NDArray[np.int64], stop: NDArray[np.int64], width: int) -> BoundedMask:
    if not len(start):
        return BoundedMask(0, 0, np.zeros((0, 0), np.bool_), 0)
    row, left = np.divmod(start, width)
    right = stop - row * width
    x, y = int(left.min()), int(row.min())
    ends = np.zeros((int(row.max()) - y + 1, int(right.max()) - x + 1), np.int32)
    np.add.at(ends, (row - y, left - x), 1)
    np.add.at(ends, (row - y, right - x), -1)
    pixels = np.cumsum(ends, axis=1, dtype=np.int32)[:, :-1] > 0
    return BoundedMask(x, y, pixels, int(np.count_nonzero(pixels)))


def overlap(one: BoundedMask, other: BoundedMask) -> int:
    """Return the number of pixels that two masks have in common."""
    x0, y0, x1, y1 = _common(one.box, other.box)
    if x0 >= x1 or y0 >= y1:
        return 0
    ours, theirs = (item.pixels[y0 - item.y : y1 - item.y, x0 - item.x : x1 - item.x] for item in (one, other))
    return int(np.count_nonzero(ours & theirs))


def mask_similarity(one: BoundedMask, other: BoundedMask) -> float:
    """Return the intersection of two masks over their union: 1 only if they are equal."""
    common = overlap(one, other)
    return common / (one.area + other.area - common) if common else 0.0


def box_similarity(one: Box, other: Box) -> float:
    """Return the intersection of two boxes, x0, y0, x1, y1, over their union: 1 only if they are equal."""
    if one == other:
        return 1.0
    x0, y0, x1, y1 = _common(one, other)
    common = max(x1 - x0, 0) * max(y1 - y0, 0)
    union = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - common
    return common / union if common else 0.0


def _common(
    one: tuple[Number, Number, Number, Number], other: tuple[Number, Number, Number, Number]
) -> tuple[Number, Number, Number, Number]:
    """Return the box that two boxes share; its ends are the wrong way round where they share none."""
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
