"""`cityconv run`: several outputs from one pass over the frames, as a recipe describes them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from cityconv.cli.convert import FormatOptions, run_conversion
from cityconv.errors import UsageError, quoted
from cityconv.formats.coco.options import CocoOptions
from cityconv.formats.labelmap.options import LabelMapOptions
from cityconv.formats.panoptic.options import PanopticOptions
from cityconv.formats.voc.options import VocOptions
from cityconv.formats.yolo.options import YoloOptions
from cityconv.options import SOURCE_VARIABLE, DividedOutputOptions, RunOptions
from cityconv.source.toml import read_toml

Options = TypeVar("Options")

_FORMATS: dict[str, type[FormatOptions]] = {
    "coco": CocoOptions,
    "panoptic": PanopticOptions,
    "yolo": YoloOptions,
    "voc": VocOptions,
    "labelmap": LabelMapOptions,
}
_FOLDER = re.compile(r"\w[\w.+-]*")


@dataclass(frozen=True, kw_only=True)
class RecipeOptions:
    """Which recipe."""

    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", show_default=False, help="A TOML file.")]


def run(recipe: RecipeOptions, run: RunOptions) -> None:
    """Write several outputs from one pass over the frames.

    The recipe has the options of the commands as keys: source, out, split, images and the like at the top, and a table
    [outputs.NAME] for each output with its format and that format's options. It goes to the folder NAME below out.
    Paths are relative to the current directory.
    """
    output, formats = read_recipe(recipe.recipe)
    run_conversion(output, formats, run, in_folders=True)


def read_recipe(path: Path) -> tuple[DividedOutputOptions, dict[str, FormatOptions]]:
    """Return what a recipe says.

    Raises:
        UsageError: it is unreadable, or something in it is wrong; the message names the key.
    """
    table = read_toml(path)
    outputs = table.pop("outputs", None)
    if not isinstance(outputs, dict) or not outputs or not all(isinstance(item, dict) for item in outputs.values()):
        raise UsageError(
            f"{path}: expected tables [outputs.NAME]", 'such as: [outputs.boxes], below it format = "coco"'
        )
    if SOURCE_VARIABLE in os.environ:
        table.setdefault("source", os.environ[SOURCE_VARIABLE])
    return _options(path, "", table, DividedOutputOptions), {
        name: _format_options(path, name, item) for name, item in outputs.items()
    }


def _format_options(path: Path, name: str, table: dict[str, Any]) -> FormatOptions:
    if not _FOLDER.fullmatch(name):
        raise UsageError(f"{path}: {quoted(name)} cannot name a folder - at `outputs`")
    chosen = table.pop("format", name)
    if not isinstance(chosen, str) or chosen not in _FORMATS:
        raise UsageError(
            f"{path}: no format {quoted(str(chosen))} - at `outputs.{name}.format`", f"formats: {', '.join(_FORMATS)}"
        )
    return _options(path, f"outputs.{name}.", table, _FORMATS[chosen])


def _options(path: Path, place: str, table: dict[str, Any], group: type[Options]) -> Options:
    """Return the options that a table has as keys, `-` in them as on the command line."""
    import msgspec

    def convert_path(_: type, value: object) -> Path:
        if not isinstance(value, str):
            raise TypeError(f"Expected `str`, got `{type(value).__name__}`")
        if "\0" in value:
            raise TypeError("Expected a path, got a null character in it")
        return Path(value)

    known = {item.name.replace("_", "-"): item.name for item in fields(group)}  # type: ignore[arg-type]  # all are dataclasses
    for key in table:
        if key not in known:
            raise UsageError(f"{path}: unknown key - at `{place}{key}`", f"keys here: {', '.join(known)}")
    values = {known[key]: value for key, value in table.items()}
    try:
        return msgspec.convert(values, group, dec_hook=convert_path)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        key = where.rstrip("`").replace("_", "-")
        raise UsageError(f"{path}: {what}" + (f" - at `{place}{key}`" if key else "")) from None
