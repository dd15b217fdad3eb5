"""Scan conversion and the object map: golden vectors of the fill rule, and random frames against the slow rule."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cityconv.raster.objectmap import resolve_front
from cityconv.raster.regions import full_regions
from cityconv.raster.sampling import every_pixel
from cityconv.raster.scanline import scan_convert
from tests.raster.masks import draw, masks_of
from tests.raster.slow_fill import fill, paint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cityconv.raster.scanline import Spans
    from tests.raster.slow_fill import Points

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]


def convert(polygons: Sequence[Points], height: int, width: int) -> Spans:
    vertices = np.array(list(chain.from_iterable(polygons)), np.int64).reshape(-1, 2)
    counts = np.array([len(polygon) for polygon in polygons], np.int64)
    return scan_convert(vertices, counts, every_pixel(height, width))


def front(polygons: Sequence[Points], height: int, width: int) -> NDArray[np.int64]:
    objects = resolve_front(convert(polygons, height, width), height, width)
    return objects.through(np.arange(len(polygons) + 1))


def filled(polygon: Points, height: int = 10, width: int = 10) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = front([polygon], height, width) == 1
    return mask


def assert_full_regions(polygons: Sequence[Points], height: int, width: int) -> None:
    """Assert that the full region of each polygon has the pixels that the slow rule fills."""
    segment_of = np.arange(len(polygons) + 1) - 1
    regions = full_regions(convert(polygons, height, width), segment_of, len(polygons), height, width)
    expected = [fill(polygon, height, width) for polygon in polygons]
    np.testing.assert_array_equal(masks_of(regions), np.reshape(expected, (-1, height, width)))


@pytest.mark.parametrize(
    ("polygon", "pixels"),
    [
        ([(2, 2), (6, 2), (6, 5), (2, 5)], 15),
        ([(2, 2), (8, 2), (8, 3), (2, 3)], 7),
        ([(2, 2), (6, 2)], 0),
        ([(2, 2), (2, 6)], 4),
        ([(2, 2), (6, 6)], 8),
        (SQUARE, 100),
        ([(-5, -5), (3, -5), (3, 3), (-5, 3)], 12),
        ([(4, 4), (4, 4), (4, 4)], 0),
    ],
)
def test_golden_vectors_have_their_number_of_pixels(polygon: Points, pixels: int) -> None:
    assert filled(polygon).sum() == pixels
    assert fill(polygon, 10, 10).sum() == pixels


def test_a_rectangle_includes_the_columns_of_both_sides_but_not_the_row_of_its_bottom() -> None:
    expected = draw(".......", ".......", "..#####", "..#####", "..#####", ".......")
    np.testing.assert_array_equal(filled([(2, 2), (6, 2), (6, 5), (2, 5)], 6, 7), expected)


def test_a_polygon_is_not_filled_where_it_overlaps_itself() -> None:
    keyhole = [(0, 0), (8, 0), (8, 6), (0, 6), (0, 0), (2, 2), (2, 4), (6, 4), (6, 2), (2, 2)]
    np.testing.assert_array_equal(filled(keyhole, 6, 9)[2:4], draw("###...###", "###...###"))


@pytest.mark.parametrize(
    ("polygon", "row", "first", "last"),
    [
        ([(-3, 0), (4, 13), (20, 13), (20, 0)], 6, 1, 20),  # the crossing is at exactly 0.5, but 0.50000024 in float32
        ([(4, 13), (-3, 0), (20, 0), (20, 13)], 6, 0, 20),  # 0.49999976 from the other end of the edge
        ([(-3, 0), (4, 23), (-9, 23), (-9, 0)], 11, 0, 0),  # 0.49999976, where 0.5 would fill another column
    ],
)
def test_crossings_halfway_between_columns_are_rounded_as_in_single_precision(
    polygon: Points, row: int, first: int, last: int
) -> None:
    columns = np.flatnonzero(filled(polygon, 24, 30)[row])
    assert (columns[0], columns[-1]) == (first, last)


def test_lines_of_every_slope_have_the_pixels_that_the_slow_rule_fills() -> None:
    lines = [[(x, 0), (x + dx, dy)] for x in (-3, -2, -1) for dx in range(1, 24) for dy in range(1, 24)]
    assert_full_regions(lines, 24, 30)


def test_later_polygons_hide_earlier_ones() -> None:
    left, right = [(0, 0), (2, 0), (2, 2), (0, 2)], [(1, 1), (3, 1), (3, 3), (1, 3)]
    assert front([left, right], 3, 4).tolist() == [[1, 1, 1, 0], [1, 2, 2, 2], [0, 2, 2, 2]]
    assert front([right, left], 3, 4).tolist() == [[2, 2, 2, 0], [2, 2, 2, 1], [0, 1, 1, 1]]


def test_a_frame_without_polygons_is_background() -> None:
    assert not front([], 3, 4).any()


@st.composite
def frames(draw: st.DrawFn, most: int = 8) -> tuple[list[Points], int, int]:
    """Return polygons, height and width; many coordinates lie at the borders of the image, some far outside."""
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 16))

    def coordinates(side: int) -> st.SearchStrategy[int]:
        near = st.integers(-3, side + 3)
        return near | st.sampled_from([0, side - 1, side, side // 2]) | st.integers(-1_000_000, 1_000_000)

    point = st.tuples(coordinates(width), coordinates(height))
    polygons = st.lists(st.lists(point, min_size=1, max_size=7), max_size=most)
    return draw(polygons), height, width


@st.composite
def degenerate_frames(draw: st.DrawFn) -> tuple[list[Points], int, int]:
    """Return polygons with few distinct points, collinear points and repeated points; height and width."""
    polygons = []
    for _ in range(draw(st.integers(1, 6))):
        x, y, step_x, step_y = (draw(st.integers(-3, 9)) for _ in range(4))
        factors = draw(st.lists(st.integers(-2, 3), min_size=1, max_size=6))
        others = draw(st.lists(st.tuples(st.integers(-2, 11), st.integers(-2, 9)), max_size=1))
        line = [(x + step_x * factor, y + step_y * factor) for factor in factors]
        polygons.append(list(chain.from_iterable([point] * draw(st.integers(1, 2)) for point in line + others)))
    return polygons, 8, 10


@given(frames() | degenerate_frames())
@example(([[(-2, -2), (17, 3), (16, 12), (0, 12)]], 12, 16))
@example(([SQUARE, SQUARE], 10, 10))
def test_the_object_map_is_what_the_slow_rule_paints(frame: tuple[list[Points], int, int]) -> None:
    np.testing.assert_array_equal(front(*frame), paint(*frame))


@given(frames() | degenerate_frames())
def test_the_full_region_of_each_polygon_is_what_the_slow_rule_fills(frame: tuple[list[Points], int, int]) -> None:
    assert_full_regions(*frame)


@pytest.mark.parametrize("seed", range(3))
def test_frames_of_many_objects_are_what_the_slow_rule_paints(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = 40, 70
    polygons = []
    for _ in range(700):
        around = rng.integers((-4, -4), (width + 4, height + 4))
        polygons.append([tuple(point) for point in (around + rng.integers(-6, 7, (rng.integers(1, 8), 2))).tolist()])
    painted = paint(polygons, height, width)
    assert len(np.unique(painted)) > 256
    np.testing.assert_array_equal(front(polygons, height, width), painted)


def test_an_object_map_distinguishes_as_many_objects_as_it_can_hold() -> None:
    pixels = [[(x, y), (x, y + 1)] for y in range(256) for x in range(256)][:65_535]
    assert front(pixels, 256, 256).ravel().tolist() == [*range(1, 65_536), 0]


@pytest.mark.parametrize(("height", "width"), [(1, 32_768), (32_768, 1)])
def test_the_largest_sides_are_filled_to_their_ends(height: int, width: int) -> None:
    beyond = [(-9, -9), (40_000, -9), (40_000, 40_000), (-9, 40_000)]
    assert filled(beyond, height, width).all()
    to_the_end = filled([(width - 1, height - 1), (width - 1, height)], height, width)
    assert to_the_end.sum() == to_the_end[-1, -1] == 1
