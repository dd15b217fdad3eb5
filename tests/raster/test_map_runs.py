"""Object maps of images of numbers, against the same read pixel by pixel."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cityconv.raster.map_runs import find_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.objectmap import ObjectMap

SHAPES = st.tuples(st.integers(1, 7), st.integers(1, 9))
IMAGES = st.sampled_from([(np.uint8, 255), (np.uint16, 65_535), (np.uint32, 2**32 - 1)]).flatmap(
    lambda kind: arrays(kind[0], SHAPES, elements=st.sampled_from([0, 1, 2, 7, kind[1]]))
)


def slow_object_map(image: NDArray[Any], objects: list[int]) -> tuple[list[int], list[int]]:
    """Return object and first pixel of each run; `objects` are the values that stand for objects, ascending."""
    number_of = {value: number for number, value in enumerate(objects, 1)}
    found, start, pixel = [], [], 0
    for row in image.tolist():
        for number, run in groupby(row, lambda value: number_of.get(value, 0)):
            found.append(number)
            start.append(pixel)
            pixel += len(list(run))
    return found, [*start, pixel]


def check(objects: ObjectMap, image: NDArray[Any], values: list[int]) -> None:
    expected, start = slow_object_map(image, values)
    assert objects.polygon.tolist() == expected
    assert objects.start.tolist() == start
    assert (objects.polygon.dtype.name, objects.start.dtype.name) == ("uint16", "int64")
    assert (objects.height, objects.width) == image.shape


@given(IMAGES, st.data())
def test_the_object_map_is_that_of_the_pixels(image: NDArray[Any], data: st.DataObject) -> None:
    runs = find_runs(image)
    is_object = data.draw(arrays(np.bool_, len(runs.values)))
    check(runs.object_map(is_object), image, runs.values[is_object].tolist())


@given(IMAGES)
def test_values_have_their_pixels_and_their_first_places(image: NDArray[Any]) -> None:
    runs = find_runs(image)
    values, first, areas = np.unique(image, return_index=True, return_counts=True)
    assert runs.values.dtype == image.dtype
    assert runs.values.tolist() == values.tolist()
    assert runs.areas().tolist() == areas.tolist()
    assert runs.first_pixels().tolist() == [[index % image.shape[1], index // image.shape[1]] for index in first]


@given(IMAGES)
def test_the_image_comes_back_through_a_table(image: NDArray[Any]) -> None:
    runs = find_runs(image)
    table = np.append(runs.values[:1], runs.values)  # entry 0, the background, is not used
    restored = runs.object_map(np.ones(len(runs.values), np.bool_)).through(table)
    np.testing.assert_array_equal(restored, image)
    assert restored.dtype == image.dtype


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
def test_every_value_of_16_bits_can_occur(dtype: type) -> None:
    image: NDArray[Any] = np.arange(65_536, dtype=dtype).reshape(256, 256)
    runs = find_runs(image)
    objects = runs.object_map(runs.values != 0)
    assert objects.polygon.tolist() == list(range(65_536))
    assert runs.areas().tolist() == [1] * 65_536


def test_background_values_that_meet_are_one_run() -> None:
    runs = find_runs(np.array([[0, 3, 5, 5, 0], [0, 0, 3, 3, 0]], np.uint8))
    objects = runs.object_map(runs.values == 5)
    assert objects.polygon.tolist() == [0, 1, 0, 0]
    assert objects.start.tolist() == [0, 2, 4, 5, 10]
