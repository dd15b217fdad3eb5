"""Masks and boxes, and the similarity of two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Number = TypeVar("Number", int, float)
Box = tuple[float, float, float, float]


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


def mask_of_runs(
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    width: int,
    take: Callable[[int], None] | None = None,
) -> BoundedMask:
    """Return the mask that consists of runs of pixels, given as for `masks_of_runs`.

    Args:
        start: the first pixel of each run.
        stop: one past its last pixel.
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
