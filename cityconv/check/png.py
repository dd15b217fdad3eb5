"""A strict PNG reader: chunks and compressed data are checked first, and OpenCV decodes the pixels.

No package on PyPI is strict and fast enough to replace it. On damaged files, and on label maps of 2048 x 1024 pixels:

- Pillow 13, imagecodecs 2026.3 and pyvips 3.2 read files that end before their last chunk, that have a wrong checksum
  in it, or that go on after it. Pillow also reads files with missing rows.
- pypng 0.20220715 notices all of this but trailing bytes and missing rows. It takes 840 ms for 8-bit gray and 2,000 ms
  for 16-bit gray. The others take 3 to 8 ms and 7 to 20 ms, OpenCV 5.0 takes 4 ms and 18 ms.
- Of an indexed file, imagecodecs and pyvips return colors instead of indices, and Pillow does not tell the bit depth.
- None of them notices surplus data within the compressed pixels.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cityconv.check.findings import Finding
from cityconv.check.reading import DamagedError, check_size
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_TRANSPARENCY = b"tRNS"


class PngForm(Enum):
    """The forms of PNG that outputs use. Values: color type and bit depth as in the header."""

    GRAY_8 = (GRAY, 8)
    GRAY_16 = (GRAY, 16)
    RGB_8 = (RGB, 8)
    INDEXED_8 = (PALETTE, 8)
    RGBA_8 = (RGBA, 8)


class Png(NamedTuple):
    """The content of a PNG.

    Attributes:
        pixels: uint8 or uint16 (H, W), gray values or palette indices; or uint8 (H, W, C), colors in OpenCV's channel
            order: blue, green, red, and alpha if C is 4.
        palette: uint8 (P, 3), the red, green, and blue of each index; None unless the PNG is indexed.
    """

    pixels: NDArray[Any]
    palette: NDArray[np.uint8] | None


def read_png(content: bytes, height: int, width: int, form: PngForm) -> Png:
    """Return the pixels of a PNG of a known size and form. A PNG of any other size or form is not decoded.

    Raises:
        DamagedError: of kind `size` if the size differs; else the content is not a PNG, is truncated, has a wrong
            checksum, surplus data or trailing bytes, cannot be decoded, or has another form.
    """
    try:
        png = read_chunks(content)
        check_size(png.header[:2], height, width)
        if (png.header.color_type, png.header.depth) != form.value:
            actual = _form_name(png.header.color_type, png.header.depth)
            raise DamagedError(f"{actual} where {_form_name(*form.value)} is expected")
        if _TRANSPARENCY in png.others:
            raise DamagedError("a PNG with unexpected transparency")
        check_data(png)
    except PngError as error:
        raise DamagedError(f"a damaged PNG: {error}") from None
    pixels = _decode(png)
    if form is not PngForm.INDEXED_8:
        return Png(pixels, None)
    return Png(pixels, np.frombuffer(png.palette, np.uint8).reshape(-1, 3))


def _form_name(color_type: int, bits: int) -> str:
    return f"{bits}-bit {COLOR_TYPE_NAMES[color_type]}"


def _decode(png: PngChunks) -> NDArray[Any]:
    import cv2

    if png.header.color_type == PALETTE:  # OpenCV would replace the indices by their colors
        png = png._replace(header=png.header._replace(color_type=GRAY))
    cv2.setNumThreads(1)
    content = np.frombuffer(join_chunks(png), np.uint8)
    pixels, _ = call_quietly(lambda: cv2.imdecode(content, cv2.IMREAD_UNCHANGED))
    if pixels is None:
        raise DamagedError("a PNG whose pixels cannot be decoded")
    return pixels


def packed_colors(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return the colors of an RGBA PNG, (H, W, 4) as read, as one number per pixel: uint32 (H, W), 0xAARRGGBB."""
    packed: NDArray[np.uint32] = pixels.view("<u4")[..., 0]
    return packed


def pixel_findings(
    actual: NDArray[Any], expected: NDArray[Any], file: str, describe: Callable[[int], str] = str
) -> tuple[list[Finding], int]:
    """Compare the pixels of a PNG with the expected ones.

    Args:
        actual: (H, W) of an integer dtype.
        expected: (H, W) of the same dtype.
        file: the file that findings name.
        describe: returns a pixel's value in words.

    Returns:
        The findings, at most one, and the number of pixels that differ.
    """
    differs = actual != expected
    count = int(np.count_nonzero(differs))
    if not count:
        return [], 0
    y, x = divmod(int(differs.argmax()), expected.shape[1])
    found, wanted = (describe(int(image[y, x])) for image in (actual, expected))
    message = f"{count:,} {'pixel differs' if count == 1 else 'pixels differ'}, first at x {x}, y {y}"
    return [Finding("pixels", file, f"{message}: {found} where the annotation gives {wanted}")], count
