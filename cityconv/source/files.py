"""Bytes of files, in folders and in zips."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from cityconv.source.disk_list import DiskList
from cityconv.source.limits import excess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from io import RawIOBase


class FileRefusedError(Exception):
    """A file is not read, for its size or for what it is."""


class FileChangedError(FileRefusedError):
    """A file is not the one that was listed."""


# What reading a file or a member of an archive can fail with: also encryption, unknown compression, any damage.
READ_ERRORS = (
    FileRefusedError, OSError, LookupError, ArithmeticError, ValueError, RuntimeError, NotImplementedError, EOFError,
    zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip

SizeLimit = Literal["annotation_bytes", "file_bytes", "manifest_bytes"]
HIDDEN = "."  # in front of what some systems put beside a file, above all in zips
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may make much of little before their size is known


class File(NamedTuple):
    """A file in a folder or in a zip. Cheap to send to another process.

    Attributes:
        path: its path, or the member of the archive.
        archive: the zip that holds it, or None.
    """

    path: str
    archive: str | None = None

    def __str__(self) -> str:
        return self.path if self.archive is None else f"{self.archive}/{self.path}"

    def read(self, limit: SizeLimit = "file_bytes") -> bytes:
        """Return the file's bytes, if they are not more than a limit; raises one of READ_ERRORS."""
        if self.archive is None:
            return _read_file(self.path, limit)
        archive, member = _open_member(self.archive, self.path)
        _refuse_excess(member.file_size, limit)
        content = archive.read(member)  # which gives no more than the size said above
        if len(content) < member.file_size:
            raise FileRefusedError(f"{len(content):,} bytes, fewer than the {member.file_size:,} that the archive says")
        return content

    def read_start(self, length: int) -> bytes:
        """Return the first bytes of the file, all where it is shorter; raises one of READ_ERRORS."""
        if self.archive is None:
            return _read_file(self.path, "file_bytes", length)
        archive, member = _open_member(self.archive, self.path)
        with archive.open(member) as opened:
            return opened.read(length)

    def read_ranges(self, ranges: Sequence[tuple[int, int]], stamp: tuple[int, ...]) -> list[bytes]:
        """Return parts of the file, which together may have as many bytes as an annotation.

        Args:
            ranges: the first byte of each part, and one past its last.
            stamp: what tells that it is still the same file: as of `file_stamp`, or size and checksum of a member.

        Raises:
            FileChangedError: it is another one; else one of READ_ERRORS.
        """
        _refuse_excess(sum(stop - start for start, stop in ranges), "annotation_bytes")
        if self.archive is not None:
            content = _member_content(self, stamp)
            return [content[start:stop] for start, stop in ranges]
        with open(self.path, "rb", buffering=0, opener=_open_at_once) as file:
            if _stamp(os.fstat(file.fileno())) != stamp:
                raise FileChangedError
            return [_read_range(file, *part) for part in ranges]

    def exists(self) -> bool:
        """Return whether there is such a file, or such a member in a zip that can be read."""
        if self.archive is None:
            return os.path.isfile(self.path)  # noqa: PTH113 - the path is text
        try:
            _open_member(self.archive, self.path)
        except READ_ERRORS:
            return False
        return True


def _read_file(path: str, limit: SizeLimit, length: int = -1) -> bytes:
    with open(path, "rb", buffering=0, opener=_open_at_once) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise FileRefusedError("not a regular file")
        _refuse_excess(status.st_size, limit)
        return file.read(length)


def _read_range(file: RawIOBase, start: int, stop: int) -> bytes:
    file.seek(start)
    return file.read(stop - start) or b""


