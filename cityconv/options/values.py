"""From loose values, as recipes and functions have them, to checked options."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_type_hints

import msgspec

from cityconv.errors import quoted, suggestion
from cityconv.options.option import choices_of
from cityconv.storage.url import Location, StoreUrl, parse_location

if TYPE_CHECKING:
    from collections.abc import Mapping

Options = TypeVar("Options")


class InvalidValueError(Exception):
    """A value is wrong.

    Attributes:
        name: the field of the options.
        hint: what may have been meant; may be empty.
    """

    def __init__(self, message: str, name: str, hint: str) -> None:
        super().__init__(message)
        self.name = name
        self.hint = hint


def options_from(values: Mapping[str, object], group: type[Options]) -> Options:
    """Return options after a check of types and ranges.

    Args:
        values: the values, by the names of fields.
        group: the option class.

    Raises:
        InvalidValueError: a value is wrong or missing.
    """
    try:
        return msgspec.convert(dict(values), group, dec_hook=_location)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        name = where.rstrip("`")
        hint = ""
        if choices := choices_of(get_type_hints(group).get(name)):
            what = f"unknown value {quoted(str(values[name]))}"
            hint = suggestion(str(values[name]), choices)
        raise InvalidValueError(what, name, hint) from None


def _location(kind: object, value: object) -> Location:
    if isinstance(value, StoreUrl):
        return value
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"Expected `str`, got `{type(value).__name__}`")
    path = os.fspath(value)
    if not path:
        raise TypeError("Expected a path, got an empty string")
    if "\0" in path:
        raise TypeError("Expected a path, got one with a null character")
    location = parse_location(path)
    if kind is not Location and not isinstance(location, Path):
        raise TypeError("Expected a path, got the URL of a store")
    return location


def paths_of(*options: object) -> list[Path]:
    """Return the paths among the values of option classes, and that of a label table that is a file."""
    values = [value for group in options for value in vars(group).values() if isinstance(value, Path)]
    tables = [Path(table) for group in options if isinstance(table := vars(group).get("labels"), str)]
    return values + [table for table in tables if table.suffix]  # built-in tables have none
