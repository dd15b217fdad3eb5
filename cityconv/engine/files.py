"""Writing and removing single files, with errors that name them."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.errors import OutputError, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_LONGEST_NAME = 255  # bytes, on all common file systems


def check_paths(out: Path, paths: Sequence[str]) -> None:
    """Look whether paths below an output are such that each can be a file of its own there.

    Raises:
        OutputError: one leads out of the folder, cannot be written in a text file, or is there twice.
    """
    for path in paths:
        names = path.removesuffix("/").split("/")
        if not path.isprintable() or not {"", ".", ".."}.isdisjoint(names):
            raise OutputError(f"{quoted(path)}: cannot be the path of a file below {out}")
        if len(path) > _LONGEST_NAME // 4 and any(len(name.encode()) > _LONGEST_NAME for name in names):
            raise OutputError(f"{quoted(path)}: a name of more than {_LONGEST_NAME} bytes")
    if len(set(paths)) < len(paths):
        twice, _ = Counter(paths).most_common(1)[0]
        raise OutputError(f"{out / twice}: two files would be written here")


def write_atomically(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that is there whole or not at all, and the folders above it; one that exists is replaced.

    Raises:
        OutputError: the file cannot be written; the message names it and says why.
    """
    path = Path(os.path.realpath(path))  # so that a link stays one
    if path.exists() and not path.is_file():  # a device or a pipe, or a folder, which is an error
        write_file(path, pieces)
        return
    draft = path.with_name(f"{path.name}.part")
    try:
        write_file(draft, pieces)
        with translate_os_errors(path):
            draft.rename(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def write_file(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file where it does not matter when half of it is left by an interruption, and the folders above it.

    Raises:
        OutputError: the file cannot be written; the message names it and says why.
    """
    make_file(path, lambda: _write(path, pieces))


def make_file(path: Path, make: Callable[[], None]) -> None:
    """Do what makes a file, and make the folders above it first when they are missing.

    Raises:
        OutputError: it cannot be made; the message names it and says why.
    """
    with translate_os_errors(path):
        try:
            make()
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            make()


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def translate_os_errors(path: Path) -> Iterator[None]:
    """Turn errors of the system into OutputError; it names the file of the error, or else this path."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{error.filename or path}: {(error.strerror or str(error)).lower()}") from None
