"""The built-in tables, against what their data sets take for granted."""

from __future__ import annotations

from importlib.resources import files

import pytest

from cityconv.errors import UsageError
from cityconv.frame.label_values import class_ids
from cityconv.source.classes import select_classes
from cityconv.source.labels.files import BUILT_IN, load_table

LEVELS = ("level4Id", "level3Id", "level2Id", "level1Id")


def test_the_files_are_those_that_are_named() -> None:
    names = {path.name for path in files("cityconv").joinpath("source/tables").iterdir()}
    assert names == {f"{name}.toml" for name in BUILT_IN}
    assert [load_table(name).name for name in BUILT_IN] == list(BUILT_IN)


def test_a_built_in_table_is_read_once() -> None:
    assert load_table("cityscapes") is load_table("cityscapes")


def test_cityscapes_has_the_presets_of_the_release() -> None:
    table = load_table("cityscapes")
    assert table.more_schemes == ()
    assert not table.groups_need_instances
    assert [table.background(scheme) for scheme in table.schemes] == [0, 255, 0]
    assert [len(table.preset(preset)) for preset in ("instances", "things", "eval", "labels", "raw")] == [
        8,
        10,
        19,
        34,
        34,
    ]


def test_five_labels_of_cityscapes_are_black_and_the_poles_share_a_color() -> None:
    names: dict[tuple[int, int, int], list[str]] = {}
    for label in load_table("cityscapes").labels:
        if label.id >= 0:
            names.setdefault(label.color, []).append(label.name)
    assert {color: shared for color, shared in names.items() if len(shared) > 1} == {
        (0, 0, 0): ["unlabeled", "ego vehicle", "rectification border", "out of roi", "static"],
        (153, 153, 153): ["pole", "polegroup"],
    }


def test_idd_has_40_rows_six_more_columns_and_its_background_at_35() -> None:
    table = load_table("idd")
    assert [row.id for row in table.labels] == list(range(40))
    assert table.more_schemes == ("csId", "csTrainId", *LEVELS)
    assert table.labels[0].name == "road"
    assert table.background("label") == 35
    assert table.background("csId") == 0
    assert {table.background(scheme) for scheme in ("train", "csTrainId", *LEVELS)} == {255}
    assert [row.id for row in table.preset("things")] == list(range(6, 19))
    assert [row.name for row in table.labels if row.ignore_in_eval] == [
        *("animal", "caravan", "trailer", "train", "unlabeled", "ego vehicle", "rectification border", "out of roi"),
        "license plate",
    ]


@pytest.mark.parametrize(("scheme", "count"), [("level4Id", 30), ("level3Id", 26), ("level2Id", 16), ("level1Id", 7)])
def test_the_levels_of_idd_merge_labels_into_fewer_classes(scheme: str, count: int) -> None:
    table = load_table("idd")
    assert {table.value(row, scheme) for row in table.labels} == {*range(count), 255}
    assert table.label_of(0, scheme) == table.by_name["road"]


def test_idd_trains_on_its_third_level() -> None:
    table = load_table("idd")
    assert all(row.train_id == table.value(row, "level3Id") for row in table.labels)


def test_one_value_of_idd_fits_no_8_bit_map() -> None:
    table = load_table("idd")
    everything = select_classes("labels", "crowd", table)
    for scheme in {*table.schemes} - {"csId"}:
        class_ids(everything, scheme, 8)
    with pytest.raises(UsageError, match="csId id 355 of class 'vehicle fallback' does not fit a map of 8 bits"):
        class_ids(everything, "csId", 8)
    others = ",".join(row.name for row in table.labels if row.name != "vehicle fallback")
    class_ids(select_classes(others, "crowd", table), "csId", 8)


def test_kitti360_adds_to_cityscapes_and_shares_train_ids() -> None:
    table = load_table("kitti360")
    cityscapes = load_table("cityscapes")
    old = [row for row in table.labels if row.name in cityscapes.by_name]
    assert [row._replace(has_instances=False, more=()) for row in old] == [
        row._replace(has_instances=False) for row in cityscapes.labels
    ]
    new_things = {row.name for row in old if row.has_instances} - {row.name for row in cityscapes.preset("things")}
    assert new_things == {"building", "pole", "traffic light", "traffic sign"}
    assert [(row.name, row.id, row.train_id) for row in table.labels if row not in old] == [
        ("garage", 34, 2),
        ("gate", 35, 4),
        ("stop", 36, 255),
        ("smallpole", 37, 5),
        ("lamp", 38, 255),
        ("trash bin", 39, 255),
        ("vending machine", 40, 255),
        ("box", 41, 255),
        ("unknown construction", 42, 255),
        ("unknown vehicle", 43, 255),
        ("unknown object", 44, 255),
    ]
    assert table.label_of(2, "train") == table.by_name["building"]
    assert table.find("skygroup") is None
    assert table.find("garagegroup") == (table.by_name["garage"], True)


@pytest.mark.parametrize(
    ("name", "scheme"), [("cityscapes", "train"), ("idd", "label"), ("idd", "level3Id"), ("kitti360", "label")]
)
def test_instance_maps_hold_the_built_in_tables(name: str, scheme: str) -> None:
    class_ids(select_classes("labels", "crowd", load_table(name)), scheme, 16, instances=True)
