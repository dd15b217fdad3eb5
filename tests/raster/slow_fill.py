"""A slow second implementation of the fill rule of the released maps, row by row, as the rule is stated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

Points = list[tuple[int, int]]


def paint(polygons: Sequence[Points], height: int, width: int) -> NDArray[np.int64]:
    """Return the image (height, width) of the polygon in front, numbered from 1; 0 for the background."""
    image = np.zeros((height, width), np.int64)
    for number, polygon in enumerate(polygons, 1):
        image[fill(polygon, height, width)] = number
    return image


def fill(polygon: Points, height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask (height, width) of one polygon."""
    mask = np.zeros((height, width), np.bool_)
    for row in range(height):
        crossings = sorted(_crossings(polygon, row))
        for left, right in zip(crossings[0::2], crossings[1::2], strict=True):
            first, last = math.ceil(float(left) - 0.5), math.floor(float(right) + 0.5)
            for column in range(max(first, 0), min(last, width - 1) + 1):
                mask[row, column] = True
    return mask


def _crossings(polygon: Points, row: int) -> Iterator[np.float32]:
    """Yield x where the edges of a polygon, including the closing edge, cross the middle of a row."""
    middle = np.float32(row + 0.5)
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if y0 != y1 and min(y0, y1) <= middle <= max(y0, y1):
            slope = np.float32(x1 - x0) / np.float32(y1 - y0)
            yield (middle - np.float32(y0)) * slope + np.float32(x0)
