"""Outlines with lines out and back: the work of finding them is bounded."""

from __future__ import annotations

import numpy as np
import pytest

from cityconv.check.allowance import ExhaustedError, MaskAllowance
from cityconv.check.bridges import equals_but_bridges, has_slanted_lines
from cityconv.formats.yolo.reader import fill

SQUARE = [[100, 100], [300, 100], [300, 300], [100, 300]]


def with_bridges(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return a square with lines out and back from its first corner."""
    ends = np.random.default_rng(1).integers(0, (2048, 1024), (number, 2)).tolist()
    return np.array([point for end in ends for point in (SQUARE[0], end)] + SQUARE, np.float64)


def test_a_square_without_bridges_is_itself() -> None:
    square = np.array(SQUARE, np.float64)
    take = MaskAllowance(1024, 2048).take
    assert equals_but_bridges(fill(square), fill(square), square, take)
    assert not equals_but_bridges(fill(square), fill(with_bridges(3)), with_bridges(3), take)


def test_more_bridges_than_can_be_compared_in_time_are_an_error() -> None:
    points = with_bridges(20_000)
    with pytest.raises(ExhaustedError):
        equals_but_bridges(fill(np.array(SQUARE, np.float64)), fill(points), points, MaskAllowance(1024, 2048).take)


def test_slanted_lines_are_found_unless_they_are_bridges() -> None:
    assert not has_slanted_lines(with_bridges(1_000))
    assert has_slanted_lines(np.array([*SQUARE, [50, 200]], np.float64))
