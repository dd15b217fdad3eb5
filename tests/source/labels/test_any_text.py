"""Whatever a file holds, it is a label table or refused with a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cityconv.errors import UsageError
from cityconv.source.labels.exports import parse_class_to_id, parse_label_colors
from cityconv.source.labels.python_file import parse_labels_py
from cityconv.source.labels.toml_file import parse_toml

if TYPE_CHECKING:
    from collections.abc import Callable

    from cityconv.source.labels.table import LabelTable

TOKENS = (
    *("labels", "Label", "name", "id", "xId", "color", "namedtuple", "class ", "import ", "def f():", "for x in "),
    *("=", "[", "]", "{", "}", "(", ")", ":", ",", ".", "*", "-", "\n", "\n    ", " ", "#", "'", '"', "\\", "\x1b"),
    *("0", "1", "255", "0x", "1e9", "nan", "true", "None", "'road'", '"car"', '"id"', "'Label', ['name', 'id']"),
    *("labels = [", "Label('a', 1)", "{name = 'a', id = 1}", '{"name": "a", "id": 1}', "0 0 142 car", "[[labels]]"),
)  # fmt: skip


@pytest.mark.parametrize("parse", [parse_toml, parse_labels_py, parse_class_to_id, parse_label_colors])
@example(text="\0")
@given(text=st.lists(st.sampled_from(TOKENS) | st.text(max_size=3), max_size=20).map("".join))
def test_any_text_is_read_or_refused(parse: Callable[[str, str], LabelTable], text: str) -> None:
    message = ""
    try:
        assert parse(text, "file").labels
    except UsageError as error:
        message = str(error)
    assert message.isprintable()
