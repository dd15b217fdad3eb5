"""What the C library does with memory that is freed."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
_LARGEST_KEPT = 2**25  # bytes; the most that glibc takes
_MOST_KEPT = 2**28  # bytes


def keep_freed_memory() -> None:
    """Have glibc keep memory that is freed for the next frame, in this process and those that it forks.

    By default it gives large arrays back to the system at once. To get the like of them again costs the many frames of
    a run up to a fifth of their time. Other C libraries are left as they are.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)
        library.mallopt(_TRIM_THRESHOLD, _MOST_KEPT)
