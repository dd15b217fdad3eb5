"""Locks that let one run at a time write to an output folder.

Where the system has flock, the folder itself is locked. That leaves no file behind, and the workers of a killed run
hold the lock until they have ended, so that no run meets their last files. filelock, which the other systems need,
locks a file of its own, and gives the lock up in forked workers.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cityconv.engine.files import translate_os_errors
from cityconv.engine.staging import StagingArea
from cityconv.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_TIMEOUT = 2.0  # seconds; the workers of a killed run need a moment to notice
_FILE = ".cityconv.lock"
# Errors of file systems that cannot lock folders, for example some network file systems. Runs there are not guarded.
_UNSUPPORTED = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)


@contextmanager
def open_staging_area(out: Path) -> Iterator[StagingArea]:
    """Lock an output folder for this run and yield its staging area.

    The folder and its parents are created as needed, and removed afterwards if they are left empty.

    Raises:
        OutputError: the folder cannot be created, or another run is writing to it.
    """
    with locked_folder(out):
        yield StagingArea(out)


@contextmanager
def locked_folder(path: Path) -> Iterator[Path]:
    """Lock a folder and yield its path; see `open_staging_area`."""
    with translate_os_errors(path):
        created = [folder for folder in (path, *path.parents) if not folder.exists()]
        unlock = _lock_folder(path) if _has_flock() else _lock_file(path)
    try:
        yield path
    finally:
        unlock(created)


def _has_flock() -> bool:
    """Return whether the system can lock a folder; Windows cannot."""
    try:
        import fcntl  # noqa: F401
    except ImportError:
        return False
    return True


def _remove_empty(folders: list[Path]) -> None:
    with suppress(OSError):  # not empty
        for folder in folders:
            folder.rmdir()


def _lock_file(out: Path) -> Callable[[list[Path]], None]:
    """Lock a file in an output folder, and return what unlocks and removes it, and then empty folders."""
    from filelock import FileLock, Timeout

    out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out / _FILE, timeout=_TIMEOUT)
    try:
        lock.acquire()
    except Timeout:
        raise _refusal(out) from None

    def unlock(created: list[Path]) -> None:
        lock.release()
        with suppress(OSError):  # another run has it open
            (out / _FILE).unlink(missing_ok=True)
        _remove_empty(created)

    return unlock


def _lock_folder(out: Path) -> Callable[[list[Path]], None]:
    """Create an output folder if needed and lock it; return what removes empty folders, and then unlocks it."""
    deadline = time.monotonic() + _TIMEOUT
    while True:
        out.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(out, os.O_RDONLY)
        if _lock(descriptor) and _is_same_folder(descriptor, out):
            break
        os.close(descriptor)
        if time.monotonic() > deadline:
            raise _refusal(out)
        time.sleep(0.05)

    def unlock(created: list[Path]) -> None:
        _remove_empty(created)
        os.close(descriptor)

    return unlock


def _refusal(out: Path) -> OutputError:
    return OutputError(f"{out}: another run is writing to this folder")


def _lock(descriptor: int) -> bool:
    import fcntl

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
