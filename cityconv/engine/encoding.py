"""Images decoded, resized, and encoded again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cityconv.errors import ImageError
from cityconv.source.native_messages import call_quietly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.source.files import File

_JPEG_QUALITY = 95
# libjpeg's words for data that are lost. It has others for what harms no pixel, such as bytes between segments.
_DAMAGE = ("premature end", "bad Huffman code")


def encoding_of(name: str) -> str:
    """Return the encoding that a file name asks for, such as `.png`; `.jpg` for `.jpeg` too."""
    return Path(name).suffix.lower().replace("jpeg", "jpg")


def encode_again(
    file: File, content: bytes, suffix: str, new_size: tuple[int, int] | None, *, keeps_channels: bool
) -> bytes:
    """Return an image in another encoding or size.

    Args:
        file: its file, for messages.
        content: its bytes.
        suffix: `.jpg`, `.jpeg` or `.png`.
        new_size: height and width, if it is resized.
        keeps_channels: whether it keeps its channels and their depth; else it becomes an 8-bit color image.

    Raises:
        ImageError: it cannot be decoded, or is damaged.
    """
    import cv2

    pixels, messages = decode_image(content, cv2.IMREAD_UNCHANGED if keeps_channels else None)
    if pixels is None:
        raise ImageError(f"{file}: cannot be decoded as an image")
    if any(words in messages for words in _DAMAGE):
        raise ImageError(f"{file}: damaged: {messages.strip().splitlines()[-1]}")
    if new_size:
        pixels = resize_image(pixels, *new_size)
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if encoding_of(suffix) == ".jpg" else []
    (_, encoded), _ = call_quietly(lambda: cv2.imencode(suffix, pixels, options))
    return encoded.tobytes()


def resize_image(pixels: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Return an image in another size: areas are averaged where it shrinks, and it grows by linear interpolation."""
    import cv2

    own_height, own_width = pixels.shape[:2]
    smaller = cv2.resize(pixels, (min(width, own_width), min(height, own_height)), interpolation=cv2.INTER_AREA)
    return cv2.resize(smaller, (width, height), interpolation=cv2.INTER_LINEAR)


def decode_image(content: bytes, flags: int | None = None) -> tuple[NDArray[Any] | None, str]:
    """Return the pixels of an image as stored, or None; and what a library says about it.

    The orientation in EXIF data is not applied, as annotations do not have it either.

    Args:
        content: the file.
        flags: of `cv2.imdecode`; by default, pixels are 8-bit color, (H, W, 3).
    """
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    data = np.frombuffer(content, np.uint8)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION if flags is None else flags
    try:
        return call_quietly(lambda: cv2.imdecode(data, flags))
    except cv2.error:  # no bytes, or an image larger than OpenCV's limit
        return None, ""
