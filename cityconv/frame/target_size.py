"""The size of an output, as `--size` gives it: one for all frames, or a share of each frame's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from cityconv.errors import UsageError, quoted
from cityconv.source.limits import excess
from cityconv.source.polygons import MAX_SIDE

_SIDES = re.compile(r"([0-9]{1,9})x([0-9]{1,9})")
_PERCENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)%")


@dataclass(frozen=True)
class TargetSize:
    """The size that frames are sampled in.

    Attributes:
        text: as it was given.
        sides: width and height in pixels; None for a share.
        share: of the sides of each frame.
    """

    text: str
    sides: tuple[int, int] | None = None
    share: Fraction = Fraction(1)

    def of(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width for a frame of these sides, in pixels.

        Shares are rounded to the nearest integer, halves up, and are at least 1.
        """
        if self.sides:
            return self.sides[1], self.sides[0]
        return self._share_of(height), self._share_of(width)

    def _share_of(self, side: int) -> int:
        return max(1, floor(side * self.share + Fraction(1, 2)))


def parse_size(text: str) -> TargetSize:
    """Return the size that a text such as `1024x512` or `50%` stands for.

    Raises:
        UsageError: it is neither, or a side is 0 or beyond the limits.
    """
    if found := _PERCENT.fullmatch(text):
        size = TargetSize(text, share=Fraction(found[1]) / 100)
        if not size.share:
            raise UsageError("--size: the percentage is 0")
        return size
    found = _SIDES.fullmatch(text)
    if not found:
        raise UsageError(
            f"--size: {quoted(text)} is neither a width and a height nor a percentage", "for example 1024x512 or 50%"
        )
    width, height = int(found[1]), int(found[2])
    if words := size_excess(height, width):
        raise UsageError(f"--size: {words}")
    return TargetSize(text, (width, height))


def size_excess(height: int, width: int) -> str | None:
    """Return a sentence that an image of this size cannot be made, or None if it can."""
    for side in (width, height):
        if not 1 <= side <= MAX_SIDE:
            return f"an image side must be 1 to {MAX_SIDE} pixels, not {side}"
    return excess(height * width, "pixels", "pixels")
