"""A strict PNG reader: the chunks are checked here, and OpenCV decodes the pixels.

No package on PyPI is strict and fast enough to replace it. On damaged files, and on label maps of 2048 x 1024 pixels:

- Pillow 13, imagecodecs 2026.3 and pyvips 3.2 read files that end before their last chunk, that have a wrong checksum
  in it, or that go on after it. Pillow also reads files with missing rows.
- pypng 0.20220715 notices all of this but trailing bytes and missing rows. It takes 840 ms for 8-bit gray and 2,000 ms
  for 16-bit gray. The others take 3 to 8 ms and 7 to 20 ms, OpenCV 5.0 takes 4 ms and 18 ms.
- Of an indexed file, imagecodecs and pyvips return colors instead of indices, and Pillow does not tell the bit depth.

The checks of this module add less than 0.1 ms. Surplus data within the compressed pixels goes unnoticed, as with all
decoders above.
"""

from __future__ import annotations

import struct
import zlib
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cityconv.check.findings import Finding
from cityconv.check.reading import DamagedError, check_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")  # width, height, bit depth, color type, compression, filter, interlace
_COLOR_TYPES = {0: "gray", 2: "RGB", 3: "indexed", 4: "gray with alpha", 6: "RGBA"}


class PngForm(Enum):
    """The forms of PNG that outputs use. Values: color type and bit depth as in the header."""

    GRAY_8 = (0, 8)
    GRAY_16 = (0, 16)
    RGB_8 = (2, 8)
    INDEXED_8 = (3, 8)
    RGBA_8 = (6, 8)


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
            checksum or trailing bytes, cannot be decoded, or has another form.
    """
    import cv2

    chunks = list(_chunks(content))
    if chunks[0][0] != b"IHDR" or len(chunks[0][1]) != _HEADER.size:
        raise DamagedError("a PNG without a header")
    header = _HEADER.unpack(chunks[0][1])
    check_size(header[:2], height, width)
    if (header[3], header[2]) != form.value:
        raise DamagedError(f"{_form_name(header[3], header[2])} where {_form_name(*form.value)} is expected")
    palette = None
    if form is PngForm.INDEXED_8:
        palette = _palette(chunks)
        content = _as_gray(chunks)
    cv2.setNumThreads(1)
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise DamagedError("a PNG whose pixels cannot be decoded")
    channels = {PngForm.RGB_8: 3, PngForm.RGBA_8: 4}.get(form, 1)
    if pixels.size != height * width * channels:
        raise DamagedError("a PNG with unexpected transparency")
    return Png(pixels, palette)


def _form_name(color_type: int, bits: int) -> str:
    return f"{bits}-bit {_COLOR_TYPES.get(color_type, f'color type {color_type}')}"


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and data of each chunk."""
    if not content.startswith(_SIGNATURE):
        raise DamagedError("not a PNG" if content else "the file is empty")
    offset, name = len(_SIGNATURE), b""
    while name != b"IEND":
        if offset + 12 > len(content):
            raise DamagedError(f"a PNG that is truncated at byte {len(content)}")
        length, name = struct.unpack_from(">I4s", content, offset)
        end = offset + 8 + length
        if end + 4 > len(content):
            raise DamagedError(f"a PNG that is truncated at byte {len(content)}")
        data = content[offset + 8 : end]
        if struct.unpack_from(">I", content, end)[0] != zlib.crc32(data, zlib.crc32(name)):
            raise DamagedError(f"a PNG with a wrong checksum at byte {end}")
        yield name, data
        offset = end + 4
    if offset < len(content):
        raise DamagedError(f"a PNG with {len(content) - offset:,} bytes after its end")


def _palette(chunks: list[tuple[bytes, bytes]]) -> NDArray[np.uint8]:
    palettes = [data for name, data in chunks if name == b"PLTE"]
    if len(palettes) != 1 or len(palettes[0]) % 3:
        raise DamagedError("an indexed PNG without a valid palette")
    return np.frombuffer(palettes[0], np.uint8).reshape(-1, 3)


def _as_gray(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """Return an indexed PNG as a gray one: OpenCV would replace the indices by their colors."""
    width, height, bits, _, *others = _HEADER.unpack(chunks[0][1])
    gray = (b"IHDR", _HEADER.pack(width, height, bits, PngForm.GRAY_8.value[0], *others))
    kept = [gray, *((name, data) for name, data in chunks if name in (b"IDAT", b"IEND"))]
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
        for name, data in kept
    )


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
