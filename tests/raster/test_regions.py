"""Areas, boxes and RLE of segments, compared with pycocotools on full-size masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco_mask

from cityconv.raster.objectmap import resolve_front
from cityconv.raster.regions import full_regions, visible_regions
from cityconv.raster.rle import encode_rle
from cityconv.raster.scanline import Spans
from tests.raster.masks import blobs, draw, masks_of, regions_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(1, 12), st.integers(1, 12)))
OBJECTS = arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 10)), elements=st.integers(0, 4))


def half_open_box(mask: NDArray[np.bool_]) -> list[int]:
    rows, columns = np.nonzero(mask)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] if len(rows) else [0, 0, 0, 0]


def check(regions: Regions, masks: NDArray[np.bool_]) -> None:
    """Assert that regions have the areas, boxes and RLE of their masks."""
    rles = coco_mask.encode(np.asfortranarray(np.moveaxis(masks, 0, -1).astype(np.uint8)))
    assert encode_rle(regions) == [rle["counts"] for rle in rles]
    assert regions.areas().tolist() == coco_mask.area(rles).tolist()
    assert regions.boxes().tolist() == [half_open_box(mask) for mask in masks]


def spans_of(masks: NDArray[np.bool_], overlap: bool = False) -> Spans:
    """Return the pixels of masks as spans one pixel long; with `overlap` as whole runs plus every other pixel."""
    width = masks.shape[2]
    polygon, row, column = np.nonzero(masks)
    start = row * width + column
    spans = np.stack((polygon, start, start + 1))
    if overlap:
        runs = regions_of(masks)
        first = runs.row * width
        joined = np.stack((runs.segment, first + runs.left, first + runs.right))
        spans = np.append(spans[:, column % 2 == 1], joined, axis=1)
    order = np.lexsort((-spans[2], spans[1], spans[0]))
    return Spans(*spans[:, order])


@given(MASKS)
def test_areas_boxes_and_rle_are_those_of_pycocotools(masks: NDArray[np.bool_]) -> None:
    check(regions_of(masks), masks)


@pytest.mark.parametrize("seed", range(5))
def test_rle_of_long_runs_is_that_of_pycocotools(seed: int) -> None:
    masks = blobs(seed, count=3, height=300, width=170)
    check(regions_of(masks), masks)


@pytest.mark.parametrize("shape", [(1, 1, 40_000), (1, 30_000, 1), (1, 600, 900)])
def test_rle_of_empty_full_and_nearly_full_images_is_that_of_pycocotools(shape: tuple[int, int, int]) -> None:
    masks = np.zeros((4, *shape[1:]), np.bool_)
    masks[1] = True
    masks[2].flat[-1] = True
    masks[3].flat[1:-1] = True
    check(regions_of(masks), masks)


@given(MASKS, st.booleans())
def test_overlapping_segments_keep_all_their_pixels(masks: NDArray[np.bool_], overlap: bool) -> None:
    size, height, width = masks.shape
    regions = full_regions(spans_of(masks, overlap), np.arange(size + 1) - 1, size, height, width)
    np.testing.assert_array_equal(masks_of(regions), masks)
    check(regions, masks)


@given(MASKS)
def test_polygons_may_share_a_segment_or_belong_to_none(masks: NDArray[np.bool_]) -> None:
    size, height, width = masks.shape
    segment_of = np.append(-1, np.arange(size) % 2 - (np.arange(size) % 3 == 2) * 9).clip(-1)
    expected = np.stack([masks[segment_of[1:] == segment].any(axis=0) for segment in range(2)])
    check(full_regions(spans_of(masks, overlap=True), segment_of, 2, height, width), expected)


@given(OBJECTS, st.permutations([-1, 0, 0, 1, 2]))
def test_visible_segments_are_where_their_objects_are_in_front(image: NDArray[np.int64], segment_of: list[int]) -> None:
    masks = np.stack([image == number for number in range(1, 5)])
    objects = resolve_front(spans_of(masks), *image.shape)
    np.testing.assert_array_equal(objects.through(np.arange(5)), image)
    segments = np.array(segment_of)
    check(visible_regions(objects, segments, 3), np.stack([segments[image] == segment for segment in range(3)]))


@given(MASKS, st.lists(st.booleans(), min_size=4, max_size=4))
def test_selected_segments_are_renumbered(masks: NDArray[np.bool_], wanted: list[bool]) -> None:
    kept = np.array(wanted[: len(masks)])
    np.testing.assert_array_equal(masks_of(regions_of(masks).select(kept)), masks[kept])


@given(OBJECTS)
def test_changes_are_the_pixels_that_differ_from_the_row_above(image: NDArray[np.int64]) -> None:
    above = np.vstack((np.full_like(image[:1], -1), image[:-1]))
    differs = np.flatnonzero(image != above)
    changes = resolve_front(spans_of(np.stack([image == number for number in range(1, 5)])), *image.shape).changes
    assert changes.pixel.tolist() == differs.tolist()
    assert changes.here.tolist() == image.flat[differs].tolist()
    assert changes.above.tolist() == above.flat[differs].tolist()


def test_no_segments_have_no_rle() -> None:
    nothing = np.zeros((0, 4, 5), np.bool_)
    assert encode_rle(regions_of(nothing)) == []
    assert regions_of(nothing).boxes().shape == (0, 4)


def test_boxes_are_half_open() -> None:
    mask = draw("......", "..##..", "...##.")
    assert regions_of(mask[None]).boxes().tolist() == [[2, 1, 5, 3]]


def test_an_image_has_the_channels_and_the_dtype_of_its_table() -> None:
    objects = resolve_front(spans_of(draw(".#", "##")[None]), 2, 2)
    colors = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.uint8)
    assert objects.through(colors).tolist() == colors[[[0, 1], [1, 1]]].tolist()
    assert objects.through(np.array([7, 300], ">u2")).dtype == ">u2"
