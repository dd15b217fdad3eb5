"""Label tables in TOML: what may be left out, what is refused, and that text and table are the same."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityconv.errors import UsageError
from cityconv.source.labels.files import load_table
from cityconv.source.labels.table import Label, LabelTable
from cityconv.source.labels.text import table_rows, table_toml
from cityconv.source.labels.toml_file import parse_toml
from tests.source.labels.tables import complaint, load

if TYPE_CHECKING:
    from pathlib import Path

TABLES = """
[[labels]]
name = "road"
id = 7
[[labels]]
name = "unlabeled"
id = 0
[[labels]]
name = "car"
id = 26
category = "vehicle"
color = [0, 0, 142]
[[labels]]
name = "bus"
id = 28
category = "vehicle"
"""


def test_only_name_and_id_are_required(tmp_path: Path) -> None:
    assert load(tmp_path, "mine.toml", TABLES).labels == (
        Label("road", 7, 0, "road", 0, True, False, (128, 0, 0)),
        Label("unlabeled", 0, 255, "void", 1, False, True, (0, 0, 0)),
        Label("car", 26, 1, "vehicle", 2, True, False, (0, 0, 142)),
        Label("bus", 28, 2, "vehicle", 2, True, False, (0, 128, 0)),
    )


def test_the_file_names_the_table(tmp_path: Path) -> None:
    assert load(tmp_path, "mine.toml", TABLES).name == "mine.toml"


def test_a_train_id_that_some_rows_leave_out_is_255(tmp_path: Path) -> None:
    table = load(tmp_path, "mine.toml", TABLES.replace("id = 7", "id = 7\ntrainId = 0"))
    assert [label.train_id for label in table.labels] == [0, 255, 255, 255]


def test_train_ids_that_nobody_gives_pass_over_255_and_what_is_not_trained() -> None:
    rows = "".join(f'{{name = "{number}", id = {number}}},\n' for number in range(300))
    ignored = '{name = "ignored", id = 500, ignoreInEval = true}, {name = "plate", id = -1},\n'
    labels = parse_toml(f"labels = [\n{ignored}{rows}]", "mine.toml").labels
    assert [label.train_id for label in labels] == [255, 255, *range(255), *range(256, 301)]


def test_lists_with_a_label_a_line_and_further_columns(tmp_path: Path) -> None:
    table = load(
        tmp_path,
        "mine.toml",
        "\ufeffgroups_need_instances = true\nlabels = [\n"
        '{name = "road", id = 0, catId = 5, hasInstances = false, level3Id = 1, xId = 9},\n'
        '{name = "car", id = 1, categoryId = 6, level3Id = 2, xId = -1},  # a comment\n]\n',
    )
    assert table.more_schemes == ("level3Id", "xId")
    assert [label.more for label in table.labels] == [(1, 9), (2, -1)]
    assert [label.category_id for label in table.labels] == [5, 6]
    assert table.find("roadgroup") is None


def test_colors_that_are_left_out_differ_from_all_others() -> None:
    rows = "".join(f'{{name = "{number}", id = {number}}},\n' for number in range(1000))
    labels = parse_toml(f'labels = [{{name = "red", id = 5000, color = [128, 0, 0]}},\n{rows}]', "mine.toml").labels
    assert len({label.color for label in labels}) == 1001
    first = [label.color for label in labels[:50]]
    distances = [max(abs(a - b) for a, b in zip(one, two, strict=True)) for one in first for two in first if one != two]
    assert min(distances) >= 64


FLAG = "must be true or false"
RANGE = "must be an integer from -1 to 65535"
COLOR = "color must be three integers from 0 to 255 - at `labels[1].color`"


def row(text: str) -> str:
    return f'labels = [{{name = "road", id = 1}},\n{{{text}}}]'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected tables, [[labels]]"),
        ("labels = []", "no labels"),
        ("labels = 3", "expected tables, [[labels]]"),
        ("labels = [1]", "expected tables, [[labels]]"),
        ("[labels]\nname = 'car'", "expected tables, [[labels]]"),
        ("label = []", "unknown key 'label'"),
        ("groups_need_instances = 1\nlabels = []", "expected true or false - at `groups_need_instances`"),
        ("labels = [", "Invalid value (at end of document)"),
        (row("id = 2"), "missing name - at `labels[1].name`"),
        (row('name = "a"'), "missing id - at `labels[1].id`"),
        (row('name = 3, id = 2'), "expected a name - at `labels[1].name`"),
        (row('name = " ", id = 2'), "expected a name - at `labels[1].name`"),
        (row('name = "a\\nb", id = 2'), "a control character in the name 'a\\nb' - at `labels[1].name`"),
        (row('name = "a\\u0085b", id = 2'), "a control character in the name 'a\\x85b' - at `labels[1].name`"),
        (row('name = "a\\u2028b", id = 2'), "a control character in the name 'a\\u2028b' - at `labels[1].name`"),
        (row('name = "a", id = 2, category = "\\t"'), "expected a name - at `labels[1].category`"),
        (row('name = "road", id = 2'), "duplicate name 'road' - at `labels[1].name`"),
        (row('name = "a", id = 1'), "'a' has the id 1 of 'road' - at `labels[1].id`"),
        (row('name = "a", id = -2'), f"id {RANGE} - at `labels[1].id`"),
        (row('name = "a", id = 65536'), f"id {RANGE} - at `labels[1].id`"),
        (row('name = "a", id = 2.0'), f"id {RANGE} - at `labels[1].id`"),
        (row('name = "a", id = nan'), f"id {RANGE} - at `labels[1].id`"),
        (row('name = "a", id = true'), f"id {RANGE} - at `labels[1].id`"),
        (row(f'name = "a", id = {"9" * 900}'), f"id {RANGE} - at `labels[1].id`"),
        (row(f'name = "a", id = 0x{"f" * 900}'), f"id {RANGE} - at `labels[1].id`"),
        (row('name = "a", id = 2, trainId = "0"'), f"trainId {RANGE} - at `labels[1].trainId`"),
        (row('name = "a", id = 2, catId = 0'), "missing categoryId - at `labels[0].categoryId`"),
        (row('name = "a", id = 2, level3Id = 0'), "missing level3Id - at `labels[0].level3Id`"),
        (row('name = "a", id = 2, hasInstances = 1'), f"hasInstances {FLAG} - at `labels[1].hasInstances`"),
        (row('name = "a", id = 2, ignoreInEval = 0'), f"ignoreInEval {FLAG} - at `labels[1].ignoreInEval`"),
        (row('name = "a", id = 2, color = [0, 0]'), COLOR),
        (row('name = "a", id = 2, color = [0, 0, 256]'), COLOR),
        (row('name = "a", id = 2, color = [0, 0, true]'), COLOR),
        (row('name = "a", id = 2, color = "red"'), COLOR),
        (row('name = "a", id = 2, hasInstance = true'), "unknown key 'hasInstance' - at `labels[1]`"),
        (row('name = "a", id = 2, labelId = 3'), "unknown key 'labelId' - at `labels[1]`"),
        (row('name = "a", id = 2, "../xId" = 3'), "unknown key '../xId' - at `labels[1]`"),
    ],
)  # fmt: skip
def test_a_broken_table_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    assert complaint(tmp_path, "mine.toml", text) == problem


def test_rows_that_are_not_drawn_may_share_the_id_minus_1(tmp_path: Path) -> None:
    table = load(tmp_path, "mine.toml", 'labels = [{name = "a", id = -1}, {name = "b", id = -1}]')
    assert [label.id for label in table.labels] == [-1, -1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"labels = [\n" + b'{name="road",id=1},\n' * 60_000 + b"]", "more than 1,048,576 bytes"),
        ("labels = [\n" + "{},\n" * 70_000 + "]", "more than 65,535 labels"),
        ("labels = " + "[" * 500 + "]" * 500, "nested too deeply"),
        ("a" + ".a" * 5000 + " = 1", "unknown key 'a'"),
        ("a" + ".a" * 5001 + " = 1", "more than 5,000 dots"),
        ("labels = " + "9" * 5000, "a number of too many digits"),
        (b"\xff\xfel\0a\0", "not UTF-8 text: a null byte"),
        (b"labels = []\n\xe4", "not UTF-8 text: unexpected end of data - at line 2"),
    ],
)
def test_files_beyond_all_measure_are_refused(tmp_path: Path, content: str | bytes, problem: str) -> None:
    assert complaint(tmp_path, "mine.toml", content) == problem


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    for name, problem in [
        ("folder.toml", "is a directory"),
        ("missing.toml", "no such file or directory"),
        ("null\0.toml", "embedded null byte"),
    ]:
        with pytest.raises(UsageError, match=problem):
            load_table(str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ide", "did you mean 'idd'?"),
        ("Cityscapes", "did you mean 'cityscapes'?"),
        *(
            (name, "built in: cityscapes, idd, kitti360; or a file: *.toml, *.py, *.json, *.txt")
            for name in ("", "labels.yaml", ".")
        ),
    ],
)
def test_what_is_neither_a_name_nor_a_file_of_labels_is_refused(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match="not a label table") as caught:
        load_table(name)
    assert caught.value.hint == hint


# Names as they may be drawn: quotes, backslashes, any letter, but no control characters.
NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=100).filter(str.strip)
VALUES = st.integers(-1, 65_535)
COLORS = st.tuples(*[st.integers(0, 255)] * 3)
SCHEMES = st.lists(
    st.text(string.ascii_letters + string.digits + "_", max_size=10).map(lambda text: f"x{text}Id"),
    max_size=3,
    unique=True,
)


@st.composite
def label_tables(draw: st.DrawFn) -> LabelTable:
    schemes = tuple(draw(SCHEMES))
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    ids = draw(st.lists(st.integers(0, 65_535), min_size=len(names), max_size=len(names), unique=True))
    more = st.tuples(*[VALUES] * len(schemes))
    rows = st.builds(Label, NAMES, VALUES, VALUES, NAMES, VALUES, st.booleans(), st.booleans(), COLORS, more)
    labels = [draw(rows)._replace(name=name, id=label_id) for name, label_id in zip(names, ids, strict=True)]
    return LabelTable("mine.toml", tuple(labels), schemes, draw(st.booleans()))


@given(label_tables())
def test_a_table_written_as_toml_reads_back_the_same(table: LabelTable) -> None:
    assert parse_toml(table_toml(table), "a/mine.toml") == table


@given(label_tables())
def test_printed_rows_have_a_cell_for_each_column(table: LabelTable) -> None:
    head, *rows = table_rows(table)
    assert head[:8] == ("name", "id", "trainId", "category", "categoryId", "hasInstances", "ignoreInEval", "color")
    assert head[8:] == table.more_schemes
    assert [row[0] for row in rows] == [label.name for label in table.labels]
    assert all(len(row) == len(head) and "\t" not in "".join(row) for row in rows)


def test_a_printed_row_says_yes_and_no() -> None:
    rows = list(table_rows(load_table("cityscapes")))
    assert rows[27] == ("car", "26", "13", "vehicle", "7", "yes", "no", "0,0,142")


def test_a_table_is_one_line_a_label_as_toml() -> None:
    table = LabelTable("mine", (Label('a "b"\\', 1, 0, "void", 2, True, False, (1, 2, 3), (4,)),), ("xId",), True)
    assert table_toml(table) == (
        "groups_need_instances = true\n"
        "labels = [\n"
        '    {name = "a \\"b\\"\\\\", id = 1, trainId = 0, category = "void", categoryId = 2, hasInstances = true,'
        " ignoreInEval = false, color = [1, 2, 3], xId = 4},\n"
        "]\n"
    )
