"""A label table: look-ups by name, value and color, id schemes, backgrounds and presets."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from cityconv.errors import UsageError
from cityconv.source.labels.table import Label, LabelTable

if TYPE_CHECKING:
    from cityconv.vocabulary import Preset


def label(name: str, label_id: int, *more: int, train_id: int = 255, **values: Any) -> Label:
    row = Label(name, label_id, train_id, "void", 0, True, False, (label_id % 256, 0, 0), more)
    return row._replace(**values)


TABLE = LabelTable(
    "mine",
    (
        label("road", 0, 3, train_id=0, has_instances=False),
        label("car", 1, 4, train_id=1),
        label("van", 2, 4, train_id=1, color=(1, 0, 0)),
        label("wall", 3, 5, has_instances=False, ignore_in_eval=True),
        label("cart", 4, 6, ignore_in_eval=True),
        label("unlabeled", 5, 255, has_instances=False, ignore_in_eval=True, color=(9, 9, 9)),
        label("plate", -1, 4, train_id=-1, has_instances=False, color=(1, 0, 0)),
    ),
    ("level3Id",),
)


def test_a_table_travels_to_workers_without_its_look_ups() -> None:
    assert TABLE.find("car")
    copy = pickle.loads(pickle.dumps(TABLE))
    assert copy == TABLE
    assert hash(copy) == hash(TABLE)
    assert "by_name" not in vars(copy)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("car", ("car", False)),
        ("cargroup", ("car", True)),
        ("wallgroup", ("wall", True)),
        ("", None),
        ("group", None),
        ("cargroupgroup", None),
        ("Car", None),
    ],
)
def test_a_drawn_name_finds_its_row(name: str, found: tuple[str, bool] | None) -> None:
    row = TABLE.find(name)
    assert (row and (row[0].name, row[1])) == found


def test_where_groups_need_instances_others_are_unknown() -> None:
    strict = LabelTable("mine", TABLE.labels, TABLE.more_schemes, groups_need_instances=True)
    assert strict.find("cargroup") == (TABLE.by_name["car"], True)
    assert strict.find("wallgroup") is None


def test_each_id_column_is_a_scheme() -> None:
    assert TABLE.schemes == ("label", "train", "category", "level3Id")
    assert [TABLE.value(TABLE.by_name["van"], scheme) for scheme in TABLE.schemes] == [2, 1, 0, 4]
    assert list(map(TABLE.column, TABLE.schemes)) == ["id", "trainId", "categoryId", "level3Id"]


def test_the_background_is_the_value_of_the_row_unlabeled() -> None:
    assert [TABLE.background(scheme) for scheme in TABLE.schemes] == [5, 255, 0, 255]
    assert TABLE.background_color == (9, 9, 9)


@pytest.mark.parametrize("labels", [TABLE.labels[:5], (*TABLE.labels[:5], label("unlabeled", -1, -1, train_id=-1))])
def test_without_a_drawn_row_unlabeled_the_background_is_0_and_255_in_train_ids(labels: tuple[Label, ...]) -> None:
    table = LabelTable("mine", labels, ("level3Id",))
    assert [table.background(scheme) for scheme in table.schemes] == [0, 255, 0, 0]


def test_without_a_row_unlabeled_the_background_is_black() -> None:
    assert LabelTable("mine", TABLE.labels[:5], ("level3Id",)).background_color == (0, 0, 0)


def test_the_first_row_that_is_drawn_answers_for_a_shared_value() -> None:
    for value, scheme, name in [
        (1, "train", "car"),
        (4, "level3Id", "car"),
        (255, "train", "wall"),
        (0, "label", "road"),
    ]:
        assert TABLE.label_of(value, scheme) == TABLE.by_name[name]
    assert TABLE.label_of(-1, "label") is None
    assert TABLE.label_of(-1, "train") is None
    assert TABLE.label_of(77, "label") is None


def test_a_color_says_whether_it_tells_labels_apart() -> None:
    assert TABLE.label_of_color((0, 0, 0)) == (TABLE.by_name["road"], False)
    assert TABLE.label_of_color((1, 0, 0)) == (TABLE.by_name["car"], True)
    assert TABLE.label_of_color((1, 2, 3)) is None


def test_an_unknown_scheme_is_refused_and_the_columns_are_listed() -> None:
    for ask in (
        TABLE.background,
        lambda scheme: TABLE.label_of(0, scheme),
        lambda scheme: TABLE.value(TABLE.labels[0], scheme),
    ):
        with pytest.raises(UsageError, match="label table mine: no id column 'level2Id'") as caught:
            ask("level2Id")
        assert caught.value.hint == "available: id, trainId, categoryId, level3Id"


@pytest.mark.parametrize(
    ("preset", "names"),
    [
        ("instances", "car van"),
        ("things", "car van cart"),
        ("eval", "road car van plate"),
        ("labels", "road car van wall cart unlabeled"),
        ("raw", "road car van wall cart plate"),
    ],
)
def test_presets_follow_from_the_table(preset: Preset, names: str) -> None:
    assert [row.name for row in TABLE.preset(preset)] == names.split()
