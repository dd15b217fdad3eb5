"""The output folder: filled out of sight, then moved into place; whole or absent.

Everything is written below `OUT/.cityconv` and moved to where it belongs when the last file is complete. While that
folder is there, the output is unfinished; it is also what `--resume` goes on from.

A run that ends at any moment, by whatever signal, leaves one of three states, told by what is in the folder:
* no `complete`: files are being made. Nothing outside the folder has been touched. `journal` tells which frames are
  done; it goes first when they are thrown away, so that it never tells of files that are gone.
* `complete`: all files are made, and the output is decided. What remains is to move them, which needs no input and can
  be begun anew any number of times. Until it is done nothing else is begun here.
* neither of them: nothing is to be gone on with. It may also be the last of a run that was all in place.
Besides, `replaces` tells that the run may replace what exists; so may one that goes on with it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from cityconv.engine.files import check_paths, translate_os_errors, remove, write_atomically
from cityconv.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

WORK_FOLDER = ".cityconv"
_BETWEEN_PATHS = b"\0"


class StagingArea:
    """The work folder of one run; `engine.lock.open_staging_area` gives it.

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
        self._replaces = self._folder / "replaces"

    @property
    def is_unfinished(self) -> bool:
        """Whether a run was interrupted here."""
        return os.path.lexists(self._folder)

    @property
    def is_committed(self) -> bool:
        """Whether that run had made all files, and some are perhaps already moved."""
        return self._complete.exists()

    @property
    def may_replace(self) -> bool:
        """Whether what goes on with the run here may replace what exists.

        It may where that run could. Without a journal that run was clearing up, and what exists is its own.
        """
        return self._replaces.exists() or (self.is_unfinished and not self.journal.exists())

    def begin(self, paths: Sequence[str], *, overwrite: bool, resume: bool) -> None:
        """Make the work folder ready; what an interrupted run had decided is put in place first.

        Args:
            paths: what will be written, as paths below the output folder; a folder ends with `/`.
            overwrite: whether what exists is replaced, an unfinished run included unless it is resumed.
            resume: whether an unfinished run is gone on with; what that could replace, this can.

        Raises:
            OutputError: something is in the way, or the folder cannot be written.
        """
        check_paths(self.out, paths)
        if self._folder.is_symlink():
            raise OutputError(f"{self._folder}: a link is in the way")
        if self.is_unfinished and not (overwrite or resume):
            raise OutputError(
                f"{self.out}: an unfinished run is here", "--resume goes on with it, --overwrite starts anew"
            )
        if self.is_committed:
            self.commit()
            self.close()
        replaces = overwrite or (resume and self.may_replace)
        if not replaces:
            refuse_existing(self.out, paths)
        _refuse_blocked(self.out, paths, overwrite=replaces)
        with translate_os_errors(self.out):
            self._folder.mkdir(exist_ok=True)
            if replaces:
                self._replaces.touch()
            if not resume:
                self.reset()

    def reset(self) -> None:
        """Throw away all files written so far, and make the folders for others."""
        with translate_os_errors(self.out):
            self.journal.unlink(missing_ok=True)
            for folder in (self.frames, self.dataset):
                remove(folder)
                folder.mkdir()

    def publish(self, paths: Iterable[str]) -> None:
        """Move all files to where they belong and end the run.

        Args:
            paths: as for `begin`. What is there from before goes, where a folder or nothing takes its place.
        """
        gone = [path for path in paths if os.path.lexists(self.out / path) and not self._is_replaced(path)]
        write_atomically(self._complete, [_BETWEEN_PATHS.join(map(os.fsencode, gone))])
        self.commit()
        self.close()

    def _is_replaced(self, path: str) -> bool:
        staged = (folder / path for folder in (self.frames, self.dataset))
        return not path.endswith("/") and any(map(os.path.lexists, staged))

    def commit(self) -> None:
        """Move all files to where they belong, those of the whole data set last, as far as that is not done yet."""
        with translate_os_errors(self.out):
            for path in filter(None, self._complete.read_bytes().split(_BETWEEN_PATHS)):
                remove(self.out / os.fsdecode(path))
            self._complete.write_bytes(b"")  # else what is moved now would be removed the next time
            for folder in (self.frames, self.dataset):
                _move_into(folder, self.out)

    def close(self) -> None:
        """Remove the work folder of a run whose files are in place; what tells that they are goes last."""
        with translate_os_errors(self.out):
            for path in (self.frames, self.dataset, self.journal, self._replaces, self._complete, self._folder):
                remove(path)

    def discard(self) -> None:
        """Leave nothing behind of a run that decided nothing."""
        with suppress(OutputError, OSError):
            self.reset()
            shutil.rmtree(self._folder)


def is_unfinished(out: Path) -> bool:
    """Return whether a run into this folder was interrupted."""
    return StagingArea(out).is_unfinished


def refuse_existing(out: Path, paths: Iterable[str]) -> None:
    """Raise OutputError when one of the paths below an output exists."""
    if not out.exists():
        return
    for path in paths:
        if os.path.lexists(out / path):
            raise OutputError(f"{out / path}: exists already", "--overwrite replaces it")


def _refuse_blocked(out: Path, paths: Iterable[str], *, overwrite: bool) -> None:
    """Raise OutputError when there is a file where a folder has to be, or a folder where a file has to be."""
    folders = {WORK_FOLDER}
    for path in paths:
        if overwrite and not path.endswith("/") and os.path.isdir(out / path):  # noqa: PTH112 - one of many
            raise OutputError(f"{out / path}: a folder is in the way")
        above = path.rstrip("/").rpartition("/")[0]
        while above and above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    for folder in sorted(folders):
        if os.path.lexists(out / folder) and not (out / folder).is_dir():
            raise OutputError(f"{out / folder}: a file is in the way")


def _move_into(source: Path, target: Path) -> None:
    """Move what is in a folder into another, joining folders and replacing files."""
    if not source.exists():
        return
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        goal = target / entry.name
        if entry.is_dir(follow_symlinks=False) and goal.is_dir():
            _move_into(source / entry.name, goal)
        else:
            os.replace(entry.path, goal)  # noqa: PTH105 - one system call an entry counts here
