"""Label tables in TOML: cityconv's own format, and that of the built-in tables.

A file has one table `[[labels]]` per label, or a list with one label per line:

    groups_need_instances = true   # optional: `<name>group` is a group only where the label has instances
    labels = [
        {name = "road", id = 0, trainId = 0, hasInstances = false, color = [128, 64, 128], level3Id = 0},
        {name = "car", id = 12, trainId = 9, category = "vehicle", color = [0, 0, 142], level3Id = 9},
    ]

The keys are those of cityscapesScripts' `helpers/labels.py`: `name`, `id`, `trainId`, `category`, `categoryId` (or
`catId`), `hasInstances`, `ignoreInEval`, `color`. Only `name` and `id` are required; `build_table` documents the
defaults. Any other key that ends in `Id` is an id scheme of the table, and required in every label.

An id is an integer from -1 to 65535. Objects of a label with the id -1 are not drawn, and no two other labels share an
id. They may share values in the other schemes, which merges them there.
"""

from __future__ import annotations

import tomllib
from typing import Any

from cityconv.errors import UsageError, quoted
from cityconv.source.labels.rows import ALIASES, KNOWN_KEYS, Row, build_table, is_own_scheme
from cityconv.source.labels.table import LabelTable

# A dotted key takes Python's parser memory with the square of its length; only names and comments need dots.
_MOST_DOTS = 5000


def parse_toml(text: str, file: str) -> LabelTable:
    """Return the label table that a TOML file has; the module docstring describes the format.

    Raises:
        UsageError: the text is not TOML, or not a label table.
    """
    document = _decode(text, file)
    labels = document.pop("labels", None)
    groups_need_instances = document.pop("groups_need_instances", False)
    if document:
        raise UsageError(f"{file}: unknown key {quoted(min(document))}")
    if not isinstance(labels, list) or not all(isinstance(label, dict) for label in labels):
        raise UsageError(f"{file}: expected tables, [[labels]]", 'for example: labels = [{name = "road", id = 0}]')
    if not isinstance(groups_need_instances, bool):
        raise UsageError(f"{file}: expected true or false - at `groups_need_instances`")
    rows = [Row(label, f"labels[{index}]") for index, label in enumerate(labels)]
    _check_keys(rows, file)
    return build_table(file, rows, groups_need_instances=groups_need_instances)


def _decode(text: str, file: str) -> dict[str, Any]:
    if text.count(".") > _MOST_DOTS:
        raise UsageError(f"{file}: more than {_MOST_DOTS:,} dots")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: {error}") from None
    except ValueError:
        raise UsageError(f"{file}: a number of too many digits") from None
    except RecursionError:
        raise UsageError(f"{file}: nested too deeply") from None


def _check_keys(rows: list[Row], file: str) -> None:
    for row in rows:
        for key in row.values:
            if key not in KNOWN_KEYS and key not in ALIASES and not is_own_scheme(key):
                raise UsageError(
                    f"{file}: unknown key {quoted(key)} - at `{row.path}`",
                    f"keys: {', '.join(KNOWN_KEYS)}, and id columns of your own, such as level3Id",
                )
