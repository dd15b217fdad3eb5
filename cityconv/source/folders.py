"""The annotation files of a data set, in folders or a zip, and what the folders above each say about it."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cityconv.errors import NothingFoundError, SourceError, UnknownNameError
from cityconv.source.archives import list_archive
from cityconv.source.disk_list import DiskList
from cityconv.source.files import READ_ERRORS, File, explain
from cityconv.source.locations import HIDDEN, file_stamp, is_file, is_folder, walk
from cityconv.storage.url import Location, StoreUrl

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterator, Sequence

TREES = ("gtFine", "gtCoarse")
SPLITS = ("train", "val", "test", "train_extra", "training", "testing", "validation", "valid")
_NO_SUBSETS = ("default", "all")  # what CVAT and Datumaro, and outputs of cityconv, call the only subset

_TREE = re.compile(r"gt|gt[A-Z_-].*|gtfine|gtcoarse")
_INNER_TREES = {"gt", *TREES}  # below a split folder; others are taken for cities there
_SHOWN = 4  # names in a message that could list many


class Place(NamedTuple):
    """Where an annotation file is.

    Attributes:
        folders: the names of the folders above it, outermost first, those above the source included.
        depth: how many of these are the source itself or above it.
        file_name: its own name.
        file: the file.
        stamp: what tells that the file has changed: as of `file_stamp`, or size and checksum of the member.
    """

    folders: tuple[str, ...]
    depth: int
    file_name: str
    file: File
    stamp: tuple[int, ...]


class FolderNames(NamedTuple):
    """What the folders say about a file.

    Attributes:
        split: the folder of the split; None when there is none.
        outer: the folders above it, below the tree folder or the source; outermost first.
        inner: the folders below it.
        has_tree: whether a tree folder tells where the names begin.
        other_split: a folder that is called as a split too, but is taken for a city.
        is_above: whether the split is a folder above the source.
    """

    split: str | None
    outer: tuple[str, ...]
    inner: tuple[str, ...]
    has_tree: bool
    other_split: str = ""
    is_above: bool = False


def is_tree(name: str) -> bool:
    """Return whether a folder is called as one of annotations: `gtFine`, `gtCoarse`, `gt` and the like."""
    return _TREE.fullmatch(name) is not None


def split_indices(folders: Sequence[str], split_folders: Sequence[str] = ()) -> list[int]:
    """Return which folders are called as splits, the one to take first.

    Args:
        folders: their names, outermost first.
        split_folders: names of split folders besides `SPLITS`, and to be preferred to these.
    """
    given = [index for index, name in enumerate(folders) if name in split_folders]
    known = [index for index, name in enumerate(folders) if name.lower() in SPLITS]
    unnamed = [index for index, name in enumerate(folders) if name.lower() in _NO_SUBSETS]
    return list(dict.fromkeys(given + known)) or unnamed


def find_places(source: Location, suffix: str) -> Iterator[Place]:
    """Yield the annotation files of a data set.

    Args:
        source: a folder, a zip, or one annotation file; or the URL of one. Where a folder has a folder `gtFine` or
            `gtCoarse`, in this order, only that is looked into.
        suffix: what the names of annotation files end with.

    Raises:
        UnknownNameError: there is no such path.
        SourceError: a folder or the zip cannot be read, or a store fails.
    """

    def is_annotation(name: str) -> bool:
        return name.endswith(suffix) and not name.startswith(HIDDEN)

    if is_folder(source):
        yield from _files_below(source, is_annotation)
    elif source.suffix.lower() == ".zip" and is_file(source):
        yield from _members_of(source, is_annotation)
    elif is_file(source):
        if not is_annotation(source.name):
            raise NothingFoundError(f"{source}: neither a zip nor a *{suffix} file")
        *folders, name = _parts(source)
        yield _place_of(str(source), tuple(folders), len(folders), name)
    else:
        raise UnknownNameError(f"{source}: no such file or folder")


def _files_below(source: Location, is_annotation: Callable[[str], bool]) -> Iterator[Place]:
    above = _parts(source)
    tree = next(((tree,) for tree in TREES if is_folder(source / tree)), ())
    try:
        found = DiskList((*tree, *names) for names in walk(source.joinpath(*tree), is_annotation))
    except OSError as error:  # to pass it over would leave out frames in silence
        raise SourceError(f"{error.filename or source}: {explain(error)}") from None
    start = lru_cache(maxsize=1)(lambda folders: str(source.joinpath(*folders, "_"))[:-1])  # for all names in a folder
    for *folders, name in found:
        below = tuple(folders)
        yield _place_of(start(below) + name, above + below, len(above), name)


def _parts(path: Location) -> tuple[str, ...]:
    if isinstance(path, StoreUrl):
        return path.store, *filter(None, path.key.split("/"))
    return Path(os.path.abspath(path)).parts  # noqa: PTH100 - takes `..` out, links stay


def _place_of(path: str, folders: tuple[str, ...], depth: int, name: str) -> Place:
    try:
        stamp = file_stamp(path)
    except OSError as error:
        raise SourceError(f"{path}: {explain(error)}") from None
    return Place(folders, depth, name, File(path), stamp)


def _members_of(archive: Location, is_annotation: Callable[[str], bool]) -> Iterator[Place]:
    try:
        members = list_archive(archive)
    except READ_ERRORS as error:
        raise SourceError(f"{archive}: {explain(error)}") from None
    places = [_place_of_member(archive, member) for member in members]
    places = [place for place in places if is_annotation(place.file_name)]
    of_tree = ([place for place in places if tree in place.folders] for tree in TREES)
    yield from next((found for found in of_tree if found), places)


def _place_of_member(archive: Location, member: zipfile.ZipInfo) -> Place:
    *folders, file_name = member.filename.split("/")
    named = tuple(name for name in folders if name not in {"", "."})
    return Place(named, 0, file_name, File(member.filename, str(archive)), (member.file_size, member.CRC))


def leave_lower_trees(source: Location, places: Sequence[Place], suffix: str) -> tuple[Sequence[Place], list[str]]:
    """Return the places of a folder without those in tree folders further below, and notes on what was left out.

    Such a tree is another data set's.

    Raises:
        SourceError: there are no others, or there are several tree folders.
    """
    trees = {_tree_below(place.folders[place.depth :]) for place in places}
    here = sorted(tree for tree in trees if len(tree) < 2)
    lower = sorted(source.joinpath(*tree) for tree in trees if len(tree) > 1)
    shown = ", ".join(map(str, lower[:_SHOWN]))
    if not here:
        raise SourceError(f"{source}: found no *{suffix} here", f"found {shown} further down; try {lower[0].parent}")
    if len(here) > 1:
        folders = ", ".join(str(source.joinpath(*tree)) for tree in here)
        raise SourceError(f"{source}: several folders of annotations: {folders}", "name one of them")
    if not lower:
        return places, []
    own = DiskList(place for place in places if _tree_below(place.folders[place.depth :]) == here[0])
    return own, [f"not read: {shown}; name a data set's own folder to read it"]


@lru_cache(maxsize=256)  # of many files each
def _tree_below(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the way from the source to the outermost tree folder; nothing when a split folder is met first."""
    index = next((index for index, name in enumerate(names) if is_tree(name)), len(names))
    return () if index == len(names) or split_indices(names[:index]) else names[: index + 1]


