"""PNG files made by hand, bit by bit, so that OpenCV is measured against something else than itself."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.pngs import GRAY, PALETTE, RGB, RGBA

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY_ALPHA = 4
CHANNELS = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGBA: 4}
# Which pass of an interlaced image the pixels of each block of 8 x 8 belong to, as the specification draws it.
ADAM7 = np.array(
    [
        [1, 6, 4, 6, 2, 6, 4, 6],
        [7, 7, 7, 7, 7, 7, 7, 7],
        [5, 6, 5, 6, 5, 6, 5, 6],
        [7, 7, 7, 7, 7, 7, 7, 7],
        [3, 6, 4, 6, 3, 6, 4, 6],
        [7, 7, 7, 7, 7, 7, 7, 7],
        [5, 6, 5, 6, 5, 6, 5, 6],
        [7, 7, 7, 7, 7, 7, 7, 7],
    ]
)


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width: int, height: int, depth: int = 8, color_type: int = GRAY, rest: bytes = b"\0\0\0") -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBB", width, height, depth, color_type) + rest)


def stored_rows(pixels: NDArray[Any], depth: int) -> bytes:
    """Return rows as PNG stores them, each after the filter byte 0; pixels (H, W) or (H, W, C)."""
    values = np.ascontiguousarray(pixels.reshape(len(pixels), -1), ">u2")
    bits = np.unpackbits(values.view(np.uint8).reshape(*values.shape, 2), axis=2)[:, :, 16 - depth :]
    packed = np.packbits(bits.reshape(len(pixels), -1), axis=1)
    return np.pad(packed, ((0, 0), (1, 0))).tobytes()


def filter_rows(data: bytes, height: int, number: int, pixel_bytes: int) -> bytes:
    """Return unfiltered rows through one of the filters 1 to 4, byte by byte as the specification has them."""
    rows = [row[1:] for row in np.frombuffer(data, np.uint8).reshape(height, -1).tolist()]
    filtered = bytearray()
    above = [0] * len(rows[0])
    for row in rows:
        left, upper_left = ([0] * pixel_bytes + line for line in (row, above))
        filtered.append(number)
        filtered += bytes(
            (value - (0, a, b, (a + b) // 2, _paeth(a, b, c))[number]) % 256
            for value, a, b, c in zip(row, left, above, upper_left, strict=False)
        )
        above = row
    return bytes(filtered)


def _paeth(a: int, b: int, c: int) -> int:
    return min((a, b, c), key=lambda value: abs(a + b - c - value))


def passes(pixels: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the seven images that an interlaced PNG stores, empty ones left out."""
    height, width = pixels.shape[:2]
    number = np.tile(ADAM7, (height // 8 + 1, width // 8 + 1))[:height, :width]
    found = []
    for index in range(1, 8):
        y, x = np.nonzero(number == index)
        if len(y):
            found.append(pixels[np.unique(y)][:, np.unique(x)])
    return found


def make_png(
    pixels: NDArray[Any],
    depth: int = 8,
    color_type: int = GRAY,
    *,
    interlaced: bool = False,
    palette: bytes = b"",
    more: bytes = b"",
) -> bytes:
    """Return a PNG; `more` are chunks between the palette and the pixels."""
    height, width = pixels.shape[:2]
    data = b"".join(stored_rows(part, depth) for part in (passes(pixels) if interlaced else [pixels]))
    parts = [
        SIGNATURE,
        header(width, height, depth, color_type, bytes((0, 0, interlaced))),
        chunk(b"PLTE", palette) if palette else b"",
        more,
        chunk(b"IDAT", zlib.compress(data)),
        chunk(b"IEND"),
    ]
    return b"".join(parts)
