"""Label maps and masks, read back as arrays of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cityconv.check.png import PngForm, packed_colors, read_png
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FORMS = {
    LabelMapKind.COLOR: PngForm.RGBA_8,
    LabelMapKind.INSTANCE_IDS: PngForm.GRAY_16,
    LabelMapKind.INSTANCE_TRAIN_IDS: PngForm.GRAY_16,
}


def parse_label_map(content: bytes, kind: LabelMapKind, height: int, width: int) -> NDArray[Any]:
    """Return the pixels of a label map, or of one mask of the kind `masks`.

    Returns:
        (H, W): uint16 for instance ids, uint32 for colors as 0xAARRGGBB, uint8 for all other kinds.

    Raises:
        DamagedError: see `read_png`.
    """
    form = _FORMS.get(kind, PngForm.GRAY_8)
    pixels = read_png(content, height, width, form).pixels
    return packed_colors(pixels) if form is PngForm.RGBA_8 else pixels


def describe_value(kind: LabelMapKind, value: int) -> str:
    """Return a pixel's value as findings show it; colors as (red, green, blue, alpha)."""
    if kind is not LabelMapKind.COLOR:
        return str(value)
    return f"({', '.join(str(value >> shift & 255) for shift in (16, 8, 0, 24))})"
