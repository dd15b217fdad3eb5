"""Recipes: TOML files that describe several outputs of one conversion."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cityconv.errors import UsageError, quoted, suggestion
from cityconv.formats import FORMATS
from cityconv.options import SOURCE_VARIABLE, FrameAndSubsetOutputOptions, Heading, Option
from cityconv.options.values import InvalidValueError, Options, options_from
from cityconv.source.toml import read_toml
from cityconv.storage.url import Location

if TYPE_CHECKING:
    from cityconv.formats.base import FormatOptions


@dataclass(frozen=True, kw_only=True)
class RecipeOptions:
    """Which recipe."""

    recipe: Annotated[
        Path, Option("A TOML file.", Heading.OUTPUT, metavar="RECIPE", is_argument=True, shows_default=False)
    ]
    out: Annotated[
        Location | None,
        Option(
            "The folder or URL to write to, in place of the recipe's.",
            Heading.OUTPUT,
            metavar="OUT",
            short="-o",
            alias="--output",
            shows_default=False,
        ),
    ] = None


_FOLDER = re.compile(r"\w[\w.+-]*")


def read_recipe(
    path: Path, out: Location | None = None
) -> tuple[FrameAndSubsetOutputOptions, dict[str, FormatOptions]]:
    """Return what a recipe says: the options of the whole, and those of each output by its name.

    Args:
        path: the recipe.
        out: where to write to, in place of the recipe's.

    Raises:
        UsageError: the file cannot be read, or something in it is wrong; the message names the key.
    """
    table = read_toml(path)
    outputs = table.pop("outputs", None)
    if not isinstance(outputs, dict) or not outputs or not all(isinstance(item, dict) for item in outputs.values()):
        raise UsageError(f"{path}: expected tables [outputs.NAME]", 'for example: [outputs.boxes] and format = "coco"')
    if source := os.environ.get(SOURCE_VARIABLE):
        table.setdefault("source", source)
    if out is not None:
        table["out"] = str(out)
    return _options(path, "", table, FrameAndSubsetOutputOptions), {
        name: _format_options(path, name, item) for name, item in outputs.items()
    }


def _format_options(path: Path, name: str, table: dict[str, Any]) -> FormatOptions:
    if not _FOLDER.fullmatch(name):
        raise UsageError(f"{path}: {quoted(name)} cannot name a folder - at `outputs`")
    format_name = table.pop("format", name)
    if not isinstance(format_name, str) or format_name not in FORMATS:
        raise UsageError(
            f"{path}: unknown format {quoted(str(format_name))} - at `outputs.{name}.format`",
            suggestion(str(format_name), FORMATS),
        )
    return _options(path, f"outputs.{name}.", table, FORMATS[format_name])


def _options(path: Path, prefix: str, table: dict[str, Any], group: type[Options]) -> Options:
    """Return options from the keys of a table, which are spelled as on the command line."""
    known = {item.name.replace("_", "-"): item.name for item in fields(group)}  # type: ignore[arg-type]  # all are dataclasses
    for key in table:
        if key not in known:
            raise UsageError(
                f"{path}: unknown key - at `{prefix}{key}`", suggestion(key, known, f"available: {', '.join(known)}")
            )
    values = {known[key]: value for key, value in table.items()}
    try:
        return options_from(values, group)
    except InvalidValueError as error:
        place = f" - at `{prefix}{error.name.replace('_', '-')}`" if error.name else ""
        raise UsageError(f"{path}: {error}{place}", error.hint) from None
