"""The pixels of image files, and the chunks of PNG files, read by hand."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

GRAY, RGB, PALETTE, RGBA = 0, 2, 3, 6


def decode_image(content: bytes, flags: int = cv2.IMREAD_UNCHANGED) -> NDArray[Any]:
    """Return the pixels of an image file, with channels in the order of OpenCV: blue, green, red."""
    image = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    assert image is not None
    return image


def read_image(path: Path, flags: int = cv2.IMREAD_UNCHANGED) -> NDArray[Any]:
    """Return the pixels of an image file as `decode_image` does."""
    return decode_image(path.read_bytes(), flags)


def chunks(content: bytes) -> dict[str, bytes]:
    """Return the data of each chunk by name; of chunks with the same name, the last."""
    found: dict[str, bytes] = {}
    offset = 8
    while offset < len(content):
        length, name = struct.unpack(">I4s", content[offset : offset + 8])
        found[name.decode()] = content[offset + 8 : offset + 8 + length]
        offset += length + 12
    return found


def header(content: bytes) -> tuple[int, int, int, int]:
    """Return width, height, bits per channel and color type."""
    width, height, bits, color_type, *_ = struct.unpack(">IIBBBBB", chunks(content)["IHDR"])
    return width, height, bits, color_type
