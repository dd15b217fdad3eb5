"""What it may take to read the masks of one image, so that a small file cannot ask for any amount of memory or time."""

from __future__ import annotations

from typing import ClassVar, Literal

from cityconv.source.limits import limits, variable

_SMALL_IMAGE = 2**20  # pixels: smaller images are allowed as much as one of this size
_SIDE_COST = 10  # pixels: about as much work as a pixel of the length of an outline


class MaskError(Exception):
    """A mask breaks a rule. The message says which.

    Attributes:
        kind: `range` for a coordinate outside the image, `size` for a mask of another size, `unreadable` for all else.
    """

    def __init__(self, message: str, kind: Literal["unreadable", "range", "size"] = "unreadable") -> None:
        super().__init__(message)
        self.kind: Literal["unreadable", "range", "size"] = kind


class MaskAllowance:
    """Pixels that the masks of one image may still take.

    Attributes:
        error: what is raised when nothing is left.
    """

    error: ClassVar[type[Exception]] = MaskError

    def __init__(self, height: int, width: int) -> None:
        self._limit = limits().coverage * max(height * width, _SMALL_IMAGE)
        self._left = self._limit

    def take(self, pixels: int) -> None:
        """Take the pixels of the box around a mask, or other work in the number of pixels that take as long."""
        self._left -= pixels
        if self._left < 0:
            raise self.error(f"masks of the image that take more than {self._limit:,} pixels ({variable('coverage')})")

    def take_outline(self, length: float) -> None:
        """Take the work of filling an outline of a length in pixels."""
        self.take(int(_SIDE_COST * length))
