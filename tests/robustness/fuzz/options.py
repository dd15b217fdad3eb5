"""Random options of any format, derived from the fields of its option class."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from cityconv.formats.base import FormatOptions

# Fields with other types than literals keep their defaults, unless they are listed here.
_VALUES: dict[str, Sequence[Any]] = {
    "classes": (None, "things", "eval", "labels", "raw", "car,person,road", "license plate,car", "cargroup,sky,bus"),
    "groups": ("crowd", "crowd", "crowd", "crowd", "drop", "merge", "class"),
    "min_area": (1, 1, 2, 7, 40),
    "kind": (None, *([kind] for kind in LabelMapKind), list(LabelMapKind)),
}


def random_options(chance: Random, options_type: type[FormatOptions]) -> FormatOptions:
    """Return options with random values. They may contradict each other."""
    return options_type(**{name: chance.choice(values) for name, values in _choices(options_type).items()})


@cache
def _choices(options_type: type[FormatOptions]) -> dict[str, Sequence[Any]]:
    hints = get_type_hints(options_type)
    values = {field.name: _VALUES.get(field.name) or _literals(hints[field.name]) for field in fields(options_type)}
    return {name: some for name, some in values.items() if some}


def _literals(hint: Any) -> list[object]:
    """Return the values of a type made of literals and None; empty for any other type."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    if get_origin(hint) not in (Annotated, Union, UnionType):
        return []
    values = [value for part in get_args(hint) for value in _literals(part)]
    return [*values, None] if values and NoneType in get_args(hint) else values
