"""The rows of YOLO text files, and what they mean to Ultralytics."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.check.bounded_mask import Box, BoundedMask, bounded_mask, overlap
from cityconv.check.png import DamagedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_CLASS = re.compile(r"0|[1-9]\d*")
_HALF_DECIMAL = 0.5e-6  # six decimals are written
_NUMBERS = {"detect": 4, "obb": 8}
_FEWEST_NUMBERS = 6


class RangeError(DamagedError):
    """A coordinate is none, or outside the image."""


class Row(NamedTuple):
    """A row: the number of a class, and coordinates as parts of the image's width and height, float64 (K,)."""

    class_index: int
    numbers: NDArray[np.float64]


def task_of(texts: Iterable[str]) -> str:
    """Return the task that files are written for: what most of their rows have as many coordinates for."""
    sizes = Counter(len(line.split()) - 1 for text in texts for line in text.splitlines())
    if not sizes:
        return "detect"
    return next((task for task, size in _NUMBERS.items() if sizes[size] > sizes.total() / 2), "segment")


def read_row(line: str, task: str) -> Row:
    """Return a row of a file for a task.

    Raises:
        DamagedError: it is none.
        RangeError: a coordinate is not a number from 0 to 1.
    """
    first, *others = line.split(" ")
    if not _CLASS.fullmatch(first):
        raise DamagedError(f"class {first!r} is no number")
    wanted = _NUMBERS.get(task)
    if (wanted and len(others) != wanted) or (not wanted and (len(others) < _FEWEST_NUMBERS or len(others) % 2)):
        raise DamagedError(f"{len(others)} coordinates, which {task} has not")
    try:
        numbers = np.array([float(other) for other in others])
    except ValueError as error:
        raise DamagedError(str(error)) from None
    for number in numbers.tolist():
        if not (math.isfinite(number) and 0 <= number <= 1):
            raise RangeError(f"a coordinate of {number}")
    return Row(int(first), numbers)


def row_box(row: Row, height: int, width: int) -> Box:
    """Return the box of a detection row, in pixels, half-open; sides on whole pixels as far as 6 decimals tell."""
    x, y, w, h = row.numbers.tolist()
    return (
        _whole((x - w / 2) * width, width),
        _whole((y - h / 2) * height, height),
        _whole((x + w / 2) * width, width),
        _whole((y + h / 2) * height, height),
    )


def _whole(side: float, size: int) -> float:
    # The center may be off by half a decimal, and so may be half of the extent by half of that.
    return float(round(side)) if abs(side - round(side)) <= 1.5 * _HALF_DECIMAL * size + 1e-9 else side


def row_points(row: Row, height: int, width: int) -> NDArray[np.float64]:
    """Return the points of a row in pixels, float64 (K, 2)."""
    return row.numbers.reshape(-1, 2) * (width, height)


def fill(points: NDArray[np.float64]) -> BoundedMask:
    """Return the pixels that Ultralytics gives an outline: fractions cut off, then `cv2.fillPoly`."""
    import cv2

    whole = points.astype(np.int32)
    corner = whole.min(axis=0)
    width, height = (whole.max(axis=0) - corner + 1).tolist()
    canvas = np.zeros((height, width), np.uint8)
    cv2.fillPoly(canvas, [whole - corner], 1)
    filled = bounded_mask(canvas)
    return filled._replace(x=filled.x + int(corner[0]), y=filled.y + int(corner[1]))


def is_joined(expected: BoundedMask, filled: BoundedMask, points: NDArray[np.float64]) -> bool:
    """Return whether an outline gives exactly a mask, and beside it only lines that join the mask's parts.

    An outline is one closed line, so the parts of an object hang together by lines that are walked out and back, one
    pixel wide when they are filled. N parts that do not touch take N - 1 lines.
    """
    import cv2

    if overlap(expected, filled) != expected.area:
        return False
    surplus = filled.pixels.copy()
    x, y = expected.x - filled.x, expected.y - filled.y
    height, width = expected.pixels.shape
    surplus[y : y + height, x : x + width] &= ~expected.pixels
    parts = cv2.connectedComponents(expected.pixels.astype(np.uint8), connectivity=8)[0] - 1
    for line in _lines(points.astype(np.int32) - (filled.x, filled.y)):
        drawn = cv2.fillPoly(np.zeros(surplus.shape, np.uint8), [line], 1) != 0
        if (surplus & drawn).any():
            surplus &= ~drawn
            parts -= 1
    return parts >= 1 and not surplus.any()


def _lines(points: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Return the steps of a closed outline that it takes in both directions, int32 (2, 2) each."""
    steps = {
        (tuple(one), tuple(other)) for one, other in zip(points.tolist(), np.roll(points, -1, 0).tolist(), strict=True)
    }
    return [np.array(step, np.int32) for step in sorted(steps) if step[0] < step[1] and step[::-1] in steps]
