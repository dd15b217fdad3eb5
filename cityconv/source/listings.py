"""What is in object stores: listed once, with a request for each 1,000 objects, and none for each folder or file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from cityconv.errors import SourceError
from cityconv.source.disk_list import DiskList
from cityconv.storage.errors import DENIED, StoreError
from cityconv.storage.objects import find_object, list_objects
from cityconv.storage.url import MEMORY, StoreUrl, is_url, url_of

if TYPE_CHECKING:
    from cityconv.storage.objects import ObjectInfo

Stamp = tuple[int, ...]

_FEW = 4  # objects that are asked for one by one
_PAGE = 1000  # objects that a store lists in one request


class Listing(Iterable[tuple[str, Stamp]]):
    """The paths of objects below a URL, with their stamps. Memory holds 16 bytes of each."""

    def __init__(self, objects: Iterable[tuple[str, Stamp]]) -> None:
        """Write paths and stamps to a temporary file; raises OutputError if that is not possible."""
        import numpy as np  # which takes long to load, and not where there is no store

        self._objects = DiskList(objects)
        hashes = np.fromiter((hash(path) for path, _ in self._objects), np.int64, len(self._objects))
        self._places = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._places]

    def __len__(self) -> int:
        return len(self._objects)

    def __iter__(self) -> Iterator[tuple[str, Stamp]]:
        return iter(self._objects)

    def stamp(self, path: str) -> Stamp:
        """Return the stamp of an object; () if there is none of this path."""
        first, last = (int(self._hashes.searchsorted(hash(path), side)) for side in ("left", "right"))
        objects = (self._objects[int(place)] for place in self._places[first:last])
        return next((stamp for other, stamp in objects if other == path), ())


_listed: dict[StoreUrl, Listing] = {}


def list_below(url: StoreUrl) -> Listing:
    """Return the objects below a URL; raises SourceError. They are listed once, until `forget_listings`."""
    if url in _listed:
        return _listed[url]
    if above := _listed_above(url):
        start = f"{above.path_to(url)}/"
        found = Listing((path[len(start) :], stamp) for path, stamp in _listed[above] if path.startswith(start))
    else:
        with store_errors():
            found = _listing(url, list_objects(url))
    _listed[url] = found
    return found


def _listing(url: StoreUrl, objects: Iterable[ObjectInfo]) -> Listing:
    return Listing((url.path_to(item.url), item.stamp) for item in objects)


def has_objects_below(url: StoreUrl) -> bool:
    """Return whether there are objects below a URL; raises SourceError."""
    return bool(list_below(url)) if _listed_above(url) else _has_objects(url)


@cache
def _has_objects(url: StoreUrl) -> bool:
    """Return whether there are objects below a URL that is not listed. Where one request tells all, it is listed."""
    with store_errors():
        first = list(islice(list_objects(url), _PAGE))
    if len(first) < _PAGE:
        _listed[url] = _listing(url, first)
    return bool(first)


def object_stamp(url: StoreUrl) -> Stamp:
    """Return what tells that an object has changed: its size and tag; () if there is none. Raises SourceError."""
    folder = _listed_above(url)
    return _ask(url) if folder in (None, url) else _listed[folder].stamp(folder.path_to(url))


@cache
def _ask(url: StoreUrl) -> Stamp:
    with store_errors():
        found = find_object(url)
    return found.stamp if found else ()


def _listed_above(url: StoreUrl) -> StoreUrl | None:
    """Return the URL of a folder that was listed, and is this one or has it in it."""
    while url not in _listed:
        if not url.key:
            return None
        url = url.parent
    return url


def forget_listings() -> None:
    """Ask stores again from now on."""
    _listed.clear()
    _has_objects.cache_clear()
    _ask.cache_clear()


def is_memory_listed() -> bool:
    """Return whether some of what is listed is in the memory of this process, which no other sees."""
    return any(url.scheme == MEMORY for url in _listed)


def list_again(paths: Iterable[str]) -> None:
    """Find out what objects are now, given by the paths of files: `object_stamp` tells it afterwards."""
    forget_listings()
    common: dict[tuple[str, str], tuple[int, str]] = {}  # number and common folder, by store and extension
    for url in map(url_of, filter(is_url, paths)):
        kind = url.store, url.suffix
        number, folder = common.get(kind, (0, url.parent.key))
        common[kind] = number + 1, os.path.commonpath((folder, url.parent.key))
    for (store, _), (number, folder) in common.items():
        if number > _FEW:
            list_below(StoreUrl(store, folder))


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise SourceError where a store fails: it says nothing about a file, so that no file is to be called bad."""
    try:
        yield
    except StoreError as error:
        hint = "credentials are those of the environment, of a profile, or of the role of the machine"
        raise SourceError(f"{error.filename}: {error.strerror}", hint if error.strerror == DENIED else "") from None
