"""Locks that let one run at a time write to an output folder."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cityconv.engine.files import translate_os_errors
from cityconv.engine.staging import StagingArea
from cityconv.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TIMEOUT = 2.0  # seconds; the workers of a killed run need a moment to notice
# Errors of file systems that cannot lock folders, for example some network file systems. Runs there are not guarded.
_UNSUPPORTED = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)


@contextmanager
def open_staging_area(out: Path) -> Iterator[StagingArea]:
    """Lock an output folder for this run and yield its staging area.

    The folder and its parents are created as needed, and removed afterwards if they are left empty.

    Raises:
        OutputError: the folder cannot be created, or another run is writing to it.
    """
    with translate_os_errors(out):
        created = [folder for folder in (out, *out.parents) if not folder.exists()]
        descriptor = _open_locked(out)
    try:
        yield StagingArea(out)
    finally:
        with suppress(OSError):  # not empty
            for folder in created:
                folder.rmdir()
        os.close(descriptor)


def _open_locked(out: Path) -> int:
    """Create an output folder if needed, lock it, and return its file descriptor."""
    deadline = time.monotonic() + _TIMEOUT
    while True:
        out.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(out, os.O_RDONLY)
        if _lock(descriptor) and _is_same_folder(descriptor, out):
            return descriptor
        os.close(descriptor)
        if time.monotonic() > deadline:
            raise OutputError(f"{out}: another run is writing to this folder")
        time.sleep(0.05)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        return error.errno in _UNSUPPORTED
    return True


def _is_same_folder(descriptor: int, path: Path) -> bool:
    """Return whether an open folder is still at a path: the run that held the lock may have removed it as empty."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
