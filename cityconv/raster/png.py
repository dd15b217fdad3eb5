"""Label maps as PNG bytes, straight from runs.

The Up filter leaves of each byte the difference from the one above. In a label map that is zero nearly everywhere, so
the filtered image is made from the changes of the object map alone, and deflate finds little but runs of zeros.
"""

from __future__ import annotations

import struct
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from zlib_ng import zlib_ng

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.objectmap import ObjectMap

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GRAY, _RGB, _PALETTE, _RGBA = 0, 2, 3, 6
_FILTER_UP = 2
_WINDOW_BITS = 15
_MEMORY_LEVEL = 9


def encode_png(objects: ObjectMap, table: NDArray[Any], palette: NDArray[np.uint8] | None = None) -> bytes:
    """Return the PNG file of an object map seen through a table.

    Args:
        objects: the object map, of N polygons.
        table: uint8 (N + 1,), gray or palette indices; uint16 (N + 1,), gray; uint8 (N + 1, 3), red, green and blue; or
            uint8 (N + 1, 4), with alpha. Entry 0 is the background.
        palette: uint8 (P, 3), P at most 256, the colors of an indexed image; None for any other.
    """
    depth = table.dtype.itemsize
    channels = 1 if table.ndim == 1 else table.shape[1]
    kind = _PALETTE if palette is not None else {1: _GRAY, 3: _RGB, 4: _RGBA}[channels]
    header = struct.pack(">IIBBBBB", objects.width, objects.height, 8 * depth, kind, 0, 0, 0)
    colors = b"" if palette is None else _chunk(b"PLTE", palette.tobytes())
    data = _compress(objects, table)
    return b"".join((_SIGNATURE, _chunk(b"IHDR", header), colors, _chunk(b"IDAT", data), _chunk(b"IEND", b"")))


def _compress(objects: ObjectMap, table: NDArray[Any]) -> bytes:
    """Return the filtered rows, deflated: each row the filter's number, then each byte less the one above."""
    pixel_of = np.ascontiguousarray(table, table.dtype.newbyteorder(">")).view(np.uint8).reshape(len(table), -1)
    pixel_of = np.append(pixel_of, np.zeros((1, pixel_of.shape[1]), np.uint8), axis=0)  # at -1, above the image
    pixel, here, above = objects.changes
    difference = np.take(pixel_of, here, axis=0) - np.take(pixel_of, above, axis=0)
    size = pixel_of.shape[1]
    place = pixel * size + pixel // objects.width + 1
    rows = _blank.rows(objects.height, 1 + objects.width * size)
    try:
        for byte in range(size):
            rows[byte:][place] = difference[:, byte]
        return _deflate(rows, size)
    finally:
        for byte in range(size):
            rows[byte:][place] = 0


class _Blank(threading.local):
    """Filtered rows in which nothing changes, kept for the next image: to clear them takes longer than to fill them."""

    def __init__(self) -> None:
        self._rows: dict[int, NDArray[np.uint8]] = {}

    def rows(self, height: int, length: int) -> NDArray[np.uint8]:
        """Return rows of zeros, uint8 (height * length,), each with the filter's number in front."""
        rows = self._rows.get(length)
        if rows is None or len(rows) != height * length:
            rows = self._rows[length] = np.zeros(height * length, np.uint8)
            rows[::length] = _FILTER_UP
        return rows


_blank = _Blank()


def _deflate(rows: NDArray[np.uint8], pixel_bytes: int) -> bytes:
    # Measured on released label maps: looking for runs alone is the fastest and the smallest where a pixel is one
    # byte, and half as large again as the default strategy where it has more.
    level, strategy = (1, zlib_ng.Z_RLE) if pixel_bytes == 1 else (2, zlib_ng.Z_DEFAULT_STRATEGY)
    deflate = zlib_ng.compressobj(level, zlib_ng.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL, strategy)
    return bytes(deflate.compress(rows)) + bytes(deflate.flush())


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib_ng.crc32(data, zlib_ng.crc32(name))
    return b"".join((struct.pack(">I", len(data)), name, data, struct.pack(">I", checksum)))
