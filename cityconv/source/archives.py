"""Members of zips, on disk and in stores.

Of a zip in a store, each process reads the central directory once. Members are then read in one request each.
"""

from __future__ import annotations

import errno
import os
import stat
import zipfile
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cityconv.source.listings import forget_listings, store_errors
from cityconv.source.locations import file_stamp, file_state
from cityconv.storage.objects import read_range
from cityconv.storage.url import StoreUrl, is_url, url_of

if TYPE_CHECKING:
    from cityconv.storage.url import Location

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may make much of little before their size is known
_END = 2**16  # bytes at the end of a zip that are read first: the directory of some 500 files
_HEADER = 30  # bytes in front of the name of a member
_SLACK = 2**6  # bytes; what a member may have more in its own header than in the directory


class FileRefusedError(Exception):
    """A file is not read, for its size or for what it is."""


class FileChangedError(FileRefusedError):
    """A file is not the one that was listed."""


class Archive(NamedTuple):
    """An open zip.

    Attributes:
        opened: the zip.
        members: its members by name, with `/` between folders.
        stored: the object that it is read from, if it is in a store.
    """

    opened: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]
    stored: RangedFile | None = None

    def find(self, path: str) -> zipfile.ZipInfo:
        """Return a member.

        Raises:
            FileRefusedError: there is no such member, it is no file, or it is compressed by another method.
        """
        if path not in self.members:
            raise FileRefusedError("not in the archive")
        member = self.members[path]
        if stat.S_ISLNK(member.external_attr >> 16):
            raise FileRefusedError("a symbolic link, not a file")
        if member.compress_type not in _METHODS:
            raise FileRefusedError(f"compressed by method {member.compress_type}; only deflate is read")
        return member

    def read(self, member: zipfile.ZipInfo, length: int | None = None) -> bytes:
        """Return the first bytes of a member, or all; raises one of READ_ERRORS."""
        if self.stored:
            names = len(member.orig_filename.encode()) + len(member.extra)
            self.stored.fetch(member.header_offset, _HEADER + names + _SLACK + member.compress_size)
        if length is None:
            return self.opened.read(member)  # which gives no more than the size that the directory says
        with self.opened.open(member) as file:
            return file.read(length)


def open_archive(archive: str) -> Archive:
    """Return a zip, which this process keeps open; raises one of READ_ERRORS, or SourceError if a store fails."""
    # A forked process shares the position in its parent's open files, so it must not share the parent's archive.
    if is_url(archive):
        return _open_stored(archive, os.getpid())
    return _open_file(archive, os.getpid(), os.stat(archive).st_mtime_ns)  # noqa: PTH116 - a third of the time


def open_changed(archive: str) -> Archive:
    """Return a zip in a store that was replaced since this process opened it; raises as `open_archive`."""
    forget_listings()
    return _open_listed(archive)


def _open_listed(archive: str) -> Archive:
    """Return a zip in a store as it was when it was listed."""
    opened = open_archive(archive)
    if opened.stored and opened.stored.stamp == file_state(archive):
        return opened
    _open_stored.cache_clear()
    return open_archive(archive)


@lru_cache(maxsize=4)
def _open_file(archive: str, _process: int, _changed: int) -> Archive:  # the last two are parts of the key
    opened = zipfile.ZipFile(archive)
    return Archive(opened, {member.filename: member for member in _members(opened)})


@lru_cache(maxsize=4)
def _open_stored(archive: str, _process: int) -> Archive:
    stored = RangedFile(url_of(archive))
    opened = zipfile.ZipFile(stored)
    return Archive(opened, {member.filename: member for member in _members(opened)}, stored)


def list_archive(archive: Location) -> list[zipfile.ZipInfo]:
    """Return the members of a zip that are files; raises one of READ_ERRORS, or SourceError if a store fails.

    Their names have `/` between folders, also where the zip has backslashes, as some tools on Windows write.
    """
    if isinstance(archive, StoreUrl):
        members = _open_listed(str(archive)).opened.infolist()
    else:
        with zipfile.ZipFile(archive) as opened:
            members = _members(opened)
    return [member for member in members if not member.is_dir()]


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    for member in members:
        member.filename = member.filename.replace("\\", "/")  # what reads a member goes by its `orig_filename`
    return members


class RangedFile:
    """An object in a store as a file to read. What is asked for is taken from the part that was fetched last."""

    def __init__(self, url: StoreUrl) -> None:
        """Read the end of an object; raises FileNotFoundError, or SourceError if the store fails."""
        self._url = url
        self.stamp = file_stamp(str(url))
        self._size = self.stamp[0]
        self._position = self._start = 0
        self._part = b""
        if self._size:
            self.fetch(max(self._size - _END, 0), _END)

    def fetch(self, start: int, length: int) -> None:
        """Read a part in one request.

        Raises:
            OSError: it does not begin in the object.
            FileChangedError: the object is not the one that was opened.
            SourceError: the store fails.
        """
        if not 0 <= start < self._size:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        with store_errors():
            part, info = read_range(self._url, start, min(start + length, self._size))
        if info.stamp != self.stamp:
            raise FileChangedError
        self._start, self._part = start, part

    def seekable(self) -> bool:
        """Return that it is, which `zipfile` asks."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position, from the start, from here or from the end, and return it.

        Raises:
            OSError: it would be before the start.
        """
        position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if position < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._position = position
        return position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return what is at the position, in one request if it has not been fetched; raises as `fetch` does."""
        length = max(self._size - self._position, 0)
        length = length if size < 0 else min(length, size)
        offset = self._position - self._start
        if not (offset >= 0 and offset + length <= len(self._part)) and length:
            self.fetch(self._position, length)
            offset = 0
        self._position += length
        return self._part[offset : offset + length]
