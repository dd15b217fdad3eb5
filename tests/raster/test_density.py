"""Pixels counted in the cells of a grid, compared with painted masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityconv.raster.density import count_in_cells
from cityconv.raster.map_runs import find_runs
from cityconv.raster.regions import visible_regions

if TYPE_CHECKING:
    from numpy.typing import NDArray

images = st.tuples(st.integers(1, 9), st.integers(1, 12)).flatmap(
    lambda size: st.lists(st.integers(0, 3), min_size=size[0] * size[1], max_size=size[0] * size[1]).map(
        lambda values: np.array(values, np.uint8).reshape(size)
    )
)


@given(images, st.integers(1, 5), st.integers(1, 7))
def test_cells_hold_the_pixels_of_masks(image: NDArray[np.uint8], rows: int, columns: int) -> None:
    height, width = image.shape
    runs = find_runs(image)
    objects = runs.object_map(np.ones(len(runs.values), np.bool_))
    regions = visible_regions(objects, np.arange(-1, len(runs.values)), len(runs.values))
    group_of = np.array([-1 if value == 3 else value // 2 for value in runs.values], np.int64)
    expected = np.zeros((2, rows, columns), np.int64)
    for (y, x), value in np.ndenumerate(image):
        if value != 3:
            expected[value // 2, y * rows // height, x * columns // width] += 1
    found = count_in_cells(regions, group_of, rows, columns)
    np.testing.assert_array_equal(found.cell, np.flatnonzero(expected))
    np.testing.assert_array_equal(found.pixels, expected[expected > 0])
