"""Writing and removing single files, with errors that name them."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.engine.hashes import doubled_hashes
from cityconv.errors import OutputError, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cityconv.storage.url import Location

_MAX_NAME = 255  # bytes, on all common file systems


def check_paths(out: Path, paths: Sequence[str]) -> None:
    """Check that the paths to be written, relative to an output folder, are valid and distinct.

    Raises:
        OutputError: a path leaves the folder, is not printable, has a name longer than 255 bytes, or is duplicated.
    """
    for path in paths:
        names = path.removesuffix("/").split("/")
        if not path.isprintable() or not {"", ".", ".."}.isdisjoint(names):
            raise OutputError(f"{quoted(path)}: not a valid path below {out}")
        if len(path) > _MAX_NAME // 4 and any(len(name.encode()) > _MAX_NAME for name in names):
            raise OutputError(f"{quoted(path)}: a name in this path is longer than {_MAX_NAME} bytes")
    if doubled := doubled_hashes(paths):
        duplicate, number = Counter(path for path in paths if hash(path) in doubled).most_common(1)[0]
        if number > 1:
            raise OutputError(f"{out / duplicate}: two files would have this path")


def write_atomically(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file so that it is complete or unchanged at any moment. Missing parent folders are created.

    A link stays a link: the file that it points to is replaced. A device or a pipe is written to directly.

    Raises:
        OutputError: the file cannot be written; the message names it and the cause.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
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
    """Write a file in pieces; an interruption leaves part of it. Missing parent folders are created.

    Raises:
        OutputError: the file cannot be written; the message names it and the cause.
    """
    make_file(path, lambda: _write(path, pieces))


def make_file(path: Path, make: Callable[[], None]) -> None:
    """Call a function that creates a file. Missing parent folders are created.

    Raises:
        OutputError: the file cannot be created; the message names it and the cause.
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
    """Remove a file, or a folder with its content, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def translate_os_errors(path: Location) -> Iterator[None]:
    """Turn an OSError into an OutputError that names the file of the error, or else this path.

    A name that the locale cannot encode is an OutputError too.
    """
    try:
        yield
    except UnicodeEncodeError as error:
        if error.encoding != "ascii":  # of file contents
            raise
        raise OutputError(f"{path}: the locale cannot encode this name", "LC_ALL=C.UTF-8 can") from None
    except OSError as error:
        raise OutputError(f"{error.filename or path}: {(error.strerror or str(error)).lower()}") from None
