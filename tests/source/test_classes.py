"""Class selections: presets, names, groups and class maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.errors import UsageError
from cityconv.source.classes import Assignment, read_class_map, select_classes
from cityconv.source.labels.files import load_table
from cityconv.source.polygons import ObjectLabel

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.source.classes import Selection
    from cityconv.vocabulary import Groups

CITYSCAPES = load_table("cityscapes")


def names(selection: Selection) -> list[str]:
    return [item.name for item in selection.classes]


def place(selection: Selection, name: str) -> tuple[str, bool] | str:
    """Return the class of an object drawn with this name and whether it is a crowd, or why it is left out."""
    found = CITYSCAPES.find(name)
    assert found
    assignment = selection.assign(ObjectLabel(name, *found))
    if isinstance(assignment, Assignment):
        return selection.classes[assignment.class_index].name, assignment.is_crowd
    return assignment


@pytest.mark.parametrize(
    ("preset", "size"), [("instances", 8), ("things", 10), ("eval", 19), ("labels", 34), ("raw", 40)]
)
def test_presets_have_the_sizes_that_the_help_states(preset: str, size: int) -> None:
    assert len(set(names(select_classes(preset, "crowd")))) == size


def test_instances_are_the_evaluated_things_in_the_order_of_their_ids() -> None:
    selection = select_classes("instances", "crowd")
    assert names(selection) == ["person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"]
    assert [item.ids["label"] for item in selection.classes] == [24, 25, 26, 27, 28, 31, 32, 33]


def test_eval_has_the_train_ids_0_to_18() -> None:
    assert [item.ids["train"] for item in select_classes("eval", "crowd").classes] == list(range(19))


def test_labels_are_all_rows_that_are_drawn() -> None:
    assert names(select_classes("labels", "crowd")) == [label.name for label in CITYSCAPES.labels if label.id >= 0]


def test_raw_takes_every_name_as_a_class_of_its_own() -> None:
    selection = select_classes("raw", "crowd")
    assert place(selection, "cargroup") == ("cargroup", False)
    assert place(selection, "license plate") == ("license plate", False)
    assert place(selection, "polegroup") == ("polegroup", False)
    assert "unlabeled" not in names(selection)


def test_names_are_taken_in_the_order_given() -> None:
    selection = select_classes("car, person,  license plate", "crowd")
    assert names(selection) == ["car", "person", "license plate"]
    assert place(selection, "person") == ("person", False)
    assert place(selection, "bus") == "class"


@pytest.mark.parametrize(
    ("groups", "expected"),
    [("crowd", ("car", True)), ("drop", "group"), ("merge", ("car", False)), ("class", ("cargroup", False))],
)
def test_groups_become_what_was_asked_for(groups: Groups, expected: tuple[str, bool] | str) -> None:
    selection = select_classes("person,car", groups)
    assert place(selection, "cargroup") == expected
    assert place(selection, "car") == ("car", False)
    assert place(selection, "busgroup") == "class"


def test_groups_as_classes_come_after_the_others_and_have_no_ids_of_their_own() -> None:
    selection = select_classes("instances", "class")
    assert names(selection)[8:] == [f"{name}group" for name in names(selection)[:8]]
    assert {(*item.ids, item.has_instances) for item in selection.classes[8:]} == {("category", False)}


def test_a_group_that_is_named_itself_is_a_class_whatever_the_policy() -> None:
    assert place(select_classes("car,cargroup", "drop"), "cargroup") == ("cargroup", False)


def test_a_pole_group_is_no_group_of_poles() -> None:
    assert place(select_classes("pole", "crowd"), "polegroup") == "class"


@pytest.mark.parametrize("wanted", ["spaceship", "car,spaceship", "car,", ""])
def test_an_unknown_class_is_refused_and_the_presets_are_listed(wanted: str) -> None:
    with pytest.raises(UsageError, match="unknown class") as caught:
        select_classes(wanted, "crowd")
    assert "instances, things, eval, labels, raw" in caught.value.hint


@pytest.mark.parametrize(("wanted", "meant"), [("Car", "car"), ("instance", "instances")])
def test_a_name_that_is_nearly_right_is_suggested(wanted: str, meant: str) -> None:
    with pytest.raises(UsageError, match="unknown class") as caught:
        select_classes(wanted, "crowd")
    assert caught.value.hint == f"did you mean '{meant}'?"


def test_a_preset_in_a_list_is_refused() -> None:
    with pytest.raises(UsageError, match="--classes: the preset 'instances' cannot be part of a list"):
        select_classes("instances,car", "crowd")


def test_a_class_named_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="'car' is duplicated"):
        select_classes("car,bus,car", "crowd")


def class_map(folder: Path, text: str, groups: Groups = "crowd") -> Selection:
    path = folder / "classes.toml"
    path.write_text(text)
    return read_class_map(path, groups)


def test_a_class_map_merges_renames_and_drops(tmp_path: Path) -> None:
    selection = class_map(tmp_path, '[classes]\nvehicle = ["car", "truck"]\n"on foot" = ["person"]\n')
    assert names(selection) == ["vehicle", "on foot"]
    assert [place(selection, name) for name in ("truck", "cargroup", "person", "bus")] == [
        ("vehicle", False),
        ("vehicle", True),
        ("on foot", False),
        "class",
    ]


def test_the_classes_of_a_map_are_numbered_in_the_order_of_the_file(tmp_path: Path) -> None:
    selection = class_map(tmp_path, '[classes]\nsurface = ["road", "parking"]\nvehicle = ["car", "bus"]\n')
    assert [(item.ids["label"], item.ids["train"]) for item in selection.classes] == [(1, 0), (2, 1)]
    assert [item.has_instances for item in selection.classes] == [False, True]
    assert [item.color for item in selection.classes] == [(128, 64, 128), (0, 0, 142)]


def test_with_a_map_the_background_is_0_or_void_whatever_it_is_in_the_table(tmp_path: Path) -> None:
    (tmp_path / "classes.toml").write_text('[classes]\nvehicle = ["car"]\n')
    table = load_table("idd")
    mapped = read_class_map(tmp_path / "classes.toml", "crowd", table)
    assert [mapped.background(scheme) for scheme in ("label", "train")] == [0, 255]
    assert mapped.background("level3Id") == table.background("level3Id") == 255


def test_a_map_may_name_groups(tmp_path: Path) -> None:
    selection = class_map(tmp_path, '[classes]\ncars = ["car"]\nparked = ["cargroup"]\n')
    assert place(selection, "cargroup") == ("parked", False)


def test_a_map_may_name_labels_that_the_table_does_not_have(tmp_path: Path) -> None:
    selection = class_map(tmp_path, '[classes]\nvehicle = ["rickshaw", "car"]\nroad = ["road"]\n')
    assert selection.members == {"rickshaw": 0, "car": 0, "road": 1}
    assert [item.has_instances for item in selection.classes] == [True, False]
    assert [item.color for item in selection.classes] == [(0, 0, 0), (128, 64, 128)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[classes]\na = ["car"]\nb = ["bus", "car"]', "'car' is mapped twice - at `classes.b`"),
        ('[classes]\na = ["car", "car"]', "'car' is mapped twice - at `classes.a`"),
        ('[classes]\na = "car"', "expected a list of names - at `classes.a`"),
        ("[classes]\na = [1]", "expected a list of names - at `classes.a`"),
        ("[classes]\na = []", "expected a list of names - at `classes.a`"),
        ('[classes]\n"../up" = ["car"]', "'../up' cannot name a class"),
        ('[classes]\n"" = ["car"]', "'' cannot name a class"),
        ("[classes]", "expected one table, [classes]"),
        ("", "expected one table, [classes]"),
        ('[labels]\na = ["car"]', "expected one table, [classes]"),
        ('[classes]\na = ["car"]\n[more]\n', "expected one table, [classes]"),
        ("classes = 3", "expected one table, [classes]"),
    ],
)
def test_a_class_map_that_makes_no_sense_is_named_with_the_place(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        class_map(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'classes.toml'}: {complaint}")


def test_a_class_map_that_is_no_toml_is_named_with_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"classes\.toml: .*line 2, column \d"):
        class_map(tmp_path, "[classes]\nvehicle = [car]\n")


def test_a_class_map_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_class_map(tmp_path / "nowhere.toml", "crowd")
    assert str(caught.value) == f"{tmp_path / 'nowhere.toml'}: no such file or directory"


def test_a_class_map_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "classes.toml"
    path.write_bytes('[classes]\ngrün = ["vegetation"]'.encode("latin-1"))
    with pytest.raises(UsageError) as caught:
        read_class_map(path, "crowd")
    assert str(caught.value).startswith(f"{path}: ")
