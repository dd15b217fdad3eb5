"""Property: from the polygons of any map, scan conversion draws the same map again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cityconv.raster.map_runs import find_runs
from cityconv.raster.objectmap import resolve_front
from cityconv.raster.region_walks import region_polygons
from cityconv.raster.regions import Regions, full_regions, visible_regions
from cityconv.raster.sampling import every_pixel
from cityconv.raster.scanline import scan_convert

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDES = st.tuples(st.integers(1, 14), st.integers(1, 14))


def regions_of(image: NDArray[np.uint16]) -> Regions:
    """Return the region of each value."""
    runs = find_runs(image)
    size = len(runs.values)
    return visible_regions(runs.object_map(np.ones(size, np.bool_)), np.arange(size + 1) - 1, size)


def assert_draws_the_same(image: NDArray[np.uint16]) -> None:
    """Assert that each polygon alone draws exactly its region, and all together, in any order, the image."""
    height, width = image.shape
    regions = regions_of(image)
    polygons = region_polygons(regions)
    assert len(polygons) == regions.size
    vertices, counts = np.concatenate(polygons), np.array([len(polygon) for polygon in polygons])
    spans = scan_convert(vertices, counts, every_pixel(height, width))
    drawn = full_regions(spans, np.arange(regions.size + 1) - 1, regions.size, height, width)
    for name in ("segment", "row", "left", "right"):
        np.testing.assert_array_equal(getattr(drawn, name), getattr(regions, name))
    values = np.append(0, np.unique(image)).astype(np.uint16)
    np.testing.assert_array_equal(resolve_front(spans, height, width).through(values), image)


@given(st.data())
def test_any_map_is_drawn_again(data: st.DataObject) -> None:
    height, width = data.draw(SIDES)
    values = st.integers(0, data.draw(st.integers(0, 8)))
    image = data.draw(arrays(np.uint16, (height, width), elements=values))
    zoom = data.draw(st.sampled_from([(1, 1), (1, 3), (3, 1), (2, 2)]))
    assert_draws_the_same(np.ascontiguousarray(image.repeat(zoom[0], axis=0).repeat(zoom[1], axis=1)))


@given(st.lists(st.lists(st.tuples(st.integers(-5, 45), st.integers(-5, 45)), min_size=3, max_size=6), max_size=6))
def test_overlapping_polygons_are_drawn_again(outlines: list[list[tuple[int, int]]]) -> None:
    vertices = np.array([point for outline in outlines for point in outline], np.int64).reshape(-1, 2)
    spans = scan_convert(vertices, np.array([len(outline) for outline in outlines], np.int64), every_pixel(40, 40))
    table = np.arange(len(outlines) + 1, dtype=np.uint16)
    assert_draws_the_same(resolve_front(spans, 40, 40).through(table))


def picture(*rows: str) -> NDArray[np.uint16]:
    return np.array([[int(digit) for digit in row] for row in rows], np.uint16)


STRIPES = np.arange(12, dtype=np.uint16) % 3
NEAREST_BORDER = np.minimum(np.arange(11), 10 - np.arange(11)).astype(np.uint16)
SHAPES: dict[str, NDArray[Any]] = {
    "one pixel": picture("1"),
    "one column": picture("1", "1", "1"),
    "stripes of rows": STRIPES[:, None].repeat(9, axis=1),  # with rows of the others between
    "stripes of columns": STRIPES[None].repeat(9, axis=0),
    "rings in rings": np.minimum.outer(NEAREST_BORDER, NEAREST_BORDER),
    "both diagonals of single pixels": (np.eye(9) + np.eye(9)[::-1]).astype(np.uint16),
    "a frame along all borders": np.pad(np.zeros((7, 9), np.uint16), 1, constant_values=1),
    "a chess board": picture("0101", "1010", "0101", "1010"),
    "300 regions": np.arange(300, dtype=np.uint16).reshape(15, 20).repeat(4, axis=0).repeat(3, axis=1),
}


@pytest.mark.parametrize("image", SHAPES.values(), ids=SHAPES)
def test_shapes_are_drawn_again(image: NDArray[np.uint16]) -> None:
    assert_draws_the_same(np.ascontiguousarray(image))


def test_noise_of_300_values_is_drawn_again() -> None:
    assert_draws_the_same(np.random.default_rng(7).integers(0, 300, (60, 90)).astype(np.uint16))


def test_no_regions_have_no_polygons() -> None:
    empty = np.empty(0, np.int64)
    assert region_polygons(Regions(empty, empty, empty, empty, 0, 4, 4)) == []


def test_a_straight_edge_takes_two_points_a_side() -> None:
    """A triangle with stairs of 40 rows has three corners, and both its sides are drawn as one edge each."""
    spans = scan_convert(np.array([[3, 0], [60, 40], [20, 40]]), np.array([3]), every_pixel(41, 64))
    image = resolve_front(spans, 41, 64).through(np.array([0, 1], np.uint16))
    (_, triangle) = region_polygons(regions_of(image))
    assert len(triangle) <= 6


def test_an_edge_that_float32_draws_otherwise_is_drawn_in_stairs() -> None:
    """In 32,767 rows, an edge may cross a row closer to the border of two pixels than float32 can tell."""
    height, width = 32_767, 32_768
    row = np.arange(height)
    left = ((2 * row + 1) * 32_758 + height) // (2 * height)  # of the edge from (0, 0) to (32758, 32767)
    regions = Regions(np.zeros(height, np.int64), row, left, np.full(height, width), 1, height, width)
    (polygon,) = region_polygons(regions)
    assert len(polygon) > height
    spans = scan_convert(polygon, np.array([len(polygon)]), every_pixel(height, width))
    np.testing.assert_array_equal(spans.start, row * width + left)
    np.testing.assert_array_equal(spans.stop, (row + 1) * width)
