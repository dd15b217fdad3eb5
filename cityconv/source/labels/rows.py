"""The rows of a label file: checks, defaults, and the table made of them."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from cityconv.errors import UsageError, quoted
from cityconv.source.labels.colors import distinct_colors
from cityconv.source.labels.table import BACKGROUND_NAME, VOID_TRAIN_ID, Label, LabelTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cityconv.source.labels.table import Color

MAX_LABELS = 65_535
MAX_VALUE = 65_535  # the largest value of a 16-bit map
MAX_NAME_LENGTH = 100  # characters

KNOWN_KEYS = ("name", "id", "trainId", "category", "categoryId", "hasInstances", "ignoreInEval", "color")
ALIASES = {"catId": "categoryId", "level2IdName": "category"}  # the latter in AutoNUE/public-code
_ID_KEY = re.compile(r"[A-Za-z]\w{0,47}Id", re.ASCII)
# The maps of a scheme xId are called labelxIds and instancexIds. These schemes would take the names of standard maps.
_RESERVED_KEYS = {"TrainId", "labelId", "labelTrainId", "instanceId", "instanceTrainId"}
_CONTROL_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}  # control characters, lone surrogates, line and paragraph separators


class Row(NamedTuple):
    """One label of a file, unchecked.

    Attributes:
        values: the values by key: `KNOWN_KEYS`, `ALIASES` and further id columns. Other keys are ignored.
        path: the location in a structured file, such as `labels[3]`.
        line: the line in any other file, from 1; 0 in a structured one.
    """

    values: Mapping[str, object]
    path: str = ""
    line: int = 0

    def place(self, key: str) -> str:
        """Return the location of a value, for messages."""
        return f"line {self.line}" if self.line else f"`{self.path}.{key}`"


def is_own_scheme(key: str) -> bool:
    """Return whether a key names an id scheme of the table's own, such as `level3Id`."""
    return key not in KNOWN_KEYS and key not in _RESERVED_KEYS and bool(_ID_KEY.fullmatch(key))


def is_name(text: str) -> bool:
    """Return whether a text can be a name in a label table."""
    return bool(text.strip()) and len(text) <= MAX_NAME_LENGTH and not _has_control_character(text)


def _has_control_character(text: str) -> bool:
    return any(unicodedata.category(character) in _CONTROL_CATEGORIES for character in text)


def build_table(file: str, rows: Iterable[Row], *, groups_need_instances: bool = False) -> LabelTable:
    """Return the label table of some rows.

    Defaults for missing values:

    * `trainId`: 255. If no row has a train id, the labels that are drawn and evaluated are numbered 0, 1, ... in order,
      skipping 255.
    * `category`: the label's own name.
    * `categoryId`: if no row has one, categories are numbered 0, 1, ... in order of appearance. Otherwise all rows need
      one.
    * `hasInstances`: true. `ignoreInEval`: false. `color`: a color that no other row has.
    * For the row `unlabeled`, which is the background: category `void`, no instances, not evaluated, black.

    Args:
        file: the path of the file, for messages; its last part becomes the name of the table.
        rows: the rows in order.
        groups_need_instances: see `LabelTable`.

    Raises:
        UsageError: there are no labels or more than 65,535, a value is missing or invalid, or two rows share a name or
            an id.
    """
    rows = list(islice(rows, MAX_LABELS + 1))
    if not rows:
        raise UsageError(f"{file}: no labels")
    if len(rows) > MAX_LABELS:
        raise UsageError(f"{file}: more than {MAX_LABELS:,} labels")
    rows = [row._replace(values={ALIASES.get(key, key): row.values[key] for key in row.values}) for row in rows]
    more_schemes = tuple(dict.fromkeys(key for row in rows for key in row.values if is_own_scheme(key)))
    builder = _Builder(file, rows, more_schemes)
    labels = tuple(map(builder.label, rows))
    _check_unique(file, rows, labels)
    return LabelTable(Path(file).name, labels, more_schemes, groups_need_instances)


