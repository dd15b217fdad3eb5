"""How large input may be: what goes beyond is refused before it costs memory or time.

The defaults are some twenty times what the largest frame of the release needs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

from cityconv.errors import UsageError, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = "CITYCONV_MAX_"  # what the environment variables begin with that change the limits
_MOST_DIGITS = 18


@dataclass(frozen=True)
class Limits:
    """The limits, each changed by the variable of its name: CITYCONV_MAX_PIXELS and so on.

    Attributes:
        annotation_bytes: size of one annotation file.
        file_bytes: size of any other file that is read, such as an image that is copied.
        pixels: height times width of an image.
        crossings: how often the edges of all polygons of a frame cross the middle of a row.
    """

    annotation_bytes: int = 16 * 2**20
    file_bytes: int = 256 * 2**20
    pixels: int = 2**24
    crossings: int = 2_000_000


@cache
def limits() -> Limits:
    """Return the limits, as far as the environment has them otherwise.

    Raises:
        UsageError: a variable that begins as those of limits do is none, or no number.
    """
    return read_limits(os.environ)


def read_limits(environment: Mapping[str, str]) -> Limits:
    """Return the limits that an environment says; see `limits`."""
    names = {variable(item.name): item.name for item in fields(Limits)}
    changed = {}
    for name, value in environment.items():
        if not name.startswith(VARIABLES):
            continue
        if name not in names:
            raise UsageError(f"{name}: no such limit", f"limits: {', '.join(names)}")
        if not (value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS and int(value)):
            raise UsageError(f"{name}: {quoted(value)} is no whole number above 0")
        changed[names[name]] = int(value)
    return Limits(**changed)


def variable(limit: str) -> str:
    """Return the environment variable of a limit, given by the name of its attribute."""
    return VARIABLES + limit.upper()


def excess(number: int, what: str, limit: str) -> str | None:
    """Return in words that so many of something are beyond a limit, and which; None when they are not."""
    most: int = getattr(limits(), limit)
    return f"{number:,} {what} are more than the {most:,} of {variable(limit)}" if number > most else None
