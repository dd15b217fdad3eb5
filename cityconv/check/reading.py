"""Reading the files of an output: errors, bytes, text, JSON, and boxes.

An output may come from anyone. Nothing outside its folder is read, nothing but regular files, and nothing beyond limits
that follow from what the data set says an output of it can need.
"""

from __future__ import annotations

import codecs
import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cityconv.check.bounded_mask import describe_box
from cityconv.check.findings import Finding, FindingKind
from cityconv.errors import quoted
from cityconv.source.files import READ_ERRORS, File, explain
from cityconv.source.limits import limits, variable

if TYPE_CHECKING:
    from cityconv.check.bounded_mask import Box

_MOST_CONTAINERS = 1_000_000  # lists and objects of a JSON file, and for each image:
_CONTAINERS_PER_IMAGE = 5_000
_MOST_CHANNEL_BYTES = 8  # of a pixel: four channels of 16 bits
_MOST_METADATA = 2**20  # bytes of a PNG besides its pixels


class DamagedError(Exception):
    """A file is missing, damaged, or breaks a rule of its format. The message says what is wrong and where in the file.

    Attributes:
        kind: the kind of finding that reports it.
    """

    def __init__(self, message: str, kind: FindingKind = "unreadable") -> None:
        super().__init__(message)
        self.kind: FindingKind = kind

    def finding(self, file: str, frame: str = "") -> Finding:
        """Return the error as a finding."""
        return Finding(self.kind, file, str(self), frame)


def read_bytes(out: Path, path: Path, most: int, limit: str = "") -> bytes:
    """Return the content of a file of an output.

    Args:
        out: the output folder.
        path: the file; what an output says about it cannot lead out of the folder.
        most: the largest size that is read, in bytes.
        limit: the limit that the size follows from, if it can be changed.

    Raises:
        DamagedError: the file is missing, not a regular file, larger, or cannot be read, or a link leads out of the
            output.
    """
    try:
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(out)):
            raise DamagedError("a link or name that leaves the output")
        content = File(str(path)).read_start(most + 1)
    except READ_ERRORS as error:
        if isinstance(error, FileNotFoundError):
            if path.is_symlink():
                raise DamagedError("a link to nothing") from None
            raise DamagedError(explain(error), "missing") from None
        raise DamagedError(explain(error)) from None
    if len(content) > most:
        raise DamagedError(f"more than {most:,} bytes" + (f" ({variable(limit)})" if limit else ""))
    return content


def read_frame_file(out: Path, path: Path) -> bytes:
    """Return the content of a file that describes one image, other than a PNG; see `read_bytes`."""
    return read_bytes(out, path, limits().annotation_bytes, "annotation_bytes")


def read_dataset_file(out: Path, path: Path, images: int) -> bytes:
    """Return the content of a file that describes a number of images; see `read_bytes`."""
    return read_bytes(out, path, limits().record_bytes * (images + 1), "record_bytes")


def read_png_file(out: Path, path: Path, height: int, width: int) -> bytes:
    """Return the content of a PNG that should have a given size in pixels; see `read_bytes`."""
    return read_bytes(out, path, _MOST_CHANNEL_BYTES * height * width + _MOST_METADATA)


def decode_text(content: bytes) -> str:
    """Return UTF-8 text.

    Raises:
        DamagedError: the content is not UTF-8, or begins with a byte order mark.
    """
    if content.startswith(codecs.BOM_UTF8):
        raise DamagedError("a byte order mark before the text")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise DamagedError(f"not UTF-8 text: {error.reason} at byte {error.start}") from None


def text_lines(text: str) -> list[str]:
    """Return the lines of a text, which end with LF or CR LF and with no other character, as Unicode would have it."""
    return text.removesuffix("\n").replace("\r\n", "\n").split("\n") if text else []


def decode_json(content: bytes, images: int) -> Any:  # noqa: ANN401 - JSON can hold anything
    """Return the value of a JSON file that describes a number of images. NaN and infinite numbers are read, too.

    Raises:
        DamagedError: not JSON, a key occurs twice in an object, a number of thousands of digits, lists and objects that
            are nested too deeply, or more of them than images can need.
    """
    most = _MOST_CONTAINERS + _CONTAINERS_PER_IMAGE * images
    if content.count(b"[") + content.count(b"{") > most:
        raise DamagedError(f"more than {most:,} lists and objects")
    try:
        return json.loads(decode_text(content), object_pairs_hook=_distinct)
    except json.JSONDecodeError as error:
        raise DamagedError(f"not JSON: {error}") from None
    except RecursionError:
        raise DamagedError("lists and objects that are nested too deeply") from None
    except ValueError:  # of `int`, which has a limit
        raise DamagedError("a number of too many digits") from None


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        seen: set[str] = set()
        duplicate = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise DamagedError(f"key {quoted(duplicate)} is duplicated")
    return values


def check_number(actual: int, expected: int | None, what: str) -> None:
    """Raise a `DamagedError` for far more images, categories or the like in a file than it should have, if known."""
    most = 2 * (expected or 0) + 1_000
    if actual > most:
        wanted = f"at most {most:,} are read" if expected is None else f"{expected:,} are expected"
        raise DamagedError(f"{actual:,} {what} where {wanted}")


def check_box(label: str, box: Box, height: int, width: int) -> None:
    """Raise a `DamagedError` for a box (x0, y0, x1, y1) that is empty, not finite, or not within the image."""
    if not all(map(math.isfinite, box)):
        raise DamagedError(f"{label}: box coordinates {', '.join(map(str, box))} are not finite", "range")
    if not (0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height):
        raise DamagedError(
            f"{label}: box {describe_box(box)} is empty or not within {width} x {height} pixels", "range"
        )


def check_size(actual: tuple[int, int], height: int, width: int) -> None:
    """Raise a `DamagedError` for an image size (width, height) other than the annotation's."""
    if actual != (width, height):
        raise DamagedError(f"{actual[0]} x {actual[1]} pixels where the annotation has {width} x {height}", "size")
