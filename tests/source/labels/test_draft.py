"""A table drafted from the names that are drawn."""

from __future__ import annotations

import pytest

from cityconv.errors import UsageError
from cityconv.source.labels.draft import draft_labels, draft_table
from cityconv.source.labels.files import load_table
from cityconv.source.labels.text import table_toml
from cityconv.source.labels.toml_file import parse_toml

COUNTS = {"sky": 3, "cargroup": 2, "car": 90, "unlabeled": 500, "busgroup": 1, "kiwi": 3, "group": 1}


def test_names_are_numbered_by_frequency_after_the_background() -> None:
    table = draft_table(COUNTS, "data/mine")
    assert [(label.name, label.id, label.train_id) for label in table.labels] == [
        ("unlabeled", 0, 255),
        ("car", 1, 0),
        ("kiwi", 2, 1),
        ("sky", 3, 2),
        ("busgroup", 4, 3),
        ("group", 5, 4),
    ]
    assert table.labels[0].color == (0, 0, 0)
    assert len({label.color for label in table.labels}) == len(table.labels)


def test_every_drawn_name_is_found_in_the_draft() -> None:
    table = draft_table(COUNTS, "data/mine")
    assert all(table.find(name) for name in COUNTS)
    assert table.find("cargroup") == (table.by_name["car"], True)


def test_the_order_of_counting_does_not_matter() -> None:
    assert draft_table(dict(reversed(COUNTS.items())), "data/mine") == draft_table(COUNTS, "data/mine")


def test_a_draft_is_a_table_once_written() -> None:
    table = draft_table(COUNTS, "labels.toml")
    assert parse_toml(table_toml(table), "labels.toml") == table


def test_a_name_that_no_label_can_have_is_refused() -> None:
    with pytest.raises(UsageError, match=r"data/mine: a control character in the name 'a\\nb'"):
        draft_table({"a\nb": 1}, "data/mine")


def test_rows_are_offered_only_for_names_that_a_table_can_have() -> None:
    names = ["", " ", "x" * 101, "a\x1bb", "tram"]
    assert [label.name for label in draft_labels(names, load_table("cityscapes"))] == ["tram"]
