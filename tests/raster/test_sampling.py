"""Sampling in another size: what is computed of a frame is what `cv2.resize` makes of the whole of it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from cityconv.raster.map_runs import find_runs
from cityconv.raster.objectmap import resolve_front
from cityconv.raster.regions import full_regions
from cityconv.raster.sampling import nearest
from cityconv.raster.scanline import scan_convert
from tests.raster.masks import masks_of
from tests.raster.slow_fill import fill, paint
from tests.raster.test_scanline import degenerate_frames, frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.raster.slow_fill import Points

SIDES = st.integers(1, 30)


def resized(image: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    return cv2.resize(image.astype(np.float64), (width, height), interpolation=cv2.INTER_NEAREST).astype(image.dtype)


@given(*[st.integers(1, 400)] * 4)
@example(1024, 2048, 512, 1024)
@example(3, 14, 5, 36)  # 18 * (14 / 36) is 7, but just below it as OpenCV computes it
def test_pixels_are_those_that_opencv_takes(height: int, width: int, new_height: int, new_width: int) -> None:
    grid = nearest(height, width, new_height, new_width)
    numbers = np.arange(height * width).reshape(height, width)
    np.testing.assert_array_equal(numbers[grid.rows][:, grid.columns], resized(numbers, new_height, new_width))


@given(frames() | degenerate_frames(), SIDES, SIDES)
def test_the_object_map_is_the_whole_one_resized(
    frame: tuple[list[Points], int, int], new_height: int, new_width: int
) -> None:
    polygons, height, width = frame
    vertices = np.array(list(chain.from_iterable(polygons)), np.int64).reshape(-1, 2)
    counts = np.array([len(polygon) for polygon in polygons], np.int64)
    spans = scan_convert(vertices, counts, nearest(height, width, new_height, new_width))
    front = resolve_front(spans, new_height, new_width).through(np.arange(len(polygons) + 1))
    np.testing.assert_array_equal(front, resized(paint(*frame), new_height, new_width))
    segment_of = np.arange(len(polygons) + 1) - 1
    regions = full_regions(spans, segment_of, len(polygons), new_height, new_width)
    full = [resized(fill(polygon, height, width).astype(np.uint8), new_height, new_width) for polygon in polygons]
    np.testing.assert_array_equal(masks_of(regions), np.reshape(full, (-1, new_height, new_width)) == 1)


@given(st.integers(0, 2**32 - 1), *[SIDES] * 4)
def test_a_label_map_is_the_whole_one_resized(
    seed: int, height: int, width: int, new_height: int, new_width: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 4, (height, width), dtype=np.uint8)
    runs = find_runs(image)
    objects = runs.object_map(runs.values > 0)
    table = np.append(0, runs.values[runs.values > 0])
    sampled = objects.sampled(nearest(height, width, new_height, new_width))
    np.testing.assert_array_equal(sampled.through(table), resized(image, new_height, new_width))
    whole_row = sampled.start[:-1] // new_width
    follows = (np.diff(whole_row) == 0) & (sampled.polygon[1:] == sampled.polygon[:-1])
    assert not follows.any()  # equal neighbors would be two runs
