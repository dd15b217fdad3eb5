"""Making files survive a power failure."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def sync_folder(folder: Path) -> None:
    """Return when all that was written below a folder is on the disk.

    Linux syncs a file system as a whole, in one call. Elsewhere every file and folder is synced by itself.

    Raises:
        OSError: the disk reports an error, such as one of an earlier write.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if _sync_file_system(descriptor):
            return
    finally:
        os.close(descriptor)
    for path in _tree(folder):
        sync(path)
    for path in folder.absolute().parents:  # which may be as new as the folder
        with suppress(PermissionError):
            sync(path)


def sync(path: Path) -> None:
    """Return when the content of a file is on the disk, or the names in a folder; raises OSError as `sync_folder`."""
    if path.is_symlink():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_file_system(descriptor: int) -> bool:
    """Sync the file system of an open file, and return whether the C library can do that."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "syncfs"):
        return False
    if library.syncfs(descriptor):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return True


def _tree(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)
        yield Path(parent)
