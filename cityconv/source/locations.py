"""Folders and files of data sets, on disk or in stores: which there are, and what tells that they have changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.source.disk_list import DiskList
from cityconv.source.listings import Stamp, has_objects_below, list_below, object_stamp
from cityconv.storage.url import Location, is_url, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HIDDEN = "."  # in front of what some systems put beside a file, above all in zips


def is_folder(location: Location) -> bool:
    """Return whether there is such a folder; raises SourceError if a store fails."""
    return location.is_dir() if isinstance(location, Path) else has_objects_below(location)


def is_file(location: Location) -> bool:
    """Return whether there is such a file; raises SourceError if a store fails."""
    return location.is_file() if isinstance(location, Path) else bool(object_stamp(location))


def walk(
    root: Location, is_wanted: Callable[[str], bool], *, skip_unreadable: bool = False
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
        SourceError: a store fails.
    """
    if isinstance(root, Path):
        yield from _walk_folders(root, is_wanted, skip_unreadable=skip_unreadable)
        return
    for path, _ in list_below(root):
        names = path.split("/")
        if is_wanted(names[-1]) and not any(name.startswith(HIDDEN) for name in names):
            yield tuple(names)


def _walk_folders(root: Path, is_wanted: Callable[[str], bool], *, skip_unreadable: bool) -> Iterator[tuple[str, ...]]:
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


# What tells that files have changed


def file_stamp(path: str) -> Stamp:
    """Return what tells that a file has changed; raises OSError if it is gone, and SourceError if a store fails.

    That is its size, modification and change time, or in a store its size and tag.
    """
    if not is_url(path):
        return stamp_of(os.stat(path))  # noqa: PTH116 - for each of many files
    if stamp := object_stamp(url_of(path)):
        return stamp
    raise FileNotFoundError


def stamp_of(status: os.stat_result) -> Stamp:
    """Return size, modification and change time of a file."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def file_state(path: str) -> Stamp:
    """Return what tells that a file was changed or replaced: its inode too, where it has one; () if gone."""
    if is_url(path):
        return object_stamp(url_of(path))
    try:
        status = os.stat(path)  # noqa: PTH116 - for each of many files
    except OSError:
        return ()
    return status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns
