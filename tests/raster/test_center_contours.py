"""Contours through pixel centers: OpenCV fills the segment and the bridges between its parts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cityconv.raster.center_contours import center_contours
from tests.raster.masks import blobs, draw, regions_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)))


def contour_of(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    return center_contours(regions_of(mask[None]))[0]


def fill(points: NDArray[np.generic], height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask that OpenCV fills for a contour, with coordinates truncated as Ultralytics does."""
    image = np.zeros((height, width), np.uint8)
    if len(points):  # OpenCV rejects an empty contour
        cv2.fillPoly(image, [points.astype(np.int32)], 1)
    return image.astype(np.bool_)


def resample(contour: NDArray[np.int64], height: int, width: int) -> NDArray[np.float32]:
    """Return a contour as Ultralytics loads it: relative to the image, with points inserted, and scaled back."""
    relative = ((contour + 0.25) / (width, height)).astype(np.float32)
    closed = np.concatenate((relative, relative[:1]))
    vertices = np.arange(len(closed))
    positions: NDArray[np.float64] = np.sort(np.concatenate((vertices, np.linspace(0, len(contour), 1000))))
    points = np.stack([np.interp(positions, vertices, closed[:, axis]) for axis in (0, 1)], axis=1).astype(np.float32)
    return points * np.array([width, height], np.float32)


def is_connected(mask: NDArray[np.bool_]) -> bool:
    return cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0] == 2


def largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    largest: NDArray[np.bool_] = labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    return largest


@given(MASKS)
def test_filling_gives_back_every_pixel_and_joins_separate_parts(masks: NDArray[np.bool_]) -> None:
    for mask, contour in zip(masks, center_contours(regions_of(masks)), strict=True):
        filled = fill(contour, *mask.shape)
        assert not (mask & ~filled).any()
        assert is_connected(filled) or not mask.any()


@given(MASKS)
def test_filling_gives_back_the_exact_mask_of_a_connected_segment(masks: NDArray[np.bool_]) -> None:
    for mask, contour in zip(masks, center_contours(regions_of(masks)), strict=True):
        if is_connected(mask):
            np.testing.assert_array_equal(fill(contour, *mask.shape), mask)


@pytest.mark.parametrize("seed", range(10))
def test_points_inserted_between_the_vertices_do_not_change_a_connected_segment(seed: int) -> None:
    masks = np.stack([largest_part(mask) for mask in blobs(seed, count=4, height=90, width=120)])
    for mask, contour in zip(masks, center_contours(regions_of(masks)), strict=True):
        np.testing.assert_array_equal(fill(contour, *mask.shape), mask)
        np.testing.assert_array_equal(fill(resample(contour, *mask.shape), *mask.shape), mask)


@given(MASKS)
def test_a_contour_has_at_least_three_points_and_all_are_pixels_of_its_segment(masks: NDArray[np.bool_]) -> None:
    for mask, contour in zip(masks, center_contours(regions_of(masks)), strict=True):
        assert len(contour) >= 3 or not mask.any()
        assert mask[contour[:, 1], contour[:, 0]].all()


@given(MASKS)
def test_the_contour_of_a_segment_does_not_depend_on_the_other_segments(masks: NDArray[np.bool_]) -> None:
    alone = [contour_of(mask).tolist() for mask in masks]
    assert [contour.tolist() for contour in center_contours(regions_of(masks))] == alone


def test_a_contour_runs_along_rows_and_columns_clockwise_from_the_top_left() -> None:
    contour = contour_of(draw(".##.", "####", "####"))
    assert contour.tolist() == [[1, 0], [2, 0], [2, 1], [3, 1], [3, 2], [0, 2], [0, 1], [1, 1]]


def test_a_single_pixel_and_a_line_of_pixels_have_three_points() -> None:
    assert contour_of(draw("...", ".#.")).tolist() == [[1, 1], [1, 1], [1, 1]]
    assert contour_of(draw("###.")).tolist() == [[0, 0], [2, 0], [0, 0]]


def test_an_empty_segment_has_an_empty_contour() -> None:
    assert contour_of(draw("..", "..")).shape == (0, 2)


def test_parts_are_joined_by_a_line_between_their_nearest_pixels() -> None:
    mask = draw("#......", "###...#", "......#")
    bridge = draw(".......", "...###.", ".......")
    np.testing.assert_array_equal(fill(contour_of(mask), *mask.shape), mask | bridge)


def test_several_parts_are_chained_by_the_shortest_bridges() -> None:
    mask = draw("##..#..#..#")
    filled = fill(contour_of(mask), *mask.shape)
    assert filled.all()
    steps = [abs(a[0] - b[0]) for a, b in pairwise(contour_of(mask).tolist())]
    assert max(steps) == 3


def test_a_part_in_a_hole_is_joined_to_the_rim_of_the_hole() -> None:
    mask = draw("#######", "#.....#", "#.....#", "#....##", "#.#...#", "#.....#", "#######")
    extra = fill(contour_of(mask), *mask.shape) & ~mask
    assert extra.sum() == 1


def test_a_wall_one_pixel_thick_keeps_its_hole() -> None:
    mask = draw("####", "#..#", "#..#", "####")
    np.testing.assert_array_equal(fill(contour_of(mask), *mask.shape), mask)
