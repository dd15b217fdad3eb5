"""Which values label maps and instance maps can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.errors import UsageError
from cityconv.source.labels.depth import check_instance_map, check_label_map
from tests.source.labels.tables import load

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.source.labels.table import LabelTable


def table(folder: Path, *rows: str) -> LabelTable:
    return load(folder, "mine.toml", f"labels = [{', '.join('{' + row + '}' for row in rows)}]")


def test_300_labels_do_not_fit_8_bits(tmp_path: Path) -> None:
    many = table(tmp_path, *(f'name = "label {number}", id = {number}, trainId = 0' for number in range(300)))
    with pytest.raises(UsageError) as caught:
        check_label_map(many, "label")
    assert str(caught.value) == (
        "mine.toml: id 256 of 'label 256' does not fit an 8-bit label map, which holds 0 to 255"
    )
    check_label_map(many, "train")
    check_label_map(many, "label", many.labels[:256])


def test_labels_that_are_not_drawn_need_no_value(tmp_path: Path) -> None:
    one = table(
        tmp_path, 'name = "road", id = 1, trainId = 1, xId = 1', 'name = "plate", id = -1, trainId = 300, xId = 300'
    )
    for scheme in ("label", "train", "xId"):
        check_label_map(one, scheme)
        check_instance_map(one, scheme)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('name = "car", id = 0', "id 0 of 'car' would give its instances the values of other labels"),
        ('name = "car", id = 66', "id 66 of 'car' does not fit a 16-bit instance map"),
        ('name = "sky", id = 1000, hasInstances = false', "id 1000 of 'sky' would be read as an instance"),
    ],
)
def test_values_that_instance_maps_cannot_tell_apart_are_refused(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        check_instance_map(table(tmp_path, row), "label")


@pytest.mark.parametrize(
    "row",
    [
        'name = "car", id = 65',
        'name = "void", id = 255',  # never numbered
        'name = "sky", id = 999, hasInstances = false',
        'name = "sky", id = 0, hasInstances = false',
    ],
)
def test_values_at_the_border_fit_instance_maps(tmp_path: Path, row: str) -> None:
    check_instance_map(table(tmp_path, row), "label")
