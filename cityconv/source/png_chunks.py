"""The chunks of a PNG, read strictly: all that can be wrong with a file is found before a decoder sees it.

Decoders differ in what they forgive, and some print warnings of their own. A file that passes these checks decodes
without either. Rules: PNG specification, third edition (https://www.w3.org/TR/png-3/).
"""

from __future__ import annotations

import struct
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from zlib_ng import zlib_ng

if TYPE_CHECKING:
    from collections.abc import Iterator

GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
COLOR_TYPE_NAMES = {GRAY: "gray", RGB: "RGB", PALETTE: "palette", GRAY_ALPHA: "gray with alpha", RGBA: "RGBA"}

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_CHANNELS = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGBA: 4}
_DEPTHS = {GRAY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GRAY_ALPHA: (8, 16), RGBA: (8, 16)}
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_ANIMATION = (b"acTL", b"fcTL", b"fdAT")
_OPTIONAL_BIT = 0x20  # of the first letter: set in chunks that a reader may pass over
_LAST_FILTER = 4
_MAX_CHUNKS = 100_000  # far beyond any real file; a chunk takes 12 bytes, and much more in memory
# First column and row of each pass of an interlaced image, and the steps to the next ones.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


class PngError(Exception):
    """A file is not a PNG, or a damaged one; the message says what is wrong."""


class PngHeader(NamedTuple):
    """The header of a PNG.

    Attributes:
        width: in pixels, at least 1.
        height: in pixels, at least 1.
        depth: bits per channel, or per palette index.
        color_type: one of GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA.
        is_interlaced: whether the pixels come in the seven passes of Adam7.
    """

    width: int
    height: int
    depth: int
    color_type: int
    is_interlaced: bool


class PngChunks(NamedTuple):
    """The chunks of a PNG that make up its pixels.

    Attributes:
        header: the header.
        palette: red, green and blue of each palette entry; empty if there is no palette.
        data: the compressed pixels, the data of all IDAT chunks.
        others: the names of all other chunks, such as tRNS.
    """

    header: PngHeader
    palette: bytes
    data: bytes
    others: frozenset[bytes] = frozenset()


def read_chunks(content: bytes) -> PngChunks:
    """Return the chunks of a PNG; of the pixels themselves nothing is decompressed.

    Raises:
        PngError: not a PNG, truncated, or animated; a wrong CRC; chunks that are unknown, missing, duplicated, out of
            order or too many; a header or palette that breaks the specification; anything after the last chunk.
    """
    chunks = list(islice(_walk(content), _MAX_CHUNKS + 1))
    if len(chunks) > _MAX_CHUNKS:
        raise PngError(f"more than {_MAX_CHUNKS:,} chunks")
    names = [name for name, _ in chunks]
    _check_names(names)
    _check_order(names)
    header = _parse_header(chunks[0][1])
    palette = b"".join(data for name, data in chunks if name == b"PLTE")
    if len(palette) % 3 or len(palette) > 3 * 256:
        raise PngError(f"a palette of {len(palette)} bytes, not three for each of up to 256 colors")
    if header.color_type == PALETTE and not palette:
        raise PngError("no PLTE chunk")
    pixels = b"".join(data for name, data in chunks if name == b"IDAT")
    return PngChunks(header, palette, pixels, frozenset(names).difference(_CRITICAL))


