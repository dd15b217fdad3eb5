"""What it may take to read the masks of one image, so that a small file cannot ask for any amount of memory or time."""

from __future__ import annotations

from cityconv.check.reading import DamagedError
from cityconv.source.limits import limits, variable

_SMALL_IMAGE = 2**20  # pixels: smaller images are allowed as much as one of this size
_SIDE_COST = 10  # pixels: about as much work as a pixel of the length of an outline


class ExhaustedError(DamagedError):
    """The masks of an image are too large or too many to be read."""


class MaskAllowance:
    """Pixels that the masks of one image may still take."""

    def __init__(self, height: int, width: int) -> None:
        self._limit = limits().coverage * max(height * width, _SMALL_IMAGE)
        self._left = self._limit

    def take(self, pixels: int) -> None:
        """Take the pixels of the box around a mask, or other work in the number of pixels that take as long.

        Raises:
            ExhaustedError: nothing is left.
        """
        self._left -= pixels
        if self._left < 0:
            raise ExhaustedError(
                f"masks of the image that take more than {self._limit:,} pixels ({variable('coverage')})"
            )

    def take_outline(self, length: float) -> None:
        """Take the work of filling an outline of a length in pixels; raises as `take` does."""
        self.take(int(_SIDE_COST * length))
