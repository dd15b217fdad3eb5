"""Bytes of files, in folders and in zips."""

from __future__ import annotations

import os
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

# What reading a file or a member of an archive can fail with: also encryption, unknown compression, damage.
READ_ERRORS = (OSError, KeyError, RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile, zlib.error)


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

    def read(self) -> bytes:
        """Return the file's bytes; raises one of READ_ERRORS."""
        if self.archive is None:
            return Path(self.path).read_bytes()
        # A forked process shares the position in its parent's open files, so it must not share the parent's archive.
        return _open_archive(self.archive, os.getpid()).read(self.path)


@lru_cache(maxsize=4)
def _open_archive(archive: str, process: int) -> zipfile.ZipFile:  # noqa: ARG001 - part of the key
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
