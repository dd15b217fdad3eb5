"""Label tables by name, or from a TOML file, a `labels.py`, a `class_to_id.json` or a `label_colors.txt`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.errors import UsageError, quoted, suggestion
from cityconv.source.files import explain
from cityconv.source.labels.exports import parse_class_to_id, parse_label_colors
from cityconv.source.labels.python_file import parse_labels_py
from cityconv.source.labels.toml_file import parse_toml

if TYPE_CHECKING:
    from collections.abc import Callable

    from cityconv.source.labels.table import LabelTable

BUILT_IN = ("cityscapes", "idd", "kitti360")

_FOLDER = Path(__file__).parents[1] / "tables"
_LONGEST_FILE = 2**20  # bytes


def load_table(name_or_path: str) -> LabelTable:
    """Return a built-in label table, or the one in a file.

    Args:
        name_or_path: one of `BUILT_IN`, or the path of a `.toml`, `.py`, `.json` or `.txt` file.

    Raises:
        UsageError: there is no such table, or the file is unreadable, too large or not a valid label table; the message
            names the location in the file.
    """
    if name_or_path in BUILT_IN:
        return _built_in(name_or_path)
    path = Path(name_or_path)
    parse = _PARSERS.get(path.suffix.lower())
    if parse is None:
        raise UsageError(
            f"not a label table: {quoted(name_or_path)}",
            suggestion(
                name_or_path,
                BUILT_IN,
                f"built in: {', '.join(BUILT_IN)}; or a file: {', '.join('*' + suffix for suffix in _PARSERS)}",
            ),
        )
    return parse(_read_text(path), str(path))


@cache
def _built_in(name: str) -> LabelTable:
    path = _FOLDER / f"{name}.toml"
    return replace(parse_toml(_read_text(path), str(path)), name=name)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_FILE + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        raise UsageError(f"{path}: {explain(error)}") from None
    if len(content) > _LONGEST_FILE:
        raise UsageError(f"{path}: more than {_LONGEST_FILE:,} bytes")
    if b"\0" in content:
        raise UsageError(f"{path}: not UTF-8 text: a null byte")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}: not UTF-8 text: {error.reason} - at line {number}") from None


_PARSERS: dict[str, Callable[[str, str], LabelTable]] = {
    ".toml": parse_toml,
    ".py": parse_labels_py,
    ".json": parse_class_to_id,
    ".txt": parse_label_colors,
}
