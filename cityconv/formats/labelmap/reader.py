"""Label maps and masks, read back as arrays of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cityconv.check.png import PngForm, packed_colors, read_png

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.frame.map_kinds import MapContent

_FORMS: dict[MapContent, PngForm] = {
    "class": PngForm.GRAY_8,
    "instance": PngForm.GRAY_16,
    "color": PngForm.RGBA_8,
    "masks": PngForm.GRAY_8,
}


def parse_label_map(content: bytes, shown: MapContent, height: int, width: int) -> NDArray[Any]:
    """Return the pixels of a label map, or of one mask.

    Args:
        content: the bytes of the PNG.
        shown: what its pixels stand for.
        height: the height that it should have, in pixels.
        width: the width that it should have, in pixels.

    Returns:
        (H, W): uint16 for instance ids, uint32 for colors as 0xAARRGGBB, uint8 for all other kinds.

    Raises:
        DamagedError: see `read_png`.
    """
    form = _FORMS[shown]
    pixels = read_png(content, height, width, form).pixels
    return packed_colors(pixels) if form is PngForm.RGBA_8 else pixels


def describe_value(shown: MapContent, value: int) -> str:
    """Return a pixel's value as findings show it; colors as (red, green, blue, alpha)."""
    if shown != "color":
        return str(value)
    return f"({', '.join(str(value >> shift & 255) for shift in (16, 8, 0, 24))})"
