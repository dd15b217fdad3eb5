"""Limits of input: what exceeds them is refused before it costs memory or time.

The defaults are about twenty times what the largest frame of the release needs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

from cityconv.errors import UsageError, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = "CITYCONV_MAX_"  # prefix of the environment variables that change limits
_MOST_DIGITS = 18


@dataclass(frozen=True)
class Limits:
    """The limits. Each is changed by an environment variable of its name, such as CITYCONV_MAX_PIXELS.

    Attributes:
        annotation_bytes: size of one annotation file.
        file_bytes: size of any other file that is read, such as an image to copy.
        pixels: height times width of an image.
        crossings: how often the edges of all polygons of a frame cross the center of a row.
        manifest_bytes: size of the manifest of an output.
        record_bytes: size of a verified file that covers many images, for each of them.
        coverage: pixels of the boxes around all masks of a verified image, for each pixel of the image.
        frame_seconds: how long a worker process may take for one frame, in seconds.
    """

    annotation_bytes: int = 16 * 2**20
    file_bytes: int = 256 * 2**20
    pixels: int = 2**24
    crossings: int = 2_000_000
    manifest_bytes: int = 768 * 2**20
    record_bytes: int = 4 * 2**20
    coverage: int = 100
    frame_seconds: int = 600


@cache
def limits() -> Limits:
    """Return the limits, with the changes of the environment.

    Raises:
        UsageError: a variable with the prefix of limits is unknown, or not a positive integer.
    """
    return read_limits(os.environ)


def read_limits(environment: Mapping[str, str]) -> Limits:
    """Return the limits with the changes of an environment; see `limits`."""
    names = {variable(item.name): item.name for item in fields(Limits)}
    changed = {}
    for name, value in environment.items():
        if not name.startswith(VARIABLES):
            continue
        if name not in names:
            raise UsageError(f"{name}: unknown limit", f"available: {', '.join(names)}")
        if not (value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS and int(value)):
            raise UsageError(f"{name}: must be a positive integer, not {quoted(value)}")
        changed[names[name]] = int(value)
    return Limits(**changed)


def variable(limit: str) -> str:
    """Return the environment variable of a limit, which is given by its attribute name."""
    return VARIABLES + limit.upper()


def excess(number: int, what: str, limit: str) -> str | None:
    """Return a sentence that a number exceeds a limit, or None if it does not."""
    most: int = getattr(limits(), limit)
    return f"{number:,} {what}, more than the limit of {most:,} ({variable(limit)})" if number > most else None
