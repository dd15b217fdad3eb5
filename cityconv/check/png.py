"""PNG files read strictly: first their chunks by hand, then their pixels with OpenCV."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cityconv.check.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_GRAY, _PALETTE = 0, 3


class DamagedError(Exception):
    """A file is damaged or breaks a rule of its format; the message says how."""


class Png(NamedTuple):
    """A PNG.

    Attributes:
        pixels: (H, W) gray or palette indices, or (H, W, C) in OpenCV's order, blue, green, red and alpha.
        palette: uint8 (P, 3), red, green and blue; None where there is none.
    """

    pixels: NDArray[Any]
    palette: NDArray[np.uint8] | None


class SizeError(DamagedError):
    """A PNG has another size than its annotation says; it is not decoded, as the size may be absurd."""


def read_png(content: bytes, height: int, width: int) -> Png:
    """Return a PNG of a known size.

    Raises:
        DamagedError: it is none, is cut off, or a checksum is wrong.
        SizeError: it has another size.
    """
    import cv2

    chunks = list(_chunks(content))
    if chunks[0][0] != b"IHDR" or len(chunks[0][1]) != _HEADER.size:
        raise DamagedError("a PNG without a header")
    header = _HEADER.unpack(chunks[0][1])
    if header[:2] != (width, height):
        raise SizeError(f"{header[0]} x {header[1]} pixels where the annotation says {width} x {height}")
    palette = None
    if header[3] == _PALETTE:
        palette = np.frombuffer(b"".join(data for name, data in chunks if name == b"PLTE"), np.uint8)
        if len(palette) % 3:
            raise DamagedError("a palette that ends within a color")
        palette = palette.reshape(-1, 3)
        content = _as_gray(chunks, header)
    cv2.setNumThreads(1)
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise DamagedError("a PNG whose pixels cannot be decoded")
    return Png(pixels, palette)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and data of each chunk, up to the one that ends the file."""
    if not content.startswith(_SIGNATURE):
        raise DamagedError("no PNG" if content else "the file is empty")
    place, name = len(_SIGNATURE), b""
    while name != b"IEND":
        if place + 12 > len(content):
            raise DamagedError(f"a PNG that ends too early, after byte {len(content)}")
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 8 + length
        if end + 4 > len(content):
            raise DamagedError(f"a PNG that ends too early, after byte {len(content)}")
        data = content[place + 8 : end]
        if struct.unpack_from(">I", content, end)[0] != zlib.crc32(data, zlib.crc32(name)):
            raise DamagedError(f"a PNG with a wrong checksum at byte {end}")
        yield name, data
        place = end + 4


def _as_gray(chunks: list[tuple[bytes, bytes]], header: tuple[int, ...]) -> bytes:
    """Return an indexed PNG with its indices as gray values: OpenCV gives but the colors that they stand for."""
    gray = (b"IHDR", _HEADER.pack(*header[:3], _GRAY, *header[4:]))
    kept = [gray, *((name, data) for name, data in chunks if name in (b"IDAT", b"IEND"))]
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
        for name, data in kept
    )


def compare_png(
    content: bytes, expected: NDArray[Any], file: str, *, channels: int = 1, palette: NDArray[np.uint8] | None = None
) -> tuple[list[Finding], int]:
    """Compare a PNG with the pixels that it should have.

    Args:
        content: its bytes.
        expected: (H, W) of uint8 or uint16, gray or palette indices; or of uint32, colors as 0xAARRGGBB.
        file: what findings call it.
        channels: 1, or for colors 4, or 3 when alpha is 255 throughout.
        palette: uint8 (P, 3), the colors that an indexed image should have; None where it should not be indexed.

    Returns:
        What was found, and the number of pixels that differ.
    """
    try:
        pixels, colors = read_png(content, *expected.shape)
    except DamagedError as error:
        return [Finding("size" if isinstance(error, SizeError) else "unreadable", file, str(error))], 0
    bits = 8 if channels > 1 else 8 * expected.dtype.itemsize
    there = 1 if pixels.ndim == 2 else pixels.shape[2], 8 * pixels.dtype.itemsize
    if there != (channels, bits):
        what = f"a PNG of {there[0]} x {there[1]} bits where {channels} x {bits} are expected"
        return [Finding("unreadable", file, what)], 0
    findings = []
    if not np.array_equal([] if palette is None else palette, [] if colors is None else colors):
        findings.append(Finding("value", file, "no palette" if colors is None else "another palette than expected"))
    numbers = _as_numbers(pixels)
    differs = numbers != expected
    number = int(np.count_nonzero(differs))
    if number:
        y, x = divmod(int(differs.argmax()), expected.shape[1])
        values = [_value(int(image[y, x]), channels) for image in (numbers, expected)]
        what = f"{number:,} {'pixel differs' if number == 1 else 'pixels differ'}, first at x {x}, y {y}"
        findings.append(Finding("pixels", file, f"{what}: {values[0]} where the polygons give {values[1]}"))
    return findings, number


def _as_numbers(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return pixels as one number each, (H, W): colors are compared several times faster so."""
    if pixels.ndim == 2:
        return pixels
    import cv2

    with_alpha = pixels if pixels.shape[2] == 4 else cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA)
    numbers: NDArray[np.uint32] = with_alpha.view("<u4")[..., 0]
    return numbers


def _value(pixel: int, channels: int) -> str:
    if channels == 1:
        return str(pixel)
    red_first = [pixel >> shift & 255 for shift in (16, 8, 0, 24)]
    return f"({', '.join(map(str, red_first[:channels]))})"
