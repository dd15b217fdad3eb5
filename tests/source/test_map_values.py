"""What values of maps stand for, in the encodings of Cityscapes, of KITTI, and of other tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cityconv.errors import AnnotationError
from cityconv.source.labels.files import load_table
from cityconv.source.labels.table import Label, LabelTable
from cityconv.source.map_values import (
    COLOR_SCHEME,
    MAP_KINDS,
    DistinctValues,
    MapEncoding,
    MapObjects,
    find_objects,
    map_encoding,
)
from cityconv.vocabulary import LabelMapKind

CITYSCAPES = load_table("cityscapes")
LABELS = CITYSCAPES.labels

Row = tuple[str, bool, int]  # drawn name, whether a group, instance number


def of(*values: int) -> DistinctValues:
    numbers = range(len(values))
    first = np.array([(10 + number, 20 + number) for number in numbers], np.int64).reshape(-1, 2)
    return DistinctValues(np.array(values, np.uint32), np.array([1000 * number + 1 for number in numbers]), first)


def rows(found: MapObjects) -> list[Row]:
    return [
        (item.name, item.is_group, instance)
        for item, instance in zip(found.objects, found.instances.tolist(), strict=True)
    ]


def read(kind: LabelMapKind, *values: int, table: LabelTable = CITYSCAPES, divisor: int | None = None) -> MapObjects:
    return find_objects(of(*values), map_encoding(kind, table, divisor), table, "x.png")


def refusal(kind: LabelMapKind, *values: int, **options: Any) -> str:
    with pytest.raises(AnnotationError) as caught:
        read(kind, *values, **options)
    return str(caught.value)


INSTANCE_IDS, LABEL_IDS, TRAIN_IDS, COLOR = MAP_KINDS


def test_instance_maps_have_regions_groups_and_instances() -> None:
    found = read(INSTANCE_IDS, 0, 4, 7, 18, 26, 24_000, 26_000, 26_017, 33_999)
    assert rows(found) == [
        ("static", False, -1),
        ("road", False, -1),
        ("polegroup", False, -1),
        ("cargroup", True, -1),
        ("person", False, 0),
        ("car", False, 0),
        ("car", False, 17),
        ("bicycle", False, 999),
    ]
    assert found.is_object.tolist() == [False] + [True] * 8
    assert [item.label.id for item in found.objects] == [4, 7, 18, 26, 24, 26, 26, 33]
    assert found.instances.dtype == np.int64


def test_stuff_with_an_instance_number_is_one_object_a_value_where_a_divisor_says_how_values_are_made() -> None:
    assert rows(read(INSTANCE_IDS, 7_001, 7_002, divisor=1000)) == [("road", False, 1), ("road", False, 2)]


def test_an_instance_of_stuff_is_a_sign_of_another_encoding() -> None:
    said = refusal(INSTANCE_IDS, 26 * 256 + 1)
    assert said.startswith("x.png: value 6657, an instance of label 6, is not possible: 'ground' has no instances: ")


def test_kitti_numbers_instances_from_1_within_256() -> None:
    found = read(INSTANCE_IDS, 0, 7 * 256, 26 * 256, 26 * 256 + 1, 26 * 256 + 255, divisor=256)
    assert rows(found) == [("road", False, -1), ("cargroup", True, -1), ("car", False, 1), ("car", False, 255)]
    assert found.is_object.tolist() == [False, True, True, True, True]


def test_a_divisor_of_1000_has_no_instance_0() -> None:
    assert rows(read(INSTANCE_IDS, 26_000, 26_001, divisor=1000)) == [("cargroup", True, -1), ("car", False, 1)]


def test_regions_of_things_in_maps_of_classes_are_groups() -> None:
    assert rows(read(LABEL_IDS, 0, 7, 26)) == [("road", False, -1), ("cargroup", True, -1)]
    assert rows(read(LABEL_IDS, 1)) == [("ego vehicle", False, -1)]


def test_train_ids_give_the_first_row_and_255_is_background() -> None:
    found = read(TRAIN_IDS, 0, 13, 18, 255)
    assert rows(found) == [("road", False, -1), ("cargroup", True, -1), ("bicyclegroup", True, -1)]
    assert found.is_object.tolist() == [True, True, True, False]
    shared = LabelTable("own", (*LABELS[:12], LABELS[12]._replace(train_id=2)))  # walls as buildings
    assert rows(read(TRAIN_IDS, 2, table=shared)) == [("building", False, -1)]


def test_colors_give_the_first_row_that_has_them() -> None:
    found = read(COLOR, 0, 0x00008E, 0x804080, 0x999999)
    assert rows(found) == [("cargroup", True, -1), ("road", False, -1), ("pole", False, -1)]
    assert found.is_object.tolist() == [False, True, True, True]


def test_any_other_scheme_is_read_like_label_ids() -> None:
    table = LabelTable("own", tuple(label._replace(more=(label.id,)) for label in LABELS), ("level3Id",))
    found = find_objects(of(1, 7, 255), MapEncoding("level3Id", 255), table, "x.png")
    assert rows(found) == [("ego vehicle", False, -1), ("road", False, -1)]


def test_the_background_is_what_the_table_says() -> None:
    idd = LabelTable("own", (LABELS[7]._replace(id=0), LABELS[0]._replace(id=35)))
    assert rows(read(LABEL_IDS, 0, 35, table=idd)) == [("road", False, -1)]
    assert rows(read(INSTANCE_IDS, 0, 35 * 256, table=idd, divisor=256)) == [("road", False, -1)]
    own = LabelTable("own", (LABELS[7],))  # 0 is the background even where no row has it
    assert rows(read(LABEL_IDS, 0, 7, table=own)) == [("road", False, -1)]


def test_a_group_does_not_take_the_name_of_another_row() -> None:
    kitti360 = LabelTable("own", (LABELS[17]._replace(has_instances=True), LABELS[18]))
    found = read(INSTANCE_IDS, 17, 18, 17_001, table=kitti360)
    assert rows(found) == [("pole group", True, -1), ("polegroup", False, -1), ("pole", False, 1)]


@pytest.mark.parametrize(
    ("kind", "values", "divisor", "expected"),
    [
        (LABEL_IDS, [7, 34], None, "value 34 is not in the label table: 1,001 pixels, first at x 11, y 21"),
        (LABEL_IDS, [255], None, "value 255 is not in the label table: 1 pixel, first at x 10, y 20"),
        (LABEL_IDS, [26_000], None, "value 26000 is not in the label table: 1 pixel, first at x 10, y 20"),
        (TRAIN_IDS, [0, 19], None, "value 19 is not in the label table: 1,001 pixels, first at x 11, y 21"),
        (INSTANCE_IDS, [999], None, "value 999 is not in the label table: 1 pixel, first at x 10, y 20"),
        (INSTANCE_IDS, [34_002], None, "value 34002, an instance of label 34, is not in the label table: 1 pixel"),
        (INSTANCE_IDS, [65_535], 256, "value 65535, an instance of label 255, is not in the label table: 1 pixel"),
        (COLOR, [0, 1, 2], None, "color (0, 0, 1) is not in the label table: 1,001 pixels, first at x 11, y 21"),
    ],
)
def test_a_value_that_the_table_lacks_is_refused(
    kind: LabelMapKind, values: list[int], divisor: int | None, expected: str
) -> None:
    assert refusal(kind, *values, divisor=divisor).startswith(f"x.png: {expected}")


def test_more_objects_than_an_object_map_can_hold_are_refused() -> None:
    rows = tuple(Label(f"label {number}", number, 255, "void", 0, False, True, (0, 0, 0)) for number in range(65_536))
    table = LabelTable("own", rows)
    values = of(*range(65_536))
    with pytest.raises(AnnotationError, match=r"^x\.png: 65536 objects, more than 65535$"):
        find_objects(values, MapEncoding("label", background=70_000), table, "x.png")
    assert len(find_objects(values, MapEncoding("label", background=0), table, "x.png").objects) == 65_535


def test_colors_have_the_background_of_the_table() -> None:
    own = LabelTable("own", (LABELS[0]._replace(color=(1, 2, 3)),))
    assert map_encoding(COLOR, own) == MapEncoding(COLOR_SCHEME, 0x010203)
    assert map_encoding(COLOR, LabelTable("own", ())) == MapEncoding(COLOR_SCHEME, 0)
