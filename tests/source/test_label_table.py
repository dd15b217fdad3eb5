"""The label table, against what the release and its evaluation take for granted."""

import pytest

from cityconv.source.label_table import LABELS, find_label

THINGS = ["person", "rider", "car", "truck", "bus", "caravan", "trailer", "train", "motorcycle", "bicycle"]
EVALUATED = [
    *("road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation"),
    *("terrain", "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"),
]


def test_ids_count_from_0_to_33_and_the_licence_plate_has_minus_1() -> None:
    assert [label.id for label in LABELS] == [*range(34), -1]


def test_the_evaluated_classes_have_the_train_ids_0_to_18_in_order() -> None:
    assert [label.name for label in LABELS if not label.ignore_in_eval] == EVALUATED
    assert [label.train_id for label in LABELS if not label.ignore_in_eval] == list(range(19))


def test_classes_that_the_evaluation_ignores_are_void_in_train_ids() -> None:
    assert {label.train_id for label in LABELS if label.ignore_in_eval} == {255, -1}


def test_humans_and_vehicles_are_the_things() -> None:
    assert [label.name for label in LABELS if label.has_instances] == THINGS


def test_each_category_has_one_id_and_covers_neighbouring_classes() -> None:
    pairs = list(dict.fromkeys((label.category_id, label.category) for label in LABELS))
    names = ("void", "flat", "construction", "object", "nature", "sky", "human", "vehicle")
    assert pairs == list(enumerate(names))


def test_colors_are_those_of_the_released_maps() -> None:
    colors = {label.name: label.color for label in LABELS}
    assert colors["road"] == (128, 64, 128)
    assert colors["polegroup"] == colors["pole"] == (153, 153, 153)
    assert colors["trailer"] == (0, 0, 110)
    assert colors["bicycle"] == (119, 11, 32)


@pytest.mark.parametrize(
    ("name", "row", "is_group"),
    [
        ("car", "car", False),
        ("cargroup", "car", True),
        ("polegroup", "polegroup", False),  # in the table itself, so not a group of poles
        ("polegroupgroup", "polegroup", True),
        ("license plate", "license plate", False),
    ],
)
def test_a_drawn_name_finds_its_row(name: str, row: str, is_group: bool) -> None:
    found = find_label(name)
    assert found is not None
    assert (found[0].name, found[1]) == (row, is_group)


@pytest.mark.parametrize("name", ["", "group", "Car", "car ", "cargroupgroup", "tram"])
def test_other_names_are_unknown(name: str) -> None:
    assert find_label(name) is None
