"""Folders and files of data sets, on disk or in stores: which there are, and what tells that they have changed.

What is in a store is listed once, with a request for each 1,000 objects, and none for each folder or file.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.errors import SourceError
from cityconv.source.disk_list import DiskList
from cityconv.storage.objects import DENIED, ObjectInfo, StoreError, find_object, list_objects
from cityconv.storage.url import Location, StoreUrl, is_url, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

HIDDEN = "."  # in front of what some systems put beside a file, above all in zips
Stamp = tuple[int, ...]

_FEW = 4  # objects that are asked for one by one
_PAGE = 1000  # objects that a store lists in one request

_listed: dict[StoreUrl, dict[str, Stamp]] = {}  # the stamp of each object below a URL, by its path from there


def is_folder(location: Location) -> bool:
    """Return whether there is such a folder; raises SourceError if a store fails."""
    if isinstance(location, Path):
        return location.is_dir()
    return bool(list_below(location)) if _listed_above(location) else _has_objects(location)


def is_file(location: Location) -> bool:
    """Return whether there is such a file; raises SourceError if a store fails."""
    return location.is_file() if isinstance(location, Path) else bool(_object_stamp(location))


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
    for path in list_below(root):
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


# What is in stores


def list_below(url: StoreUrl) -> dict[str, Stamp]:
    """Return the stamp of each object below a URL, by its path from there; raises SourceError.

    It is listed once, until `forget_listings`.
    """
    if url in _listed:
        return _listed[url]
    if above := _listed_above(url):
        start = f"{_path_below(above, url)}/"
        found = {path[len(start) :]: stamp for path, stamp in _listed[above].items() if path.startswith(start)}
    else:
        with store_errors():
            found = _stamps(url, list_objects(url))
    _listed[url] = found
    return found


def _stamps(url: StoreUrl, objects: Iterable[ObjectInfo]) -> dict[str, Stamp]:
    return {_path_below(url, item.url): item.stamp for item in objects if item.url != url}


def _path_below(folder: StoreUrl, url: StoreUrl) -> str:
    return url.key.removeprefix(f"{folder.key}/") if folder.key else url.key


@cache
def _has_objects(url: StoreUrl) -> bool:
    """Return whether there are objects below a URL that is not listed. Where one request tells all, it is listed."""
    with store_errors():
        first = list(islice(list_objects(url), _PAGE))
    if len(first) < _PAGE:
        _listed[url] = _stamps(url, first)
    return bool(first)


@cache
def _ask(url: StoreUrl) -> Stamp:
    """Return the stamp of an object that is not listed; () if there is no such object."""
    with store_errors():
        found = find_object(url)
    return found.stamp if found else ()


def forget_listings() -> None:
    """Ask stores again from now on."""
    _listed.clear()
    _has_objects.cache_clear()
    _ask.cache_clear()


def list_again(paths: Iterable[str]) -> None:
    """Find out what objects are now, given by the paths of files: `file_stamp` and `file_state` tell it afterwards."""
    forget_listings()
    common: dict[tuple[str, str], tuple[int, str]] = {}  # number and common folder, by store and extension
    for url in map(url_of, filter(is_url, paths)):
        kind = url.store, url.suffix
        number, folder = common.get(kind, (0, url.parent.key))
        common[kind] = number + 1, os.path.commonpath((folder, url.parent.key))
    for (store, _), (number, folder) in common.items():
        if number > _FEW:
            list_below(StoreUrl(store, folder))


def _listed_above(url: StoreUrl) -> StoreUrl | None:
    """Return the URL of a folder that was listed, and is this one or has it in it."""
    while url not in _listed:
        if not url.key:
            return None
        url = url.parent
    return url


def _object_stamp(url: StoreUrl) -> Stamp:
    """Return the stamp of an object; () if there is no such object."""
    folder = _listed_above(url)
    return _ask(url) if folder in (None, url) else _listed[folder].get(_path_below(folder, url), ())


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise SourceError where a store fails: it says nothing about a file, so that no file is to be called bad."""
    try:
        yield
    except StoreError as error:
        hint = "credentials are those of the environment, of a profile, or of the role of the machine"
        raise SourceError(f"{error.filename}: {error.strerror}", hint if error.strerror == DENIED else "") from None


# What tells that files have changed


def file_stamp(path: str) -> Stamp:
    """Return what tells that a file has changed; raises OSError if it is gone, and SourceError if a store fails.

    That is its size, modification and change time, or in a store its size and tag.
    """
    if not is_url(path):
        return stamp_of(os.stat(path))  # noqa: PTH116 - for each of many files
    if stamp := _object_stamp(url_of(path)):
        return stamp
    raise FileNotFoundError


def stamp_of(status: os.stat_result) -> Stamp:
    """Return size, modification and change time of a file."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def file_state(path: str) -> Stamp:
    """Return what tells that a file was changed or replaced: its inode too, where it has one; () if gone."""
    if is_url(path):
        return _object_stamp(url_of(path))
    try:
        status = os.stat(path)  # noqa: PTH116 - for each of many files
    except OSError:
        return ()
    return status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns
