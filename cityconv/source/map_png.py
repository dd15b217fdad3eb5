"""Label maps in PNG files, read strictly into their pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cityconv.errors import AnnotationError
from cityconv.source.limits import excess
from cityconv.source.native_messages import call_quietly
from cityconv.source.png_chunks import (
    COLOR_TYPE_NAMES,
    GRAY,
    PALETTE,
    RGB,
    RGBA,
    PngChunks,
    PngError,
    check_data,
    join_chunks,
    read_chunks,
)
from cityconv.source.polygons import MAX_SIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RGB_BITS = 0xFFFFFF


def read_id_map(content: bytes, where: str) -> NDArray[Any]:
    """Return the pixels of a map of ids: gray values, or the indices of a palette image.

    Args:
        content: the file's bytes, a PNG of 1, 2, 4, 8 or 16 bits per pixel.
        where: the file's name, for messages.

    Returns:
        (H, W), uint16 for 16 bits, else uint8. Values are as stored: 1, 2 and 4 bits are not scaled up.

    Raises:
        AnnotationError: not a PNG, damaged, beyond a limit, or in colors.
    """
    try:
        png = _read_png(content)
        if png.header.color_type not in (GRAY, PALETTE):
            raise PngError(f"{_format(png)}, but a map of ids must be gray or have a palette")
        return _decode_numbers(png)
    except PngError as error:
        raise AnnotationError(f"{where}: {error}") from None


def read_color_map(content: bytes, where: str) -> NDArray[np.uint32]:
    """Return the pixels of a map of colors, RGB or palette.

    Args:
        content: the file's bytes, a PNG with 8 bits per channel or a palette.
        where: the file's name, for messages.

    Returns:
        (H, W), each color as 0xRRGGBB; transparency plays no part.

    Raises:
        AnnotationError: not a PNG, damaged, beyond a limit, gray or with 16 bits per channel.
    """
    try:
        png = _read_png(content)
        if png.header.color_type == PALETTE:
            return _palette_colors(png)
        if png.header.color_type not in (RGB, RGBA) or png.header.depth != 8:
            raise PngError(f"{_format(png)}, but a map of colors must be 8-bit RGB or RGBA, or have a palette")
        return _decode_colors(png)
    except PngError as error:
        raise AnnotationError(f"{where}: {error}") from None


def _read_png(content: bytes) -> PngChunks:
    """Return a PNG whose data is sound; nothing is decompressed unless its size is within the limits."""
    png = read_chunks(content)
    width, height = png.header[:2]
    if max(width, height) > MAX_SIDE:
        raise PngError(f"{width} x {height} pixels; the longest side that is read is {MAX_SIDE}")
    if words := excess(width * height, "pixels", "pixels"):
        raise PngError(words)
    check_data(png)
    return png


def _format(png: PngChunks) -> str:
    return f"{png.header.depth}-bit {COLOR_TYPE_NAMES[png.header.color_type]}"


def _decode_numbers(png: PngChunks) -> NDArray[Any]:
    """Return gray values or palette indices, uint8 or uint16 (H, W)."""
    # OpenCV gives only the colors that indices stand for, but decodes the same data as gray values.
    pixels = _decode(png._replace(header=png.header._replace(color_type=GRAY)))
    if png.header.depth < 8:  # it scales these to 0 to 255, by a whole number
        pixels //= 255 // ((1 << png.header.depth) - 1)
    return pixels


def _decode_colors(png: PngChunks) -> NDArray[np.uint32]:
    import cv2

    pixels = _decode(png)
    with_alpha = pixels if png.header.color_type == RGBA else cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA)
    numbers: NDArray[np.uint32] = with_alpha.view("<u4")[..., 0]  # from blue, green, red, alpha
    numbers &= _RGB_BITS
    return numbers


def _palette_colors(png: PngChunks) -> NDArray[np.uint32]:
    indices = _decode_numbers(png)
    palette = np.frombuffer(png.palette, np.uint8).reshape(-1, 3)
    colors = np.pad(palette, ((0, 0), (1, 0))).view(">u4")[:, 0].astype(np.uint32)
    if indices.max() >= len(colors):
        y, x = divmod(int(np.argmax(indices >= len(colors))), png.header.width)
        raise PngError(f"palette index {indices[y, x]} at x {x}, y {y}, but the palette has {len(colors)} colors")
    return np.take(colors, indices)


def _decode(png: PngChunks) -> NDArray[Any]:
    import cv2

    cv2.setNumThreads(1)
    content = np.frombuffer(join_chunks(png), np.uint8)
    try:
        pixels, _ = call_quietly(lambda: cv2.imdecode(content, cv2.IMREAD_UNCHANGED))
    except cv2.error:  # a limit of OpenCV's own, which an environment variable can lower
        pixels = None
    if pixels is None or pixels.shape[:2] != (png.header.height, png.header.width):
        raise PngError("OpenCV cannot decode the pixels")
    return pixels
