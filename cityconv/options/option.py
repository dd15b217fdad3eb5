"""What a field of options says of itself, and the headings that help has."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, get_args, get_origin


class Heading(StrEnum):
    """The headings that options stand under in help, in this order."""

    FRAMES = "Frames"
    LABELS = "Labels and maps"
    OBJECTS = "Objects"
    OUTPUT = "Output"
    IMAGES = "Images"
    RUNNING = "Running"


@dataclass(frozen=True)
class Option:
    """What documentation and command line need to know of a field besides its name, type and default.

    Attributes:
        help: one or two sentences.
        heading: where help lists it.
        metavar: stands for the value in help; empty to derive it from the type.
        short: a short flag such as `-o`, or empty.
        flag: the flag, if it is not the name of the field.
        alias: another flag for the same, or empty.
        is_argument: whether it is a positional argument.
        variable: the environment variable that it is taken from when it is not given, or empty.
        shows_default: whether help shows the default value.
        in_python: whether functions have it too; what is printed is a matter of the command line.
    """

    help: str
    heading: Heading
    metavar: str = ""
    short: str = ""
    flag: str = ""
    alias: str = ""
    is_argument: bool = False
    variable: str = ""
    shows_default: bool = True
    in_python: bool = True


def choices_of(kind: object) -> tuple[str, ...]:
    """Return the values that a type allows if it is a `Literal` or an optional one, else nothing."""
    literals = (part for part in (kind, *get_args(kind)) if get_origin(part) is Literal)
    return get_args(next(literals, None))