class _Builder:
    """Turns rows into labels, in order, with the defaults that depend on all rows."""

    def __init__(self, file: str, rows: list[Row], more_schemes: tuple[str, ...]) -> None:
        self._file = file
        self._more_schemes = more_schemes
        self._train_ids = None if _has(rows, "trainId") else (n for n in range(MAX_LABELS + 1) if n != VOID_TRAIN_ID)
        self._category_ids: dict[str, int] | None = None if _has(rows, "categoryId") else {}
        self._colors = distinct_colors({color for row in rows if (color := _as_color(row.values.get("color")))})

    def label(self, row: Row) -> Label:
        name = self._name(row, "name")
        is_background = name == BACKGROUND_NAME
        label_id = self._number(row, "id")
        category = self._name(row, "category", "void" if is_background else name)
        has_instances = self._flag(row, "hasInstances", default=not is_background)
        ignore_in_eval = self._flag(row, "ignoreInEval", default=is_background)
        return Label(
            name,
            label_id,
            self._train_id(row, is_trained=label_id >= 0 and not ignore_in_eval),
            category,
            self._category_id(row, category),
            has_instances,
            ignore_in_eval,
            self._color(row, (0, 0, 0) if is_background else None),
            tuple(self._number(row, scheme) for scheme in self._more_schemes),
        )

    def _train_id(self, row: Row, *, is_trained: bool) -> int:
        if self._train_ids is None:
            return self._number(row, "trainId", VOID_TRAIN_ID)
        return next(self._train_ids) if is_trained else VOID_TRAIN_ID

    def _category_id(self, row: Row, category: str) -> int:
        if self._category_ids is None:
            return self._number(row, "categoryId")
        return self._category_ids.setdefault(category, len(self._category_ids))

    def _name(self, row: Row, key: str, default: str | None = None) -> str:
        value = self._value(row, key, default)
        if not isinstance(value, str) or not value.strip():
            self._refuse(row, key, "expected a name")
        if len(value) > MAX_NAME_LENGTH:
            self._refuse(row, key, f"a name of more than {MAX_NAME_LENGTH} characters: {quoted(value)}")
        if _has_control_character(value):
            self._refuse(row, key, f"a control character in the name {quoted(value)}")
        return value

    def _number(self, row: Row, key: str, default: int | None = None) -> int:
        value = self._value(row, key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not -1 <= value <= MAX_VALUE:
            self._refuse(row, key, f"{key} must be an integer from -1 to {MAX_VALUE}")
        return value

    def _flag(self, row: Row, key: str, *, default: bool) -> bool:
        value = self._value(row, key, default)
        if not isinstance(value, bool):
            self._refuse(row, key, f"{key} must be true or false")
        return value

    def _color(self, row: Row, default: Color | None) -> Color:
        value = row.values.get("color", default)
        if value is None:
            return next(self._colors)
        return _as_color(value) or self._refuse(row, "color", "color must be three integers from 0 to 255")

    def _value(self, row: Row, key: str, default: object) -> object:
        value = row.values.get(key, default)
        return self._refuse(row, key, f"missing {key}") if value is None else value

    def _refuse(self, row: Row, key: str, problem: str) -> NoReturn:
        raise UsageError(f"{self._file}: {problem} - at {row.place(key)}")


def _has(rows: list[Row], key: str) -> bool:
    return any(key in row.values for row in rows)


def _as_color(value: object) -> Color | None:
    if not isinstance(value, (list, tuple)) or [type(part) for part in value] != [int, int, int]:
        return None
    red, green, blue = value
    return (red, green, blue) if all(0 <= part <= 255 for part in value) else None


def _check_unique(file: str, rows: list[Row], labels: tuple[Label, ...]) -> None:
    names: set[str] = set()
    owners: dict[int, str] = {}
    for row, label in zip(rows, labels, strict=True):
        if label.name in names:
            raise UsageError(f"{file}: duplicate name {quoted(label.name)} - at {row.place('name')}")
        names.add(label.name)
        if label.id >= 0 and (owner := owners.setdefault(label.id, label.name)) != label.name:
            raise UsageError(
                f"{file}: {quoted(label.name)} has the id {label.id} of {quoted(owner)} - at {row.place('id')}"
            )
