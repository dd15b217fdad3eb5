"""Polygons along pixel corners: pycocotools decodes them to the mask that they were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco_mask

from cityconv.raster.corner_polygons import corner_polygons
from cityconv.raster.regions import Regions
from tests.raster.masks import blobs, draw, regions_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

# pycocotools 2.0 decodes with an array protocol that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)))


def rings_of(mask: NDArray[np.bool_]) -> list[list[list[int]]]:
    return [ring.tolist() for ring in corner_polygons(regions_of(mask[None]))[0]]


def decode(rings: list[NDArray[np.int64]], height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask that pycocotools decodes from rings."""
    if not rings:  # pycocotools rejects an empty list
        return np.zeros((height, width), np.bool_)
    codes = coco_mask.frPyObjects([ring.ravel().tolist() for ring in rings], height, width)
    mask: NDArray[np.bool_] = coco_mask.decode(coco_mask.merge(codes)).astype(np.bool_)
    return mask


def signed_area(ring: NDArray[np.int64]) -> int:
    """Return the area inside a ring, positive if it runs clockwise on the screen."""
    x, y = ring.T
    return int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) // 2


def parts_of(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Return the 4-connected parts of a mask by flood fill, sorted by their first pixel."""
    remaining, parts = mask.copy(), []
    while remaining.any():
        part = np.zeros_like(mask)
        part.flat[remaining.argmax()] = True
        grown = part
        while grown.any():
            around = np.zeros_like(mask)
            around[1:] |= part[:-1]
            around[:-1] |= part[1:]
            around[:, 1:] |= part[:, :-1]
            around[:, :-1] |= part[:, 1:]
            grown = around & mask & ~part
            part = part | grown
        remaining &= ~part
        parts.append(part)
    return parts


@given(MASKS)
def test_rings_decode_to_the_identical_masks(masks: NDArray[np.bool_]) -> None:
    for mask, rings in zip(masks, corner_polygons(regions_of(masks)), strict=True):
        np.testing.assert_array_equal(decode(rings, *mask.shape), mask)


@pytest.mark.parametrize("seed", range(20))
def test_rings_of_large_shapes_with_nested_holes_decode_to_the_identical_masks(seed: int) -> None:
    masks = blobs(seed, count=4, height=90, width=120)
    for mask, rings in zip(masks, corner_polygons(regions_of(masks)), strict=True):
        np.testing.assert_array_equal(decode(rings, *mask.shape), mask)


@given(MASKS)
def test_each_4_connected_part_has_one_ring_that_covers_only_this_part(masks: NDArray[np.bool_]) -> None:
    for mask, rings in zip(masks, corner_polygons(regions_of(masks)), strict=True):
        assert [decode([ring], *mask.shape).tolist() for ring in rings] == [part.tolist() for part in parts_of(mask)]


@given(MASKS)
def test_a_ring_runs_clockwise_from_its_top_left_corner_around_the_area_of_its_part(masks: NDArray[np.bool_]) -> None:
    for mask, rings in zip(masks, corner_polygons(regions_of(masks)), strict=True):
        starts = [tuple(ring[0, ::-1]) for ring in rings]
        assert starts == [min(map(tuple, ring[:, ::-1].tolist())) for ring in rings]
        assert [signed_area(ring) for ring in rings] == [part.sum() for part in parts_of(mask)]


@given(MASKS)
def test_rings_turn_at_every_vertex_and_run_only_along_rows_and_columns(masks: NDArray[np.bool_]) -> None:
    for ring in (ring for rings in corner_polygons(regions_of(masks)) for ring in rings):
        moves = np.roll(ring, -1, axis=0) != ring
        assert (moves.sum(axis=1) == 1).all()
        assert (moves != np.roll(moves, 1, axis=0)).all()


@given(MASKS)
def test_the_rings_of_a_segment_do_not_depend_on_the_other_segments(masks: NDArray[np.bool_]) -> None:
    together = corner_polygons(regions_of(masks))
    alone = [corner_polygons(regions_of(mask[None]))[0] for mask in masks]
    assert [[ring.tolist() for ring in rings] for rings in together] == [
        [ring.tolist() for ring in rings] for rings in alone
    ]


def test_a_single_pixel_has_its_four_corners_clockwise_from_the_top_left() -> None:
    assert rings_of(draw("...", ".#.")) == [[[1, 1], [2, 1], [2, 2], [1, 2]]]


def test_a_full_image_has_the_corners_of_the_image() -> None:
    assert rings_of(draw("####", "####")) == [[[0, 0], [4, 0], [4, 2], [0, 2]]]


def test_pixels_that_touch_diagonally_have_separate_rings() -> None:
    assert rings_of(draw("#.", ".#")) == [[[0, 0], [1, 0], [1, 1], [0, 1]], [[1, 1], [2, 1], [2, 2], [1, 2]]]
    assert rings_of(draw(".#", "#.")) == [[[1, 0], [2, 0], [2, 1], [1, 1]], [[0, 1], [1, 1], [1, 2], [0, 2]]]


def test_a_hole_is_joined_to_the_edge_above_by_a_vertical_bridge() -> None:
    outer_after_bridge = [[1, 0], [4, 0], [4, 3], [0, 3]]
    hole = [[1, 0], [1, 2], [3, 2], [3, 1], [1, 1]]
    assert rings_of(draw("####", "#..#", "####")) == [[[0, 0], *hole, *outer_after_bridge]]


def test_holes_below_one_edge_are_visited_from_left_to_right() -> None:
    (ring,) = rings_of(draw("#####", "#.#.#", "#####"))
    assert [x for x, y in ring if y == 0] == [0, 1, 1, 3, 3, 5]


@pytest.mark.parametrize(
    "rows",
    [
        (".##", "###", "#.#", "###"),  # the bridge ends at the right end of an edge
        ("##...", "#####", "##.##", "#####"),  # at the left end of one
        ("#####", "#.#.#", "##.##", "#####"),  # holes that touch at a corner are one hole
        ("######", "#....#", "#.##.#", "#.##.#", "#....#", "######"),  # a part inside a hole
        ("#####", "#.###", "#####", "#.###", "#####"),  # a hole that is joined to another hole
    ],
)
def test_bridges_add_no_pixels_wherever_they_end(rows: tuple[str, ...]) -> None:
    mask = draw(*rows)
    np.testing.assert_array_equal(decode(corner_polygons(regions_of(mask[None]))[0], *mask.shape), mask)


def test_an_empty_segment_has_no_rings() -> None:
    nothing = np.zeros(0, np.int64)
    assert corner_polygons(Regions(nothing, nothing, nothing, nothing, 2, 5, 5)) == [[], []]
