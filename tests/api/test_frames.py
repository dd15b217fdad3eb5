"""`cityconv.open`: frames as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import cv2
import numpy as np
import pytest

import cityconv
from tests.builders import FRAME, annotation_path, box, document, write_dataset, zip_folder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SCENE = document(
    ("road", box(0, 10, 64, 22)),
    ("car", box(4, 12, 10, 8)),
    ("license plate", box(6, 14, 4, 2)),
    ("persongroup", box(40, 8, 10, 10)),
    ("car", box(42, 10, 2, 2)),
    ("building", box(42, 10, 2, 2)),
)


@pytest.fixture
def frame(tmp_path: Path) -> cityconv.AnnotatedFrame:
    (found,) = cityconv.open(write_dataset(tmp_path / "source", {FRAME: SCENE}))
    return found


def test_objects_have_their_class_box_area_mask_and_polygon(frame: cityconv.AnnotatedFrame) -> None:
    _, car, plate, group, hidden, _ = frame.objects
    assert (car.name, car.class_name, car.is_group) == ("car", "car", False)
    assert car.area == car.mask.sum() == 10 * 8  # no released map shows the plate
    assert car.box.tolist() == [4, 12, 14, 20]
    assert car.polygon.tolist() == [[4, 12], [13, 12], [13, 20], [4, 20]]
    assert car.mask.shape == (frame.height, frame.width)
    assert car.mask.dtype == np.bool_
    assert np.argwhere(car.mask).min(axis=0).tolist() == [12, 4]
    assert (group.name, group.class_name, group.is_group) == ("persongroup", "person", True)
    assert hidden.area == 0
    assert not hidden.mask.any()
    assert hidden.box.tolist() == [0, 0, 0, 0]
    assert plate.area == plate.mask.sum() > 0


def test_maps_are_those_of_the_release(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    kinds = ["labelIds", "labelTrainIds", "instanceIds", "instanceTrainIds"]
    cityconv.labelmap(source, tmp_path / "maps", kind=kinds, jobs=1)
    frames = cityconv.open(source, split=["val", "train"])
    assert len(frames) == 4
    for frame in frames:
        maps: list[NDArray[Any]] = [
            frame.label_ids(),
            frame.label_ids("train"),
            frame.instance_ids(),
            frame.instance_ids("train"),
        ]
        for kind, found in zip(kinds, maps, strict=True):
            path = tmp_path / f"maps/gtFine/{frame.split}/{frame.city}/{frame.name}_gtFine_{kind}.png"
            released = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
            assert found.dtype == released.dtype
            np.testing.assert_array_equal(found, released)


def test_frames_are_read_when_they_are_used_and_once(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    annotation_path(source, FRAME).write_text("{")
    frames = cityconv.open(source)
    first = next(frame for frame in frames if frame.path != str(annotation_path(source, FRAME)))
    with patch("cityconv.frame.rasterized.resolve_front", side_effect=AssertionError("drawn")):
        assert (first.split, first.city, first.height, first.width) == ("test", "bonn", 32, 64)
    first.label_ids()
    with patch("cityconv.frame.rasterized.scan_convert", side_effect=AssertionError("drawn again")):
        first.instance_ids()
        assert [item.name for item in first.objects] == ["ego vehicle"]
    (bad,) = (frame for frame in frames if frame.path == str(annotation_path(source, FRAME)))
    with pytest.raises(cityconv.AnnotationError, match="JSON is truncated"):
        bad.label_ids()


def test_an_archive_and_another_size_are_read_too(tmp_path: Path) -> None:
    archive = zip_folder(write_dataset(tmp_path / "source", {FRAME: SCENE}), tmp_path / "city.zip")
    frames = cityconv.open(archive, size="50%")
    assert frames[0].label_ids().shape == (16, 32)
    assert frames[0:1][0].name == frames[-1].name
    assert frames[0].path.startswith(str(archive))


def test_label_maps_are_a_source_too(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: SCENE})
    cityconv.labelmap(source, tmp_path / "maps", kind="instanceIds", jobs=1)
    (frame,), (drawn,) = cityconv.open(tmp_path / "maps"), cityconv.open(source)
    np.testing.assert_array_equal(frame.instance_ids(), drawn.instance_ids())
    assert cityconv.open(tmp_path / "maps").notes[0].endswith("reading instanceIds maps")
    car = next(item for item in frame.objects if item.name == "car")
    assert (car.area, len(car.polygon)) == (drawn.objects[1].area, 0)


def test_a_frame_without_objects_has_maps(tmp_path: Path) -> None:
    (frame,) = cityconv.open(write_dataset(tmp_path, {FRAME: document()}))
    assert frame.objects == []
    assert not frame.label_ids().any()


def test_an_unknown_scheme_is_refused(frame: cityconv.AnnotatedFrame) -> None:
    with pytest.raises(cityconv.UsageError, match="has no depth id"):
        frame.label_ids("depth")
