"""A label table as text: to print, as TOML, and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cityconv.source.labels.table import Label, LabelTable


def table_rows(table: LabelTable) -> Iterator[tuple[str, ...]]:
    """Yield the cells of a printed table: the column names, then one row per label."""
    columns = ("name", "id", "trainId", "category", "categoryId", "hasInstances", "ignoreInEval", "color")
    yield (*columns, *table.more_schemes)
    for label in table.labels:
        flags = ("yes" if flag else "no" for flag in (label.has_instances, label.ignore_in_eval))
        color = ",".join(map(str, label.color))
        ids = (label.id, label.train_id, label.category, label.category_id)
        yield (label.name, *map(str, ids), *flags, color, *map(str, label.more))


def table_toml(table: LabelTable) -> str:
    """Return a table as the text of a TOML file, from which `load_table` reads the same labels."""
    head = "groups_need_instances = true\n" if table.groups_need_instances else ""
    rows = "".join(f"    {label_toml(label, table.more_schemes)},\n" for label in table.labels)
    return f"{head}labels = [\n{rows}]\n"


def label_toml(label: Label, more_schemes: tuple[str, ...] = ()) -> str:
    """Return a label as an inline table of TOML, on one line."""
    pairs = _fields(label, more_schemes).items()
    return "{" + ", ".join(f"{key} = {_toml_value(value)}" for key, value in pairs) + "}"


def table_json(table: LabelTable) -> str:
    """Return a table as JSON: an array with one object per label on each line, with the keys of a TOML table."""
    rows = ",\n".join(json.dumps(_fields(label, table.more_schemes), ensure_ascii=False) for label in table.labels)
    return f"[\n{rows}\n]"


def _fields(label: Label, more_schemes: tuple[str, ...]) -> dict[str, str | int | bool | list[int]]:
    return {
        "name": label.name,
        "id": label.id,
        "trainId": label.train_id,
        "category": label.category,
        "categoryId": label.category_id,
        "hasInstances": label.has_instances,
        "ignoreInEval": label.ignore_in_eval,
        "color": list(label.color),
        **dict(zip(more_schemes, label.more, strict=True)),
    }


def _toml_value(value: str | int | bool | list[int]) -> str:
    """Return a value as TOML. Names contain no control characters."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value).lower()
