"""Which values label maps and instance maps can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.errors import UsageError
from cityconv.frame.label_values import class_ids, segment_class_ids
from cityconv.source.classes import select_classes
from tests.source.labels.tables import load

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.source.classes import Selection


def selection(folder: Path, *rows: str, classes: str = "labels") -> Selection:
    table = load(folder, "mine.toml", f"labels = [{', '.join('{' + row + '}' for row in rows)}]")
    return select_classes(classes, "crowd", table)


def test_300_labels_do_not_fit_8_bits(tmp_path: Path) -> None:
    rows = [f'name = "label {number}", id = {number}, trainId = 0' for number in range(300)]
    many = selection(tmp_path, *rows)
    with pytest.raises(UsageError) as caught:
        class_ids(many, "label", 8)
    assert str(caught.value) == "label id 256 of class 'label 256' does not fit a map of 8 bits"
    assert class_ids(many, "train", 8) == [0] * 300
    assert class_ids(many, "label", 16) == list(range(300))
    some = selection(tmp_path, *rows, classes=",".join(f"label {number}" for number in range(256)))
    assert class_ids(some, "label", 8) == list(range(256))


def test_labels_that_are_not_drawn_need_no_value(tmp_path: Path) -> None:
    rows = ('name = "road", id = 1, trainId = 1, xId = 1', 'name = "plate", id = -1, trainId = 300, xId = 300')
    drawn = selection(tmp_path, *rows)
    for scheme in ("label", "train", "xId"):
        assert class_ids(drawn, scheme, 8) == [1]
    with pytest.raises(UsageError, match="class 'plate' has no label id, and so no value in a label map"):
        class_ids(selection(tmp_path, *rows, classes="road,plate"), "label", 8)


def test_a_negative_train_id_is_void(tmp_path: Path) -> None:
    assert class_ids(selection(tmp_path, 'name = "car", id = 1, trainId = -1'), "train", 8) == [255]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('name = "car", id = 0', "instance ids of 'car', whose label id is 0, would collide with the ids of other"),
        ('name = "car", id = 66', "label id 66 of class 'car' does not fit a map of 16 bits"),
        (
            'name = "sky", id = 1000, hasInstances = false',
            "label id 1000 of class 'sky': values from 1000 are inst",
        ),
    ],
)
def test_values_that_instance_maps_cannot_tell_apart_are_refused(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        class_ids(selection(tmp_path, row), "label", 16, instances=True)


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ('name = "car", id = 65', 65),
        ('name = "void", id = 255', 255),  # never numbered
        ('name = "sky", id = 999, hasInstances = false', 999),
        ('name = "sky", id = 0, hasInstances = false', 0),
    ],
)
def test_values_at_the_border_fit_instance_maps(tmp_path: Path, row: str, value: int) -> None:
    assert class_ids(selection(tmp_path, row), "label", 16, instances=True) == [value]


def test_segments_are_counted_where_a_label_id_is_0(tmp_path: Path) -> None:
    rows = 'name = "road", id = 0, hasInstances = false', 'name = "car", id = 7'
    assert segment_class_ids(selection(tmp_path, *rows)) == [1, 2]
    assert segment_class_ids(selection(tmp_path, *rows, classes="car")) == [7]
