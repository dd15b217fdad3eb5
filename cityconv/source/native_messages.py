"""What libraries written in C print on standard error."""

from __future__ import annotations

import os
import tempfile
from typing import IO, TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_STANDARD_ERROR = 2  # file descriptor
_MOST = 2**16  # bytes that are returned


def call_quietly(function: Callable[[], Result]) -> tuple[Result, str]:
    """Call a function, and return its result and what was written to the descriptor of standard error meanwhile.

    libpng and libjpeg write there without asking. This takes 25 microseconds. No other thread may write meanwhile.
    """
    try:
        kept = os.dup(_STANDARD_ERROR)
    except OSError:  # closed, in a program that uses cityconv as a library
        return function(), ""
    with _open_memory() as messages:
        try:
            os.dup2(messages.fileno(), _STANDARD_ERROR)
            result = function()
        finally:
            os.dup2(kept, _STANDARD_ERROR)
            os.close(kept)
        messages.seek(0)
        return result, messages.read(_MOST).decode(errors="replace")


def _open_memory() -> IO[bytes]:
    """Return an empty file in memory, where the system has such."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("messages"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)