def _open_at_once(path: str, flags: int) -> int:
    """Open a file; a pipe too, without waiting until somebody writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse_excess(size: int, limit: SizeLimit) -> None:
    if words := excess(size, "bytes", limit):
        raise FileRefusedError(words)


@lru_cache(maxsize=1)
def _member_content(file: File, stamp: tuple[int, ...]) -> bytes:
    content = file.read()
    if (len(content), zlib.crc32(content)) != stamp:
        raise FileChangedError
    return content


def file_stamp(path: str) -> tuple[int, ...]:
    """Return size, modification and change time of a file; raises OSError if it is gone."""
    return _stamp(os.stat(path))  # noqa: PTH116 - for each of many files


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def file_state(path: str) -> tuple[int, ...]:
    """Return what tells that a file was changed or replaced: size, inode, modification and change time; () if gone."""
    try:
        status = os.stat(path)  # noqa: PTH116 - for each of many files
    except OSError:
        return ()
    return status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def _open_member(archive: str, path: str) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
    # A forked process shares the position in its parent's open files, so it must not share the parent's archive.
    opened, members = _open_archive(archive, os.getpid(), os.stat(archive).st_mtime_ns)  # noqa: PTH116 - a third of the time
    if path not in members:
        raise FileRefusedError("not in the archive")
    member = members[path]
    if stat.S_ISLNK(member.external_attr >> 16):
        raise FileRefusedError("a symbolic link, not a file")
    if member.compress_type not in _METHODS:
        raise FileRefusedError(f"compressed by method {member.compress_type}; only deflate is read")
    return opened, member


@lru_cache(maxsize=4)
def _open_archive(
    archive: str, _process: int, _changed: int
) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:  # the process and the time of change are parts of the key
    opened = zipfile.ZipFile(archive)
    return opened, {member.filename: member for member in _members(opened)}


def list_archive(archive: Path) -> list[zipfile.ZipInfo]:
    """Return the members of a zip that are files; raises one of READ_ERRORS.

    Their names have `/` between folders, also where the zip has backslashes, as some tools on Windows write.
    """
    with zipfile.ZipFile(archive) as opened:
        return [member for member in _members(opened) if not member.is_dir()]


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    for member in members:
        member.filename = member.filename.replace("\\", "/")  # what reads a member goes by its `orig_filename`
    return members


def walk_files(
    root: Path, is_wanted: Callable[[str], bool], *, skip_unreadable: bool = False
) -> Iterator[tuple[str, ...]]:
    """Yield the wanted files in a folder and below it, each as the names of its folders below `root` and its own.

    Links to folders are followed, but for those that lead back to a folder above them: these go in circles. Names that
    begin with a dot are left out.

    Args:
        root: the folder.
        is_wanted: tells by the name; what is wanted is yielded without a look at what it is.
        skip_unreadable: whether to pass over folders that cannot be listed.

    Raises:
        OSError: a folder cannot be listed.
    """
    above = frozenset(_identity(folder) for folder in (root, *Path(os.path.realpath(root)).parents))
    waiting: list[tuple[tuple[str, ...], frozenset[tuple[int, int]]]] = [((), above)]
    while waiting:
        names, above = waiting.pop()
        folder = os.path.join(root, *names)  # noqa: PTH118 - for each of many folders
        try:
            files, folders = _list_folder(folder, is_wanted)
            inner = [(name, _identity(f"{folder}/{name}")) for name in folders]
        except OSError:
            if not skip_unreadable:
                raise
            continue
        yield from ((*names, name) for name in files)
        waiting += [((*names, name), above | {identity}) for name, identity in inner if identity not in above]


def _list_folder(folder: str, is_wanted: Callable[[str], bool]) -> tuple[Sequence[str], list[str]]:
    """Return the wanted names in a folder, and the folders among the others."""
    folders: list[str] = []

    def is_file(entry: os.DirEntry[str]) -> bool:
        if not is_wanted(entry.name) and _is_folder(entry):
            folders.append(entry.name)
        return is_wanted(entry.name)

    with os.scandir(folder) as entries:
        shown = (entry for entry in entries if not entry.name.startswith(HIDDEN))
        return DiskList(entry.name for entry in shown if is_file(entry)), folders


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _identity(folder: str | Path) -> tuple[int, int]:
    status = os.stat(folder)  # noqa: PTH116 - for each of many folders
    return status.st_dev, status.st_ino


def explain(error: Exception) -> str:
    """Say what a reading error means."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error.args[0]) if error.args else type(error).__name__
