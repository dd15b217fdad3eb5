"""Files that a command writes beside its output, such as a report: checked before the work, written after it."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cityconv.engine.files import translate_os_errors, write_atomically
from cityconv.errors import OutputError, UsageError
from cityconv.vocabulary import STAGING_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cityconv.storage.url import Location

_REPORT_START = b'{\n  "report_version": '  # as `engine.report.encode_report` writes it
_OPEN_FILE = re.compile(r"/dev/(?:stderr|fd/\d+)|/proc/(?:self|\d+)/fd/\d+")


class SideFile(NamedTuple):
    """A file that a command writes beside its output.

    Attributes:
        path: its path; may be that of a device or a pipe.
        overwrite: whether it replaces a file that exists.
    """

    path: Path
    overwrite: bool

    def check(self, inputs: Iterable[Path | str], may_replace: Callable[[Path], bool]) -> None:
        """Check that the file can be written, and that no file of importance is lost. Nothing is left behind.

        Args:
            inputs: what the command reads or has written: files, and folders with all files below them.
            may_replace: tells whether a file in one of these folders may be replaced nevertheless.

        Raises:
            UsageError: the file would replace an input.
            OutputError: the file exists, or cannot be written.
        """
        try:
            if self._is_device():
                if not os.access(self.path, os.W_OK):
                    raise OutputError(f"{self.path}: cannot be written")
                return
            if self.path.is_dir():
                raise OutputError(f"{self.path}: a folder exists where a file is needed")
            if self.path.exists():
                self._refuse_inputs(inputs, may_replace)
                if not self.overwrite:
                    raise OutputError(f"{self.path}: already exists", "--overwrite replaces it")
            _try_to_create(Path(os.path.realpath(self.path)))
        except OSError as error:
            raise OutputError(f"{self.path}: {(error.strerror or str(error)).lower()}") from None

    def check_apart(self, out: Location, paths: Iterable[str]) -> None:
        """Check that the file is none that a conversion writes.

        Args:
            out: the output folder, or its URL.
            paths: the paths to be written, relative to `out`; the path of a folder ends with `/`.

        Raises:
            UsageError: it is one of them, is in one of the folders, or stands where a folder is needed.
        """
        if not isinstance(out, Path):
            return
        real, real_out = Path(os.path.realpath(self.path)), Path(os.path.realpath(out))
        if self._is_device() or not (real.is_relative_to(real_out) or real_out.is_relative_to(real)):
            return
        own = "" if real_out.is_relative_to(real) else f"{real.relative_to(real_out).as_posix()}/"
        for path in (f"{STAGING_FOLDER}/", *paths):
            planned = path if path.endswith("/") else f"{path}/"
            if own.startswith(planned) or planned.startswith(own):
                raise UsageError(f"{self.path}: belongs to the output in {out}", "choose another path")

    def write(self, content: bytes) -> None:
        """Write the file.

        Raises:
            OutputError: it cannot be written.
        """
        if not self._is_device():
            write_atomically(self.path, [content])
            return
        with translate_os_errors(self.path), self.path.open("ab") as file:  # `2> log` may have lines in it
            file.write(content)

    def _is_device(self) -> bool:
        """Return whether the path is that of a device, a pipe, or an open file of a process such as /dev/fd/3."""
        is_special = self.path.exists() and not (self.path.is_file() or self.path.is_dir())
        return is_special or _OPEN_FILE.fullmatch(str(self.path.absolute())) is not None

    def _refuse_inputs(self, inputs: Iterable[Path | str], may_replace: Callable[[Path], bool]) -> None:
        real = os.path.realpath(self.path)
        for item in map(Path, inputs):
            if item.is_dir():
                if _holds(item, real) and not may_replace(self.path):
                    raise UsageError(f"{self.path}: would replace a file of {item}", "choose another path")
            elif os.path.realpath(item) == real:
                raise UsageError(f"{self.path}: would replace {item}, which is read", "choose another path")


def is_report(path: Path) -> bool:
    """Return whether a file begins as a report of cityconv does."""
    return begins_with(path, _REPORT_START)


def begins_with(path: Path, start: bytes) -> bool:
    """Return whether a file begins with these bytes."""
    with path.open("rb") as file:
        return file.read(len(start)) == start


def _holds(folder: Path, real: str) -> bool:
    """Return whether a file, given by its real path, is below a folder, or below what a link in it points to."""
    roots = [os.path.realpath(folder)]
    for parent, folders, files in os.walk(folder):
        paths = (os.path.join(parent, name) for name in (*folders, *files))  # noqa: PTH118 - faster, for many files
        roots += [os.path.realpath(path) for path in paths if os.path.islink(path)]  # noqa: PTH114 - the same
    return any(real == root or real.startswith(f"{root}{os.sep}") for root in roots)


def _try_to_create(path: Path) -> None:
    """Create a file where another is to be created, and remove it; raises OSError."""
    with suppress(FileNotFoundError, NotADirectoryError):
        path.with_name(f"{path.name}.part").lstat()  # the name can be too long
    folder = next(parent for parent in path.parents if os.path.lexists(parent))
    with tempfile.TemporaryFile(dir=folder):
        pass
