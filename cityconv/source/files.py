"""Bytes of files, in folders and in zips."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from cityconv.source.limits import excess


class FileRefusedError(Exception):
    """A file is not read, for its size or for what it is."""


# What reading a file or a member of an archive can fail with: also encryption, unknown compression, any damage.
READ_ERRORS = (
    FileRefusedError, OSError, LookupError, ArithmeticError, ValueError, RuntimeError, NotImplementedError, EOFError,
    zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip

SizeLimit = Literal["annotation_bytes", "file_bytes"]
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
        # A forked process shares the position in its parent's open files, so it must not share the parent's archive.
        archive = _open_archive(self.archive, os.getpid(), os.stat(self.archive).st_mtime_ns)  # noqa: PTH116 - a third of the time
        member = archive.getinfo(self.path)
        _refuse_excess(member.file_size, limit)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise FileRefusedError("a symbolic link, not a file")
        if member.compress_type not in _METHODS:
            raise FileRefusedError(f"compressed by method {member.compress_type}; only deflate is read")
        content = archive.read(member)  # which gives no more than the size said above
        if len(content) < member.file_size:
            raise FileRefusedError(f"{len(content):,} bytes, fewer than the {member.file_size:,} that the archive says")
        return content


def _read_file(path: str, limit: SizeLimit) -> bytes:
    with open(path, "rb", buffering=0, opener=_open_at_once) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise FileRefusedError("not a regular file")
        _refuse_excess(status.st_size, limit)
        return file.readall()


def _open_at_once(path: str, flags: int) -> int:
    """Open a file; a pipe too, without waiting until somebody writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse_excess(size: int, limit: SizeLimit) -> None:
    if words := excess(size, "bytes", limit):
        raise FileRefusedError(words)


@lru_cache(maxsize=4)
def _open_archive(archive: str, process: int, changed: int) -> zipfile.ZipFile:  # noqa: ARG001 - part of the key
    return zipfile.ZipFile(archive)


def list_archive(archive: Path) -> list[zipfile.ZipInfo]:
    """Return the members of a zip that are files; raises one of READ_ERRORS."""
    with zipfile.ZipFile(archive) as opened:
        return [member for member in opened.infolist() if not member.is_dir()]


def explain(error: Exception) -> str:
    """Say what a reading error means."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error.args[0]) if error.args else type(error).__name__
