"""How the C library handles freed memory."""

from __future__ import annotations

import ctypes
from contextlib import suppress

# Parameters of mallopt, from malloc.h of glibc.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_KEPT = 2**25  # bytes, the maximum that glibc accepts
_MOST_KEPT = 2**28  # bytes


def keep_freed_memory() -> None:
    """Make glibc keep freed memory for the next frame, in this process and in processes forked from it.

    By default, glibc returns large arrays to the system at once. Allocating them again for every frame takes up to a
    fifth of the run time. With other C libraries, this function does nothing.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT)
        library.mallopt(_M_TRIM_THRESHOLD, _MOST_KEPT)
