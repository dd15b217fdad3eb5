"""Paths of SVG cover exactly the pixels of regions, whatever their shape."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityconv.preview.geometry import svg_paths
from cityconv.raster.map_runs import find_runs
from cityconv.raster.regions import visible_regions
from tests.preview.galleries import fill


@given(st.data())
def test_a_path_covers_the_pixels_of_its_region(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 7))
    values = data.draw(st.lists(st.integers(0, 2), min_size=height * width, max_size=height * width))
    pixels = np.array(values, np.uint8).reshape(height, width)
    runs = find_runs(pixels)
    objects = runs.object_map(runs.values > 0)
    present = [value for value in runs.values.tolist() if value]
    regions = visible_regions(objects, np.arange(-1, len(present)), len(present))
    paths = svg_paths(regions)
    assert len(paths) == len(present)
    for value, path in zip(present, paths, strict=True):
        assert np.array_equal(fill(path, height, width), pixels == value)


def test_an_object_without_pixels_has_an_empty_path() -> None:
    runs = find_runs(np.zeros((2, 2), np.uint8))
    objects = runs.object_map(np.array([True]))
    assert svg_paths(visible_regions(objects, np.array([-1, 1]), 3)) == ["", "M0 0h2v2h-2z", ""]
