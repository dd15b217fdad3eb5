"""A label table as text: to print, and as TOML."""

from __future__ import annotations

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
    pairs = {
        "name": _quote(label.name),
        "id": label.id,
        "trainId": label.train_id,
        "category": _quote(label.category),
        "categoryId": label.category_id,
        "hasInstances": str(label.has_instances).lower(),
        "ignoreInEval": str(label.ignore_in_eval).lower(),
        "color": list(label.color),
        **dict(zip(more_schemes, label.more, strict=True)),
    }
    return "{" + ", ".join(f"{key} = {value}" for key, value in pairs.items()) + "}"


def _quote(text: str) -> str:
    """Return a name as a TOML string. Names contain no control characters."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
