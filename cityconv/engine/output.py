"""The output folder: filled out of sight, then moved into place; whole or absent.

Everything is written below `OUT/.cityconv` and moved to where it belongs when the last file is complete. While that
folder is there, the output is unfinished; it is also what `--resume` goes on from.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cityconv.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

WORK_FOLDER = ".cityconv"
_LOCK_PATIENCE = 2.0  # seconds; the workers of a run that was killed need a moment to notice


class Workplace:
    """The work folder of one run; `open_workplace` gives it.

    Attributes:
        out: the output folder.
        frames: where the files of single frames are written, laid out as below `out`.
        dataset: where the files of the whole data set are written, laid out likewise.
        journal: the file that tells which frames are done.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self._folder = out / WORK_FOLDER
        self.frames = self._folder / "frames"
        self.dataset = self._folder / "dataset"
        self.journal = self._folder / "journal"
        self._complete = self._folder / "complete"

    @property
    def is_complete(self) -> bool:
        """Whether all files are written, and some perhaps already moved."""
        return self._complete.exists()

    @property
    def has_files(self) -> bool:
        """Whether an earlier run left files here."""
        return any(self.frames.iterdir()) or any(self.dataset.iterdir())

    def begin(self, paths: Iterable[str], *, overwrite: bool, resume: bool) -> None:
        """Make the work folder ready.

        Args:
            paths: what will be written, as paths below the output folder.
            overwrite: whether what exists is replaced, an unfinished run included unless it is resumed.
            resume: whether an unfinished run is gone on with.

        Raises:
            OutputError: something is in the way, or the folder cannot be written.
        """
        is_unfinished = self._folder.exists()
        if is_unfinished and not (overwrite or resume):
            raise OutputError(
                f"{self.out}: an unfinished run is here", "--resume goes on with it, --overwrite starts anew"
            )
        if not overwrite and not (resume and self.is_complete):
            refuse_existing(self.out, paths)
        if not (is_unfinished and resume):
            with _explained(self.out):
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder.mkdir()
                self.reset()

    def reset(self) -> None:
        """Throw away all files written so far."""
        self._complete.unlink(missing_ok=True)
        for folder in (self.frames, self.dataset):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

    def publish(self, replaced_folders: Iterable[str]) -> None:
        """Move all files to where they belong, those of the whole data set last, and end the run.

        Args:
            replaced_folders: folders below `out` whose earlier content goes.
        """
        with _explained(self.out):
            self._complete.touch()
            for folder in replaced_folders:
                if (self.frames / folder).exists():  # else it has been moved before an interruption
                    shutil.rmtree(self.out / folder, ignore_errors=True)
            _move_into(self.frames, self.out)
            _move_into(self.dataset, self.out)
            shutil.rmtree(self._folder)

    def discard(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def open_workplace(out: Path) -> Iterator[Workplace]:
    """Give the work folder of an output, for this run alone. The output folder is made, and goes again if left empty.

    Raises:
        OutputError: the folder cannot be made, or another run is at work in it.
    """
    is_new = not out.exists()
    with _explained(out):
        out.mkdir(parents=True, exist_ok=True)
        lock = os.open(out, os.O_RDONLY)
    try:
        _lock(lock, out)
        yield Workplace(out)
    finally:
        os.close(lock)
        if is_new:
            with suppress(OSError):  # not empty, as it should be
                out.rmdir()


def _lock(folder: int, out: Path) -> None:
    deadline = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OutputError(f"{out}: another run is writing here") from None
            time.sleep(0.05)
        else:
            return


def refuse_existing(out: Path, paths: Iterable[str]) -> None:
    """Raise OutputError when one of the paths below an output exists."""
    if not out.exists():
        return
    for path in paths:
        if os.path.lexists(out / path):
            raise OutputError(f"{out / path}: exists already", "--overwrite replaces it")


def write_file(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file, and the folders above it; leave no part of it when that fails.

    Raises:
        OutputError: the file cannot be written; the message names it and says why.
    """
    make_file(path, lambda: _write(path, pieces))


def make_file(path: Path, make: Callable[[], None]) -> None:
    """Do what makes a file, and make the folders above it first when they are missing.

    Raises:
        OutputError: it cannot be made; the message names it and says why.
    """
    with _explained(path):
        try:
            make()
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            make()


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        try:
            file.writelines(pieces)
            file.flush()
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _move_into(source: Path, target: Path) -> None:
    """Move what is in a folder into another, joining folders and replacing files."""
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        goal = target / entry.name
        if entry.is_dir(follow_symlinks=False) and goal.is_dir():
            _move_into(source / entry.name, goal)
        else:
            os.replace(entry.path, goal)  # noqa: PTH105 - one system call an entry counts here


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{error.filename or path}: {(error.strerror or str(error)).lower()}") from None