@lru_cache(maxsize=256)  # of many files each
def read_folders(folders: tuple[str, ...], depth: int, split_folders: tuple[str, ...]) -> FolderNames:
    """Return what folders, given as in `Place`, say about a file; see `find_dataset` for the rules."""
    tree = _tree_index(folders, depth, split_folders)
    start = depth if tree is None else tree + 1
    below = folders[start:]
    if found := split_indices(below, split_folders):
        index, *others = found
        other = next((below[other] for other in others if below[other] != below[index]), "")
        return FolderNames(below[index], below[:index], below[index + 1 :], tree is not None, other)
    if tree is not None and len(below) == 2:
        return FolderNames(below[0], (), below[1:], has_tree=True)
    above = folders[:depth][-2:] if tree is None else folders[:tree][-1:]
    if found := split_indices(above, split_folders):
        index = found[-1]
        is_above = (depth if tree is None else tree) - len(above) + index < depth - 1
        return FolderNames(above[index], (), (*above[index + 1 :], *below), has_tree=True, is_above=is_above)
    return FolderNames(None, (), below, tree is not None)


def _tree_index(folders: tuple[str, ...], depth: int, split_folders: tuple[str, ...]) -> int | None:
    """Return which of the folders is the tree folder, if any; one in the source is preferred to one above it."""
    above, within = range(depth - 1), range(max(depth - 1, 0), len(folders))
    # A folder above that is only called like a tree may have nothing to do with the data, unless there is a split
    # folder just above it or between it and the end of the source, which then is a part of a split.
    is_part = not split_indices(folders[depth:], split_folders)
    candidates = chain(
        (index for index in reversed(within) if folders[index] in TREES),
        (index for index in within if is_tree(folders[index]) and not split_indices(folders[depth:index])),
        (index for index in within if folders[index] in _INNER_TREES),
        (index for index in reversed(above) if folders[index] in TREES),
        (
            index
            for index in reversed(above)
            if is_part and is_tree(folders[index]) and _has_split_around(folders[:depth], index, split_folders)
        ),
    )
    return next(candidates, None)


def _has_split_around(folders: Sequence[str], tree: int, split_folders: Sequence[str]) -> bool:
    return bool(split_indices((*folders[:tree][-1:], *folders[tree + 1 :]), split_folders))
