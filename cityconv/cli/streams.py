"""Standard streams that can be closed or full without harm, and that take every character."""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

_STANDARD_ERROR = 2  # file descriptor


def secure_streams() -> None:
    """Keep standard error from ending a run: what cannot be written to it is dropped.

    Standard error is closed in a daemon, full on a full disk, and broken when its reader has gone. A closed descriptor
    below 3 is opened on the null device: the next file that is opened would get its number, and with it the messages
    of libraries written in C.

    Both streams take every character, and standard output every file name, byte for byte.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stderr is sys.__stderr__:
        encoding = _wide_encoding(sys.stderr.encoding if sys.stderr else "ascii")
        buffer = io.BufferedWriter(_LenientFile(_STANDARD_ERROR, "w", closefd=False))
        sys.stderr = io.TextIOWrapper(buffer, encoding, "backslashreplace", line_buffering=True)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # File names that cannot be decoded are written unchanged.
        sys.stdout.reconfigure(encoding=_wide_encoding(sys.stdout.encoding), errors="surrogateescape")


def _wide_encoding(encoding: str) -> str:
    """Return an encoding, or UTF-8 for ASCII: Typer would print `?` for all that ASCII lacks."""
    return "utf-8" if codecs.lookup(encoding).name == "ascii" else encoding


class _LenientFile(io.FileIO):
    """A file that accepts everything, and drops what cannot be written."""

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes
