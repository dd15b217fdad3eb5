"""The staging area: output files are written out of sight, and moved into place when all of them are complete.

Files are written below `OUT/.cityconv`. While this folder exists, the output is unfinished, and `--resume` can
continue. A run that ends at any moment, by any signal, leaves one of three states:

* No file `complete`: files are being written, and nothing outside the folder has been touched. `journal` lists the
  frames that are done. When staged files are discarded, it is removed first, so that it never lists missing files.
* `complete` exists: all files are written, and the output is committed. What remains is to move the files, which needs
  no input and can be repeated any number of times. Nothing else starts here until it is done.
* Neither file exists: there is nothing to continue. The run had just started, or was removing its staging area.

A fourth file, `replaces`, says that the run may replace existing files; a run that resumes it may do so too.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.engine.durability import sync, sync_folder
from cityconv.engine.files import check_paths, remove, translate_os_errors, write_file
from cityconv.errors import OutputError
from cityconv.vocabulary import STAGING_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SEPARATOR = b"\0"


class StagingArea:
    """The staging area of one run; `engine.lock.open_staging_area` opens it.

    Attributes:
        out: the output folder.
        frames: folder for the files of single frames, with the layout of `out`.
        samples: folder for those that go into shards, which are files of the whole data set. They stay in this folder.
        dataset: folder for the files of the whole data set, with the layout of `out`.
        manifests: folder for manifests, with the layout of `out`; they are moved last.
        journal: the file that lists the frames that are done.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self._folder = out / STAGING_FOLDER
        self.frames = self._folder / "frames"
        self.samples = self._folder / "samples"
        self.dataset = self._folder / "dataset"
        self.manifests = self._folder / "manifests"
        self.journal = self._folder / "journal"
        self._complete = self._folder / "complete"
        self._replaces = self._folder / "replaces"

    @property
    def is_unfinished(self) -> bool:
        """Whether a run was interrupted here."""
        return os.path.lexists(self._folder)

    @property
    def is_committed(self) -> bool:
        """Whether the interrupted run had written all files; some may have been moved already."""
        return self._complete.exists()

    @property
    def may_replace(self) -> bool:
        """Whether a run that resumes the one here may replace existing files.

        It may if the interrupted run could. Without a journal that run was removing its staging area, and the existing
        files are its own.
        """
        return self._replaces.exists() or (self.is_unfinished and not self.journal.exists())

    def begin(self, paths: Sequence[str], *, overwrite: bool, resume: bool) -> None:
        """Prepare the staging area. The files of a committed run are moved into place first.

        Args:
            paths: the paths to be written, relative to the output folder; the path of a folder ends with `/`.
            overwrite: whether to replace existing files and, unless it is resumed, discard an unfinished run.
            resume: whether to continue an unfinished run, and replace files if that run could.

        Raises:
            OutputError: something exists at one of the paths, or the folder cannot be written.
        """
        check_paths(self.out, paths)
        if self._folder.is_symlink():
            raise OutputError(f"{self._folder}: a symbolic link exists where a folder is needed")
        if self.is_unfinished and not (overwrite or resume):
            raise OutputError(
                f"{self.out}: contains an unfinished run", "--resume continues it, --overwrite discards it"
            )
        if self.is_committed:
            self.commit()
            self.close()
        replaces = overwrite or (resume and self.may_replace)
        if not replaces:
            refuse_existing(self.out, paths)
        _refuse_mismatched(self.out, paths, overwrite=replaces)
        with translate_os_errors(self.out):
            self._folder.mkdir(exist_ok=True)
            if replaces:
                self._replaces.touch()
            if not resume:
                self.reset()

    def reset(self) -> None:
        """Discard all staged files, and create empty folders for new ones."""
        with translate_os_errors(self.out):
            self.journal.unlink(missing_ok=True)
            for folder in (self.samples, *self._moved):
                remove(folder)
                folder.mkdir()

    @property
    def _moved(self) -> tuple[Path, Path, Path]:
        """The folders of files that are moved into place, in this order."""
        return self.frames, self.dataset, self.manifests

    def publish(self, obsolete: Iterable[str]) -> None:
        """Commit the run, move all files into place, and remove the staging area.

        Args:
            obsolete: paths of files that an earlier run wrote and this one did not; they are removed.
        """
        draft = self._folder / "complete.part"
        write_file(draft, [_SEPARATOR.join(map(os.fsencode, obsolete))])
        with translate_os_errors(self.out):
            sync_folder(self._folder)  # after a power failure, `complete` is absent, or as it was written
            draft.rename(self._complete)
            sync(self._folder)
        self.commit()
        self.close()

    def commit(self) -> None:
        """Remove obsolete files and move all staged files into place, manifests last.

        Can be repeated after an interruption at any point.
        """
        with translate_os_errors(self.out):
            obsolete = [os.fsdecode(path) for path in self._complete.read_bytes().split(_SEPARATOR) if path]
            for path in obsolete:
                (self.out / path).unlink(missing_ok=True)
                _remove_empty_folders(self.out, path)
            if obsolete:
                sync_folder(self.out)
                self._complete.write_bytes(b"")  # a repetition must not remove what is moved now
            for folder in self._moved:
                _move_content(folder, self.out)
            sync_folder(self.out)  # else the names of files could be lost, and `complete` with the staging area gone

    def close(self) -> None:
        """Remove the staging area of a run whose files are in place. `complete` goes last, as it says that they are."""
        with translate_os_errors(self.out):
            for path in (self.samples, *self._moved, self.journal, self._replaces, self._complete, self._folder):
                remove(path)
            sync(self.out)

    @contextmanager
    def discarded_on_error(self) -> Iterator[None]:
        """A context for work that no later run could continue: an error discards it, unless it is committed."""
        try:
            yield
        except BaseException:
            if not self.is_committed:
                self.discard()
            raise

    def discard(self) -> None:
        """Remove the staging area of a run that is not committed."""
        with suppress(OutputError, OSError):
            self.reset()
            shutil.rmtree(self._folder)


def is_unfinished(out: Path) -> bool:
    """Return whether a run into this folder was interrupted."""
    return StagingArea(out).is_unfinished


def refuse_existing(out: Path, paths: Iterable[str]) -> None:
    """Raise OutputError if one of these paths, relative to an output folder, exists."""
    if not out.exists():
        return
    for path in paths:
        if os.path.lexists(out / path):
            raise OutputError(f"{out / path}: already exists", "--overwrite replaces it")


def _refuse_mismatched(out: Path, paths: Iterable[str], *, overwrite: bool) -> None:
    """Raise OutputError if a file exists where a folder is needed, or the reverse."""
    folders = {STAGING_FOLDER}
    for path in paths:
        if overwrite and not path.endswith("/") and os.path.isdir(out / path):  # noqa: PTH112 - faster, for many paths
            raise OutputError(f"{out / path}: a folder exists where a file is needed")
        parent = path.rstrip("/").rpartition("/")[0]
        while parent and parent not in folders:
            folders.add(parent)
            parent = parent.rpartition("/")[0]
    for folder in sorted(folders):
        if os.path.lexists(out / folder) and not (out / folder).is_dir():
            raise OutputError(f"{out / folder}: a file exists where a folder is needed")


def _remove_empty_folders(out: Path, path: str) -> None:
    """Remove the folders above a path, relative to an output folder, as far as they are empty."""
    with suppress(OSError):  # not empty, or gone
        while path := path.rpartition("/")[0]:
            (out / path).rmdir()


def _move_content(source: Path, target: Path) -> None:
    """Move the content of one folder into another. Folders are merged, and files replaced."""
    if not source.exists():
        return
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        destination = target / entry.name
        if entry.is_dir(follow_symlinks=False) and destination.is_dir():
            _move_content(source / entry.name, destination)
        else:
            _move(entry.path, destination)


def _move(source: str, target: Path) -> None:
    """Move a file or a folder to where there is none, or a file; also to another file system, by way of a copy."""
    try:
        os.replace(source, target)  # noqa: PTH105 - one system call per entry
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        if os.path.isdir(source) and not os.path.islink(source):  # noqa: PTH112, PTH114 - as above
            target.mkdir(exist_ok=True)
            _move_content(Path(source), target)
            return
        draft = target.with_name(f"{target.name}.part")
        shutil.copyfile(source, draft, follow_symlinks=False)
        sync(draft)
        draft.rename(target)
        sync(target.parent)
        os.unlink(source)  # noqa: PTH108 - as above
