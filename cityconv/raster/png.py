"""Label maps as PNG bytes, straight from runs.

The Up filter replaces each byte by its difference from the byte above. In a label map the difference is zero nearly
everywhere, so the filtered image is made from the changes of the object map alone, and deflate finds mostly runs of
zeros.
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

    The type of the table sets the color type and the bit depth:

        table                 palette         PNG
        uint8 (N + 1,)        None            gray, 8 bits
        uint16 (N + 1,)       None            gray, 16 bits
        uint8 (N + 1, 3)      None            RGB, 8 bits
        uint8 (N + 1, 4)      None            RGBA, 8 bits
        uint8 (N + 1,)        uint8 (P, 3)    palette, 8 bits

    Args:
        objects: the object map, of N polygons.
        table: gray values, palette indices, or colors, as above. Entry 0 is the background.
        palette: the colors of a palette image, P at most 256; None for other images.
    """
    depth = table.dtype.itemsize
    channels = 1 if table.ndim == 1 else table.shape[1]
    color_type = _PALETTE if palette is not None else {1: _GRAY, 3: _RGB, 4: _RGBA}[channels]
    header = struct.pack(">IIBBBBB", objects.width, objects.height, 8 * depth, color_type, 0, 0, 0)
    colors = b"" if palette is None else _chunk(b"PLTE", palette.tobytes())
    data = _compress(objects, table)
    return b"".join((_SIGNATURE, _chunk(b"IHDR", header), colors, _chunk(b"IDAT", data), _chunk(b"IEND", b"")))


def _compress(objects: ObjectMap, table: NDArray[Any]) -> bytes:
    """Return the filtered rows, deflated.

    A filtered row is the number of the filter, 2 for Up, and then each byte minus the byte above, modulo 256. An image
    of 2 x 4 pixels of one byte, and the two rows that are deflated:

         7  7  5  5        2   7    7  5  5
         7  5  5  5        2   0  254  0  0

    >>> objects = ObjectMap(np.array([1, 2, 1, 2], np.uint16), np.array([0, 2, 4, 5, 8]), height=2, width=4)
    >>> list(zlib_ng.decompress(_compress(objects, np.array([0, 7, 5], np.uint8))))
    [2, 7, 7, 5, 5, 2, 0, 254, 0, 0]
    """
    pixel_bytes = np.ascontiguousarray(table, table.dtype.newbyteorder(">")).view(np.uint8).reshape(len(table), -1)
    pixel_bytes = np.append(
        pixel_bytes, np.zeros((1, pixel_bytes.shape[1]), np.uint8), axis=0
    )  # at -1, above the image
    pixel, here, above = objects.changes
    difference = np.take(pixel_bytes, here, axis=0) - np.take(pixel_bytes, above, axis=0)
    size = pixel_bytes.shape[1]
    offset = _byte_offset(pixel, objects.width, size)
    rows = _buffers.rows(objects.height, 1 + objects.width * size)
    try:
        for byte in range(size):
            rows[byte:][offset] = difference[:, byte]
        return _deflate(rows, size)
    finally:
        for byte in range(size):
            rows[byte:][offset] = 0


def _byte_offset(pixel: NDArray[np.int64], width: int, size: int) -> NDArray[np.int64]:
    """Return the offsets in filtered rows of pixels (row * width + column) of `size` bytes.

    One byte for the filter precedes the pixels of each row. For the offsets of 2 x 4 pixels of one byte:

         1  2  3  4
         6  7  8  9

    >>> _byte_offset(np.array([0, 3, 4]), width=4, size=1).tolist()
    [1, 4, 6]
    """
    return pixel * size + pixel // width + 1


class _Buffers(threading.local):
    """Filtered rows without any difference, kept for the next image: to allocate them takes longer than to clear them.

    A caller that writes differences into the rows must reset them to zero.
    """

    def __init__(self) -> None:
        self._rows: dict[int, NDArray[np.uint8]] = {}

    def rows(self, height: int, length: int) -> NDArray[np.uint8]:
        """Return uint8 (height * length,), rows of zeros that begin with the number of the filter."""
        rows = self._rows.get(length)
        if rows is None or len(rows) != height * length:
            rows = self._rows[length] = np.zeros(height * length, np.uint8)
            rows[::length] = _FILTER_UP
        return rows


_buffers = _Buffers()


def _deflate(rows: NDArray[np.uint8], pixel_bytes: int) -> bytes:
    # Measured on released label maps: for pixels of one byte the run-length strategy is the fastest and gives the
    # smallest files; for larger pixels its files are half as large again as those of the default strategy.
    level, strategy = (1, zlib_ng.Z_RLE) if pixel_bytes == 1 else (2, zlib_ng.Z_DEFAULT_STRATEGY)
    deflate = zlib_ng.compressobj(level, zlib_ng.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL, strategy)
    return bytes(deflate.compress(rows)) + bytes(deflate.flush())


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib_ng.crc32(data, zlib_ng.crc32(name))
    return b"".join((struct.pack(">I", len(data)), name, data, struct.pack(">I", checksum)))
