"""One run at a time in an output folder."""

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

_PATIENCE = 2.0  # seconds; the workers of a run that was killed need a moment to notice
# What file systems say that cannot lock folders, as some network file systems: the run is then not guarded.
_NO_LOCKS = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)


@contextmanager
def open_staging_area(out: Path) -> Iterator[StagingArea]:
    """Give the work folder of an output, for this run alone. Folders made for it go again when they are left empty.

    Raises:
        OutputError: the folder cannot be made, or another run is at work in it.
    """
    with translate_os_errors(out):
        made = [folder for folder in (out, *out.parents) if not folder.exists()]
        lock = _open_locked(out)
    try:
        yield StagingArea(out)
    finally:
        with suppress(OSError):  # not empty, as it should be
            for folder in made:
                folder.rmdir()
        os.close(lock)


def _open_locked(out: Path) -> int:
    """Return the open and locked output folder, which is made if need be."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        out.mkdir(parents=True, exist_ok=True)
        folder = os.open(out, os.O_RDONLY)
        if _lock(folder) and _is_still(folder, out):
            return folder
        os.close(folder)
        if time.monotonic() > deadline:
            raise OutputError(f"{out}: another run is writing here")
        time.sleep(0.05)


def _lock(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        return error.errno in _NO_LOCKS
    return True


def _is_still(folder: int, path: Path) -> bool:
    """Return whether an open folder is the one at a path: another run may have removed it, empty, after its end."""
    try:
        return os.path.samestat(os.fstat(folder), path.stat())
    except FileNotFoundError:
        return False
