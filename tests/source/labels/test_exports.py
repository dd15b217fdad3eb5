"""Tables that labeling tools export: Supervisely's `class_to_id.json`, datumaro's and CVAT's `label_colors.txt`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.source.labels.table import Label
from tests.source.labels.tables import complaint, load

if TYPE_CHECKING:
    from pathlib import Path

CAR = Label("car", 1, 0, "car", 0, True, False, (0, 0, 142))
KIWI = Label("kiwi [green]", 4, 1, "kiwi [green]", 1, True, False, (128, 0, 0))


@pytest.mark.parametrize(
    "text",
    [
        '[{"name": "car", "id": 1, "color": [0, 0, 142]}, {"name": "kiwi [green]", "id": 4, "color": null}]',
        '[{"label": "car", "label_id": 1, "color": [0, 0, 142]}, {"label": "kiwi [green]", "label_id": 4, "x": {}}]',
        '{"car": {"id": 1, "color": [0, 0, 142]}, "kiwi [green]": 4}',
    ],
)
def test_class_to_id_is_read(tmp_path: Path, text: str) -> None:
    table = load(tmp_path, "class_to_id.json", text)
    assert table.labels == (CAR, KIWI)
    assert table.background("label") == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("3", "expected a list of objects with `name` and `id`, or a mapping from names to ids"),
        ("[3]", "expected a list of objects with `name` and `id`, or a mapping from names to ids"),
        ("[]", "no labels"),
        ("{}", "no labels"),
        ('{"car": 1, "car": 2}', "duplicate key 'car'"),
        ('{"car": 1, "bus": 1}', "'bus' has the id 1 of 'car' - at `$['bus'].id`"),
        ('{"car": "1"}', "id must be an integer from -1 to 65535 - at `$['car'].id`"),
        ('{"car\\n": 1}', "a control character in the name 'car\\n' - at `$['car\\n'].name`"),
        ('[{"name": "car", "id": 1}, {"name": "car", "id": 2}]', "duplicate name 'car' - at `$[1].name`"),
        ('[{"name": "car", "id": NaN}]', "id must be an integer from -1 to 65535 - at `$[0].id`"),
        ('[{"name": "car", "id": 1e400}]', "id must be an integer from -1 to 65535 - at `$[0].id`"),
        ('[{"name": "car", "id": ' + "9" * 5000 + "}]", "a number of too many digits"),
        ('[{"name": "car", "color": [0, 0, 142]}]', "missing id - at `$[0].id`"),
        ("[" * 100_000, "nested too deeply"),
        ("[" + "{}," * 70_000 + "{}]", "more than 65,535 labels"),
    ],
)
def test_a_broken_class_to_id_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    assert complaint(tmp_path, "class_to_id.json", text) == problem


def rows(labels: tuple[Label, ...]) -> list[tuple[str, int, int, bool]]:
    return [(label.name, label.id, label.train_id, label.has_instances) for label in labels]


def test_label_colors_count_from_0_and_the_black_one_is_the_background(tmp_path: Path) -> None:
    table = load(
        tmp_path, "label_colors.txt", "# colors\r\n128 64 128 road\r\n\r\n0 0 0 empty space\r\n 0\t0 142 car \r\n"
    )
    assert rows(table.labels) == [("road", 0, 0, True), ("empty space", 1, 255, False), ("car", 2, 1, True)]
    assert [label.color for label in table.labels] == [(128, 64, 128), (0, 0, 0), (0, 0, 142)]


@pytest.mark.parametrize("text", ["128 64 128 road\n0 0 142 car", "128 64 128 road\n1 1 1 background\n0 0 142 car"])
def test_without_a_black_one_the_background_comes_first(tmp_path: Path, text: str) -> None:
    table = load(tmp_path, "label_colors.txt", text)
    assert rows(table.labels) == [("background", 0, 255, False), ("road", 1, 0, True), ("car", 2, 1, True)]


def test_labels_without_a_color_get_one(tmp_path: Path) -> None:
    table = load(tmp_path, "label_colors.txt", " road\n traffic light\n 01\n")
    assert [label.name for label in table.labels] == ["background", "road", "traffic light", "01"]
    assert len({label.color for label in table.labels}) == 4


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no labels"),
        ("# nothing", "no labels"),
        ("road\n1 2 3", "expected `r g b name` - at line 2"),
        ("1 2 car", "expected `r g b name` - at line 1"),
        ("1111 2 3 car", "expected `r g b name` - at line 1"),
        ("1 2 256 car", "color must be three integers from 0 to 255 - at line 1"),
        ("# x\n1 2 3 car\n1 2 4 car", "duplicate name 'car' - at line 3"),
        ("1 2 3 c\x1bar", "a control character in the name 'c\\x1bar' - at line 1"),
        ("1 2 3 c\u2028ar", "a control character in the name 'c\\u2028ar' - at line 1"),
        ("1 2 3 " + "x" * 101, "a name of more than 100 characters: '" + "x" * 80 + "...' - at line 1"),
        ("x\n" * 70_000, "more than 65,535 labels"),
    ],
)
def test_broken_label_colors_are_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    assert complaint(tmp_path, "label_colors.txt", text) == problem
