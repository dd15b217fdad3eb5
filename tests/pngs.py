"""What PNG files say of themselves, read by hand."""

from __future__ import annotations

import struct

GRAY, RGB, PALETTE, RGBA = 0, 2, 3, 6


def chunks(content: bytes) -> dict[str, bytes]:
    """Return the data of each chunk by name, the last one where a name repeats."""
    found, place = {}, 8
    while place < len(content):
        length, name = struct.unpack(">I4s", content[place : place + 8])
        found[name.decode()] = content[place + 8 : place + 8 + length]
        place += length + 12
    return found


def header(content: bytes) -> tuple[int, int, int, int]:
    """Return width, height, bits a channel and color type."""
    width, height, bits, color_type, *_ = struct.unpack(">IIBBBBB", chunks(content)["IHDR"])
    return width, height, bits, color_type
