"""Oriented boxes: compared with rectangles found in exact fractions, and with those of OpenCV."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cityconv.raster.oriented_boxes import oriented_boxes
from tests.raster.masks import blobs, draw, regions_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 7), st.integers(1, 7))).filter(lambda mask: mask.any())
MARGIN = 40  # no corner of a box around pixels this far from the border is outside of the image

Point = tuple[int, int]
Corners = list[tuple[Fraction, Fraction]]


def box_of(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the corners of the box of a mask in pixels of the mask, not clipped."""
    padded = np.pad(mask, MARGIN)
    corners: NDArray[np.float64] = oriented_boxes(regions_of(padded[None]))[0] * padded.shape[::-1] - MARGIN
    return corners


def corners_of(mask: NDArray[np.bool_]) -> list[Point]:
    """Return the corners of all pixels of a mask."""
    return sorted({(int(x) + i, int(y) + j) for y, x in np.argwhere(mask) for i in (0, 1) for j in (0, 1)})


def exact_rectangles(points: list[Point]) -> Iterator[tuple[Fraction, Fraction, Corners]]:
    """Yield area, slope and corners of the rectangle on every line through two points that has all others on one side.

    The corners begin with the leftmost of the topmost and run clockwise on the screen.
    """
    for (x0, y0), (x1, y1) in permutations(points, 2):
        dx, dy = x1 - x0, y1 - y0
        if any(dx * (y - y0) - dy * (x - x0) < 0 for x, y in points):
            continue
        while not (dx > 0 and dy >= 0):
            dx, dy = -dy, dx
        norm = dx * dx + dy * dy
        along, across = [x * dx + y * dy for x, y in points], [y * dx - x * dy for x, y in points]
        low, high, top, bottom = min(along), max(along), min(across), max(across)
        places = [(low, top), (high, top), (high, bottom), (low, bottom)]
        corners = [(Fraction(a * dx - b * dy, norm), Fraction(a * dy + b * dx, norm)) for a, b in places]
        yield Fraction((high - low) * (bottom - top), norm), Fraction(dy, dx), corners


@given(MASKS)
def test_boxes_are_the_smallest_and_of_these_the_least_turned(mask: NDArray[np.bool_]) -> None:
    *_, expected = min(exact_rectangles(corners_of(mask)))
    np.testing.assert_allclose(box_of(mask), np.array(expected, np.float64), rtol=0, atol=1e-12)


def test_upright_masks_have_upright_boxes_from_the_top_left_corner_clockwise() -> None:
    assert box_of(draw("....", ".##.")).round(9).tolist() == [[1, 1], [3, 1], [3, 2], [1, 2]]


def test_of_two_boxes_of_equal_area_the_upright_one_counts() -> None:
    stairs = draw("##", ".#", ".#")
    areas = [area for area, *_ in exact_rectangles(corners_of(stairs))]
    assert areas.count(min(areas)) > 1
    assert box_of(stairs).round(9).tolist() == [[0, 0], [2, 0], [2, 3], [0, 3]]


def test_a_turned_box_begins_at_its_topmost_corner_and_runs_clockwise() -> None:
    corners = box_of(np.eye(4, dtype=np.bool_))
    assert corners.round(9).tolist() == [[0.5, -0.5], [4.5, 3.5], [3.5, 4.5], [-0.5, 0.5]]


def test_corners_outside_of_the_image_are_moved_to_its_border() -> None:
    corners = oriented_boxes(regions_of(np.eye(4, dtype=np.bool_)[None]))[0] * 4
    assert corners.tolist() == [[0.5, 0], [4, 3.5], [3.5, 4], [0, 0.5]]


@pytest.mark.parametrize("seed", range(5))
def test_boxes_are_no_larger_than_those_of_opencv(seed: int) -> None:
    for mask in blobs(seed, 8, 90, 120):
        corners = box_of(mask)
        x, y = np.diff(corners[[0, 1, 2]], axis=0)
        _, (width, height), _ = cv2.minAreaRect(np.array(corners_of(mask), np.float32))
        assert np.hypot(*x) * np.hypot(*y) <= width * height * (1 + 1e-5)  # which it computes in 32 bits


def test_an_image_without_segments_has_no_boxes() -> None:
    assert oriented_boxes(regions_of(np.zeros((0, 3, 3), np.bool_))).shape == (0, 4, 2)
