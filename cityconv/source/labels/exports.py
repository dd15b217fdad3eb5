"""Label tables of labeling tools: Supervisely's `class_to_id.json`, datumaro's `label_colors.txt`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from cityconv.errors import UsageError, quoted
from cityconv.source.labels.rows import Row, build_table

if TYPE_CHECKING:
    from cityconv.source.labels.table import LabelTable

_COLOR_AND_NAME = re.compile(r"(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\s+(\S.*)", re.ASCII)
_NUMBERS = re.compile(r"\d+\s+\d+\s", re.ASCII)
_BLACK = (0, 0, 0)


def parse_class_to_id(text: str, file: str) -> LabelTable:
    """Return the label table of a `class_to_id.json`, as Supervisely's Cityscapes export writes it.

    It is a list of objects with `name`, `id` and, optionally, `color` (in early exports `label`, `label_id`). A
    mapping from names to ids or to such objects is read too. Ids count from 1; the background, 0, has no entry.

    Raises:
        UsageError: the text is not JSON, or not such a table.
    """
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except _DuplicateKeyError as error:
        raise UsageError(f"{file}: duplicate key {quoted(str(error))}") from None
    except json.JSONDecodeError as error:
        raise UsageError(f"{file}: not JSON: {error}") from None
    except ValueError:
        raise UsageError(f"{file}: a number of too many digits") from None
    except RecursionError:
        raise UsageError(f"{file}: nested too deeply") from None
    if isinstance(document, dict):
        entries = {name: value if isinstance(value, dict) else {"id": value} for name, value in document.items()}
        rows = [Row({**_known(entry), "name": name}, f"$[{quoted(name)}]") for name, entry in entries.items()]
    elif isinstance(document, list) and all(isinstance(entry, dict) for entry in document):
        rows = [Row(_known(entry), f"$[{index}]") for index, entry in enumerate(document)]
    else:
        raise UsageError(f"{file}: expected a list of objects with `name` and `id`, or a mapping from names to ids")
    return build_table(file, rows)


class _DuplicateKeyError(Exception):
    """A JSON object has a duplicate key."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entry: dict[str, object] = {}
    for key, value in pairs:
        if key in entry:
            raise _DuplicateKeyError(key)
        entry[key] = value
    return entry


def _known(entry: dict[str, object]) -> dict[str, object]:
    names = {"name": "name", "label": "name", "id": "id", "label_id": "id", "color": "color"}
    return {names[key]: value for key, value in entry.items() if key in names}


def parse_label_colors(text: str, file: str) -> LabelTable:
    """Return the label table of a `label_colors.txt`, as datumaro and CVAT write it: `r g b name` a line.

    Ids are those of datumaro's reader (`plugins/data_formats/cityscapes.py`): labels count from 0 in the order of the
    file, and the first black one is the background. If none is black, a label `background` comes first. A line that
    begins with `#` is a comment. A color may be missing.

    Raises:
        UsageError: a line is neither a color and a name nor a name.
    """
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        entry = line.strip()
        if entry and not entry.startswith("#"):
            rows.append(Row(_parse_line(entry, f"{file}: expected `r g b name` - at line {number}"), line=number))
    if rows:
        rows = _with_background(rows)
    return build_table(file, (row._replace(values={**row.values, "id": index}) for index, row in enumerate(rows)))


def _parse_line(entry: str, complaint: str) -> dict[str, object]:
    if match := _COLOR_AND_NAME.fullmatch(entry):
        return {"name": match[4], "color": tuple(map(int, match.groups()[:3]))}
    if _NUMBERS.match(entry):
        raise UsageError(complaint)
    return {"name": entry}


def _with_background(rows: list[Row]) -> list[Row]:
    black = next((row for row in rows if row.values.get("color") == _BLACK), None)
    background = black or next((row for row in rows if row.values["name"] == "background"), None)
    if background is None:
        background = Row({"name": "background", "color": _BLACK}, line=rows[0].line)
    void = background._replace(values={**background.values, "hasInstances": False, "ignoreInEval": True})
    if black:
        return [void if row is black else row for row in rows]
    return [void, *(row for row in rows if row is not background)]
