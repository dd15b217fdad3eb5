"""The PNG reader of the checkers on damaged files, each of them small and made by hand."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from cityconv.check.png import PngForm, read_png
from cityconv.check.reading import DamagedError

HEIGHT, WIDTH = 8, 16
PIXELS = np.arange(HEIGHT * WIDTH, dtype=np.uint8).reshape(HEIGHT, WIDTH)
ROWS = b"".join(b"\0" + row.tobytes() for row in PIXELS)
PALETTE = bytes(range(192)) * 4


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))


def header(width: int = WIDTH, height: int = HEIGHT, bits: int = 8, color_type: int = 0, compression: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color_type, compression, 0, 0))


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


END = chunk(b"IEND", b"")
DATA = chunk(b"IDAT", zlib.compress(ROWS))
GOOD = png(header(), DATA, END)


def flipped(content: bytes, offset: int) -> bytes:
    return content[:offset] + bytes([content[offset] ^ 1]) + content[offset + 1 :]


BAD = {
    "nothing": (b"", "the file is empty"),
    "text": (b"<html>", "not a PNG"),
    "no chunks": (png(), "truncated after byte 8"),
    "a truncated chunk": (GOOD[: len(GOOD) // 2], "truncated after byte"),
    "no last chunk": (GOOD[:-12], "truncated after byte"),
    "a truncated last checksum": (GOOD[:-1], "truncated after byte"),
    "a wrong checksum of the header": (flipped(GOOD, 30), "wrong CRC in the IHDR chunk at byte 8"),
    "a flipped bit in the pixels": (flipped(GOOD, GOOD.index(b"IDAT") + 9), "wrong CRC in the"),
    "a wrong last checksum": (flipped(GOOD, len(GOOD) - 1), "wrong CRC in the"),
    "trailing bytes": (GOOD + b"xyz", "3 bytes after the IEND chunk"),
    "two files": (GOOD + GOOD, "bytes after the IEND chunk"),
    "no header": (png(DATA, END), "the first chunk is IDAT, not IHDR"),
    "no pixels": (png(header(), END), "no IDAT chunk"),
    "truncated compression": (png(header(), chunk(b"IDAT", zlib.compress(ROWS)[:-9]), END), "less pixel data"),
    "missing rows": (png(header(), chunk(b"IDAT", zlib.compress(ROWS[:51])), END), "less pixel data"),
    "an unknown filter": (png(header(), chunk(b"IDAT", zlib.compress(b"\x09" + ROWS[1:])), END), "unknown row filter"),
    "another size": (png(header(HEIGHT, WIDTH), DATA, END), "8 x 16 pixels where the annotation has 16 x 8"),
    "a size that is absurd": (png(header(2**31 - 1, 2**31 - 1), DATA, END), "2147483647 x 2147483647 pixels"),
    "16 bits": (png(header(bits=16), DATA, END), "16-bit gray where 8-bit gray is expected"),
    "1 bit": (png(header(bits=1), DATA, END), "1-bit gray where 8-bit gray is expected"),
    "colors": (png(header(color_type=2), DATA, END), "8-bit RGB where 8-bit gray is expected"),
    "an unknown color type": (
        png(header(color_type=9), DATA, END),
        "color type 9 with 8 bits, which PNG does not have",
    ),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_a_bad_file_is_an_error_that_names_the_place(
    content: bytes, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DamagedError) as caught:
        read_png(content, HEIGHT, WIDTH, PngForm.GRAY_8)
    assert message in str(caught.value)
    assert caught.value.kind == ("size" if "where the annotation has" in str(caught.value) else "unreadable")


def test_gray_values_are_read() -> None:
    pixels, palette = read_png(GOOD, HEIGHT, WIDTH, PngForm.GRAY_8)
    assert np.array_equal(pixels, PIXELS)
    assert palette is None


def test_indices_are_read_instead_of_their_colors() -> None:
    content = png(header(color_type=3), chunk(b"PLTE", PALETTE), DATA, END)
    pixels, palette = read_png(content, HEIGHT, WIDTH, PngForm.INDEXED_8)
    assert np.array_equal(pixels, PIXELS)
    assert palette is not None
    assert palette.tobytes() == PALETTE


@pytest.mark.parametrize("palettes", [[], [PALETTE[:-1]], [PALETTE, PALETTE]], ids=["no", "a cut", "two"])
def test_an_indexed_file_needs_a_palette(palettes: list[bytes]) -> None:
    content = png(header(color_type=3), *(chunk(b"PLTE", colors) for colors in palettes), DATA, END)
    with pytest.raises(DamagedError, match=r"PLTE|palette"):
        read_png(content, HEIGHT, WIDTH, PngForm.INDEXED_8)


def test_transparency_beside_colors_is_an_error() -> None:
    rows = b"".join(b"\0" + bytes(3 * WIDTH) for _ in range(HEIGHT))
    data = chunk(b"IDAT", zlib.compress(rows))
    content = png(header(color_type=2), chunk(b"tRNS", bytes(6)), data, END)
    with pytest.raises(DamagedError, match="unexpected transparency"):
        read_png(content, HEIGHT, WIDTH, PngForm.RGB_8)
