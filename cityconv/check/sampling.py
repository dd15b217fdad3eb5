"""Sampling in another size, by the rule of `cv2.resize` with `INTER_NEAREST`, stated once more, pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cityconv.check.bounded_mask import bounded_mask
from cityconv.raster.bounded_mask import BoundedMask

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sources(number: int, side: int) -> list[int]:
    """Return which of the `side` rows or columns of an image each of the `number` rows or columns of a sample is."""
    step = 1 / (number / side)  # computed as OpenCV does: rounded twice
    return [min(int(index * step), side - 1) for index in range(number)]


def sample_image(image: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Return an image (H, W) in another size, (height, width)."""
    if image.shape == (height, width):
        return image
    rows, columns = sources(height, image.shape[0]), sources(width, image.shape[1])
    sampled: NDArray[Any] = image[rows][:, columns]
    return sampled


def sample_mask(mask: BoundedMask, rows: list[int], columns: list[int]) -> BoundedMask:
    """Return a mask in another size.

    Args:
        mask: the mask in the size of the image.
        rows: from `sources`.
        columns: from `sources`.
    """
    x0, y0, x1, y1 = mask.box
    own_rows = [index for index, row in enumerate(rows) if y0 <= row < y1]
    own_columns = [index for index, column in enumerate(columns) if x0 <= column < x1]
    crop = mask.pixels[[rows[index] - y0 for index in own_rows]][:, [columns[index] - x0 for index in own_columns]]
    if not crop.any():
        return BoundedMask(0, 0, np.zeros((0, 0), np.bool_), 0)
    found = bounded_mask(crop.astype(np.uint8))
    return found._replace(x=found.x + own_columns[0], y=found.y + own_rows[0])
