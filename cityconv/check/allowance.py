"""What it may take to read the masks of one image of an output; see `frame.mask_allowance`."""

from __future__ import annotations

from cityconv.check.reading import DamagedError
from cityconv.frame import mask_allowance


class ExhaustedError(DamagedError):
    """The masks of an image are too large or too many to be read."""


class MaskAllowance(mask_allowance.MaskAllowance):
    """The same, with the error of an output."""

    error = ExhaustedError
