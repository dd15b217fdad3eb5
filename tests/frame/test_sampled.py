"""Frames in another size: why objects have no pixel there, against the slow fill rule in full size."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityconv.frame.rasterized import RasterizedFrame
from cityconv.raster.sampling import nearest
from cityconv.source.labels.files import load_table
from cityconv.source.layout import find_frames
from cityconv.source.polygons import Annotation, ObjectLabel
from tests.builders import FRAME, street, write_dataset
from tests.raster.slow_fill import fill
from tests.raster.test_scanline import frames

if TYPE_CHECKING:
    from cityconv.source.frame import Frame
    from cityconv.vocabulary import Extent
    from tests.raster.slow_fill import Points

EXTENTS: tuple[Extent, Extent] = ("visible", "full")


def _label(name: str) -> ObjectLabel:
    found = load_table("cityscapes").find(name)
    assert found
    return ObjectLabel(name, *found)


CAR, PLATE = _label("car"), _label("license plate")


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> Frame:
    return find_frames(write_dataset(tmp_path_factory.mktemp("set"), {FRAME: street()}))[0]


@given(frames(), st.integers(1, 6), st.integers(1, 8), st.lists(st.booleans(), min_size=8, max_size=8))
def test_objects_without_a_pixel_have_the_reason_that_the_full_size_shows(
    frame: Frame, drawn: tuple[list[Points], int, int], new_height: int, new_width: int, plates: list[bool]
) -> None:
    polygons, height, width = drawn
    labels = tuple(PLATE if is_plate else CAR for is_plate in plates[: len(polygons)])
    vertices = np.array(list(chain.from_iterable(polygons)), np.int64).reshape(-1, 2)
    annotation = Annotation(height, width, labels, vertices, np.array([len(polygon) for polygon in polygons], np.int64))
    grid = nearest(height, width, new_height, new_width)
    sampled = RasterizedFrame(frame, annotation, grid=grid)
    full = [fill(polygon, height, width) for polygon in polygons]
    for with_plates in (False, True):
        front = np.zeros((height, width), np.int64)
        for number, (mask, label) in enumerate(zip(full, labels, strict=True), 1):
            front[mask & (label is CAR or with_plates)] = number
        seen = {
            "visible": [bool((front == number).any()) for number in range(1, len(polygons) + 1)],
            "full": [bool(mask.any()) for mask in full],
        }
        for extent in EXTENTS:
            unseen = np.flatnonzero(~sampled.shown(extent, with_plates)).tolist()
            expected = [
                "size" if seen[extent][index] else "hidden" if full[index].any() else "outside" for index in unseen
            ]
            assert sampled.reasons_unseen(unseen, extent, with_plates) == expected
