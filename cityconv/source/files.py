"""Bytes of files: in folders, in zips, and in stores."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from cityconv.source.archives import FileChangedError, FileRefusedError, open_archive, open_changed
from cityconv.source.limits import excess
from cityconv.source.listings import store_errors
from cityconv.source.locations import file_stamp, stamp_of
from cityconv.storage.objects import read_object, read_range
from cityconv.storage.url import is_url, url_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import RawIOBase

    from cityconv.source.archives import Archive
    from cityconv.source.listings import Stamp
    from cityconv.storage.url import StoreUrl


# What reading a file or a member of an archive can fail with: also encryption, unknown compression, any damage.
READ_ERRORS = (
    FileRefusedError, OSError, LookupError, ArithmeticError, ValueError, RuntimeError, NotImplementedError, EOFError,
    zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip

SizeLimit = Literal["annotation_bytes", "file_bytes", "manifest_bytes"]

_NEAR = 2**16  # bytes between parts of an object that are read in one request


class File(NamedTuple):
    """A file in a folder, in a store, or in a zip that is in one of these. Cheap to send to another process.

    Attributes:
        path: its path or URL, or the member of the archive.
        archive: the path or URL of the zip that holds it, or None.
    """

    path: str
    archive: str | None = None

    def __str__(self) -> str:
        return self.path if self.archive is None else f"{self.archive}/{self.path}"

    @property
    def is_on_disk(self) -> bool:
        """Whether it is a file of its own in a folder."""
        return self.archive is None and not is_url(self.path)

    @property
    def url(self) -> StoreUrl | None:
        """The URL of the object that it is, if it is one of its own in a store."""
        return None if self.archive is not None or not is_url(self.path) else url_of(self.path)

    def read(self, limit: SizeLimit = "file_bytes") -> bytes:
        """Return the file's bytes, if they are not more than a limit.

        Raises:
            SourceError: a store fails; else one of READ_ERRORS.
        """
        if self.archive is not None:
            return self._read_member(self.archive, limit)
        if (url := self.url) is None:
            return _read_file(self.path, limit)
        with store_errors():
            return read_object(url, lambda size: _refuse_excess(size, limit))

    def read_start(self, length: int) -> bytes:
        """Return the first bytes of the file, all where it is shorter; raises as `read` does."""
        if self.archive is not None:
            return self._read_member(self.archive, "file_bytes", length)
        return _read_file(self.path, "file_bytes", length) if self.is_on_disk else self.read()[:length]

    def read_ranges(self, ranges: Sequence[tuple[int, int]], stamp: Stamp) -> list[bytes]:
        """Return parts of the file, which together may have as many bytes as an annotation.

        Args:
            ranges: the first byte of each part, and one past its last.
            stamp: what tells that it is still the same file: as of `file_stamp`, or size and checksum of a member.

        Raises:
            FileChangedError: it is another one.
            SourceError: a store fails; else one of READ_ERRORS.
        """
        _refuse_excess(sum(stop - start for start, stop in ranges), "annotation_bytes")
        if self.archive is not None:
            content = _member_content(self, stamp)
            return [content[start:stop] for start, stop in ranges]
        if (url := self.url) is not None:
            return _read_object_ranges(url, ranges, stamp)
        with open(self.path, "rb", buffering=0, opener=_open_at_once) as file:
            if stamp_of(os.fstat(file.fileno())) != stamp:
                raise FileChangedError
            return [_read_range(file, *part) for part in ranges]

    def exists(self) -> bool:
        """Return whether there is such a file, or such a member in a zip that can be read.

        Raises:
            SourceError: a store fails.
        """
        try:
            if self.archive is not None:
                open_archive(self.archive).find(self.path)
                return True
            if is_url(self.path):
                return bool(file_stamp(self.path))
        except READ_ERRORS:
            return False
        return os.path.isfile(self.path)  # noqa: PTH113 - the path is text

    def _read_member(self, archive: str, limit: SizeLimit, length: int | None = None) -> bytes:
        try:
            return _read_from(open_archive(archive), self.path, limit, length)
        except FileChangedError:  # since this process has opened the archive, which may have been for another run
            return _read_from(open_changed(archive), self.path, limit, length)


def _read_from(archive: Archive, path: str, limit: SizeLimit, length: int | None) -> bytes:
    member = archive.find(path)
    if length is None:
        _refuse_excess(member.file_size, limit)
    content = archive.read(member, length)
    if length is None and len(content) < member.file_size:
        raise FileRefusedError(f"{len(content):,} bytes, fewer than the {member.file_size:,} that the archive says")
    return content


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


def _read_object_ranges(url: StoreUrl, ranges: Sequence[tuple[int, int]], stamp: Stamp) -> list[bytes]:
    """Return parts of an object. Those that are near each other are read in one request."""
    spans: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if spans and start <= spans[-1][1] + _NEAR:
            spans[-1] = spans[-1][0], max(stop, spans[-1][1])
        else:
            spans.append((start, stop))
    read: list[tuple[int, int, bytes]] = []
    for start, stop in spans:
        with store_errors():
            content, info = read_range(url, start, stop)
        if info.stamp != stamp:
            raise FileChangedError
        read.append((start, stop, content))
    return [
        next(content[start - first : stop - first] for first, last, content in read if first <= start and stop <= last)
        for start, stop in ranges
    ]


def _open_at_once(path: str, flags: int) -> int:
    """Open a file; a pipe too, without waiting until somebody writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse_excess(size: int, limit: SizeLimit) -> None:
    if words := excess(size, "bytes", limit):
        raise FileRefusedError(words)


@lru_cache(maxsize=1)
def _member_content(file: File, stamp: Stamp) -> bytes:
    content = file.read()
    if (len(content), zlib.crc32(content)) != stamp:
        raise FileChangedError
    return content


def explain(error: Exception) -> str:
    """Say what a reading error means."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error.args[0]) if error.args else type(error).__name__
