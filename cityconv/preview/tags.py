"""Tags: the names of classes as small pictures, in a real font."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFont import FreeTypeFont, ImageFont

    from cityconv.source.labels.table import Color

_DARK, _LIGHT = (20, 20, 24), (255, 255, 255)
_BRIGHT = 140  # of 255: a brighter ground takes dark text


@lru_cache(maxsize=8)
def font_of(size: int) -> FreeTypeFont | ImageFont:
    """Return the font that Pillow has built in, Aileron, in a size in pixels."""
    from PIL import ImageFont

    return ImageFont.load_default(size)


@lru_cache(maxsize=4096)
def draw_tag(text: str, color: Color, size: int) -> NDArray[np.uint8]:
    """Return a text on a ground of a color.

    Args:
        text: the text, one line.
        color: red, green, blue, 0 to 255.
        size: of the font, in pixels.

    Returns:
        uint8 (h, w, 3), blue, green, red.
    """
    from PIL import Image, ImageDraw

    font = font_of(size)
    pad = max(2, size // 3)
    width = round(font.getlength(text)) + 2 * pad
    image = Image.new("RGB", (width, round(size * 1.4)), color)
    ImageDraw.Draw(image).text((pad, image.height / 2), text, text_color(color), font, anchor="lm")
    return np.asarray(image)[..., ::-1].copy()


def text_color(ground: Color) -> Color:
    """Return the color of text that can be read on a ground: nearly black or white."""
    red, green, blue = ground
    return _DARK if 0.299 * red + 0.587 * green + 0.114 * blue > _BRIGHT else _LIGHT
