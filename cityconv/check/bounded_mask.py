"""Masks and boxes, and the similarity of two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from cityconv.raster.bounded_mask import BoundedMask, mask_of_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

Number = TypeVar("Number", int, float)
Box = tuple[float, float, float, float]


def bounded_mask(mask: NDArray[np.uint8]) -> BoundedMask:
    """Return the mask of an image, uint8 (H, W), in which every value but 0 is set."""
    import cv2

    x, y, width, height = cv2.boundingRect(mask)
    pixels = mask[y : y + height, x : x + width] != 0
    return BoundedMask(x, y, pixels, int(np.count_nonzero(pixels)))


def masks_of_runs(
    owner: NDArray[np.int64], start: NDArray[np.int64], stop: NDArray[np.int64], size: int, width: int
) -> list[BoundedMask]:
    """Return the masks that consist of runs of pixels. Runs may overlap.

    Args:
        owner: int64 (R,), the index of the mask of each run, 0 to `size` - 1, or -1 for none.
        start: int64 (R,), the first pixel of each run, as row * width + column.
        stop: int64 (R,), one past its last pixel, in the same row.
        size: the number of masks.
        width: the number of columns of the image.
    """
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(size + 1))
    parts = (order[bounds[index] : bounds[index + 1]] for index in range(size))
    return [mask_of_runs(start[part], stop[part], width) for part in parts]


def overlap(first: BoundedMask, second: BoundedMask) -> int:
    """Return the number of pixels that two masks share."""
    x0, y0, x1, y1 = _intersection(first.box, second.box)
    if x0 >= x1 or y0 >= y1:
        return 0
    one, other = (mask.pixels[y0 - mask.y : y1 - mask.y, x0 - mask.x : x1 - mask.x] for mask in (first, second))
    return int(np.count_nonzero(one & other))


def mask_similarity(first: BoundedMask, second: BoundedMask) -> float:
    """Return the intersection over union of two masks: 1 only if they are equal, 0 if one is empty."""
    common = overlap(first, second)
    return common / (first.area + second.area - common) if common else 0.0


def box_similarity(first: Box, second: Box) -> float:
    """Return the intersection over union of two boxes, x0, y0, x1, y1: 1 only if they are equal."""
    if first == second:
        return 1.0
    x0, y0, x1, y1 = _intersection(first, second)
    common = max(x1 - x0, 0) * max(y1 - y0, 0)
    union = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)) - common
    return common / union if common else 0.0


def describe_box(box: Box) -> str:
    """Return the position and size of a box in words."""
    x0, y0, x1, y1 = box
    return f"at x {x0:g}, y {y0:g}, {x1 - x0:g} x {y1 - y0:g}"


def _intersection(
    first: tuple[Number, Number, Number, Number], second: tuple[Number, Number, Number, Number]
) -> tuple[Number, Number, Number, Number]:
    """Return the intersection of two boxes. If they are disjoint, an end of it lies before its start."""
    return max(first[0], second[0]), max(first[1], second[1]), min(first[2], second[2]), min(first[3], second[3])
