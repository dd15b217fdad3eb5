"""The size of a photograph, from the first bytes of its file."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cityconv.source.files import File

_START = 2**16  # bytes; enough for a PNG, and for a JPEG without large metadata
_MOST_SEGMENTS = 10_000  # in front of the frame header of a JPEG; a file may be made to have no end of them
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers of JPEG frame headers
_BARE = {0x01, *range(0xD0, 0xD8)}  # markers without a length


def read_image_size(file: File) -> tuple[int, int] | None:
    """Return width and height of a photograph, or None when it is not a PNG or a JPEG; raises one of READ_ERRORS."""
    start = file.read_start(_START)
    size = image_size(start)
    if size is None and start.startswith(_JPEG) and len(start) == _START:
        size = image_size(file.read())
    return size


def image_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels as stored, or None when these bytes do not tell.

    The orientation in a photograph's EXIF data is not applied.

    Args:
        content: a PNG or a JPEG, or the first bytes of one.
    """
    size = _png_size(content) if content.startswith(_PNG) else _jpeg_size(content)
    return size if size and all(size) else None


def _png_size(content: bytes) -> tuple[int, int] | None:
    """Return the size in the header chunk, which is always the first."""
    if content[12:16] != b"IHDR" or len(content) < 24:
        return None
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Return the size in the frame header, which follows any number of segments with lengths."""
    if not content.startswith(_JPEG):
        return None
    offset = len(_JPEG)
    for _ in range(_MOST_SEGMENTS):
        if offset + 9 > len(content) or content[offset] != 0xFF:
            break
        marker = content[offset + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, offset + 5)
            return width, height
        if marker == 0xFF:  # a fill byte
            offset += 1
        elif marker in _BARE:
            offset += 2
        else:
            offset += 2 + int.from_bytes(content[offset + 2 : offset + 4], "big")
    return None
