"""Reading the files of an output: errors, bytes, text, and boxes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cityconv.check.bounded_mask import describe_box
from cityconv.check.findings import Finding, FindingKind
from cityconv.source.files import READ_ERRORS, File, explain

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.check.bounded_mask import Box


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


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        DamagedError: the file cannot be read, is not a regular file, or exceeds the limit on file sizes.
    """
    try:
        return File(str(path)).read()
    except READ_ERRORS as error:
        kind: FindingKind = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
        raise DamagedError(explain(error), kind) from None


def read_text(path: Path) -> str:
    """Return the content of a UTF-8 text file.

    Raises:
        DamagedError: as for `read_bytes`, or the content is not UTF-8.
    """
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise DamagedError(f"not UTF-8 text: {error.reason} at byte {error.start}") from None


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