def _walk(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield name and data of each chunk, up to IEND, which ends the file."""
    if not content.startswith(_SIGNATURE):
        raise PngError("not a PNG" if content else "the file is empty")
    view, offset, name = memoryview(content), len(_SIGNATURE), b""
    while name != b"IEND":
        if offset + 12 > len(content):
            raise PngError(f"truncated after byte {len(content)}")
        length, name = struct.unpack_from(">I4s", content, offset)
        if not (name.isascii() and name.isalpha()):
            raise PngError(f"no chunk name at byte {offset + 4}")
        end = offset + 8 + length
        if end + 4 > len(content):
            raise PngError(f"truncated after byte {len(content)}")
        if struct.unpack_from(">I", content, end)[0] != zlib_ng.crc32(view[offset + 4 : end]):
            raise PngError(f"wrong CRC in the {name.decode()} chunk at byte {offset}")
        yield name, view[offset + 8 : end]
        offset = end + 4
    if offset < len(content):
        raise PngError(f"{len(content) - offset} bytes after the IEND chunk")


def _check_names(names: list[bytes]) -> None:
    if names[0] != b"IHDR":
        raise PngError(f"the first chunk is {names[0].decode()}, not IHDR")
    for name in dict.fromkeys(names):
        if name in _ANIMATION:
            raise PngError("an animated PNG")
        if name not in _CRITICAL and not name[0] & _OPTIONAL_BIT:
            raise PngError(f"unknown critical chunk {name.decode()}")
        if name in (b"IHDR", b"PLTE") and names.count(name) > 1:
            raise PngError(f"more than one {name.decode()} chunk")


def _check_order(names: list[bytes]) -> None:
    if b"IDAT" not in names:
        raise PngError("no IDAT chunk")
    after = names[names.index(b"IDAT") :]
    if b"PLTE" in after:
        raise PngError("the PLTE chunk comes after the pixels")
    if b"IDAT" in after[names.count(b"IDAT") :]:
        raise PngError("IDAT chunks with other chunks between them")


def _parse_header(data: memoryview) -> PngHeader:
    if len(data) != _HEADER.size:
        raise PngError(f"a header of {len(data)} bytes, not {_HEADER.size}")
    width, height, depth, color_type, compression, filtering, interlace = _HEADER.unpack(data)
    if not (width and height):
        raise PngError(f"an image of {width} x {height} pixels")
    if depth not in _DEPTHS.get(color_type, ()):
        raise PngError(f"color type {color_type} with {depth} bits, which PNG does not have")
    if compression or filtering or interlace > 1:
        raise PngError(f"unknown compression {compression}, filter method {filtering} or interlacing {interlace}")
    return PngHeader(width, height, depth, color_type, bool(interlace))


def check_data(png: PngChunks) -> None:
    """Decompress the pixels and check their number, their checksum and their filters.

    Never decompresses more than the header asks for; what that may be is the caller's to limit first.

    Raises:
        PngError: the data is damaged, too short or too long, or uses a filter that PNG does not have.
    """
    passes = list(_passes(png.header))
    expected = sum(rows * row_bytes for rows, row_bytes in passes)
    inflate = zlib_ng.decompressobj()
    try:
        rows = inflate.decompress(png.data, expected + 1)
    except zlib_ng.error:  # type: ignore[misc] # its stub has an instance, not a class
        raise PngError("damaged pixel data") from None
    if len(rows) > expected or inflate.unused_data:
        raise PngError("more pixel data than the image needs")
    if len(rows) < expected or not inflate.eof:
        raise PngError("less pixel data than the image needs")
    offset = 0
    filters = []
    for number, row_bytes in passes:
        end = offset + number * row_bytes
        filters.append(rows[offset:end:row_bytes])
        offset = end
    if max(chain.from_iterable(filters)) > _LAST_FILTER:
        raise PngError("an unknown row filter")


def _passes(header: PngHeader) -> Iterator[tuple[int, int]]:
    """Yield number of rows and bytes per row, filter byte included, of each pass with pixels."""
    bits = header.depth * _CHANNELS[header.color_type]
    for x, y, x_step, y_step in _ADAM7 if header.is_interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(header.width - x) // x_step), -(-(header.height - y) // y_step)
        if columns > 0 and rows > 0:
            yield rows, 1 + (columns * bits + 7) // 8


def join_chunks(png: PngChunks) -> bytes:
    """Return the smallest PNG of these chunks, without anything that could change how its pixels are decoded."""
    *fields, is_interlaced = png.header
    chunks = [(b"IHDR", _HEADER.pack(*fields, 0, 0, is_interlaced)), (b"IDAT", png.data), (b"IEND", b"")]
    if png.header.color_type == PALETTE:
        chunks.insert(1, (b"PLTE", png.palette))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib_ng.crc32(data, zlib_ng.crc32(name)))
        for name, data in chunks
    )
