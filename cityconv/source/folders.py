"""The annotation files of a data set, in folders or a zip, and what the folders above each say about it."""

from __future__ import annotations

import os
import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cityconv.errors import NothingFoundError, SourceError, UnknownNameError
from cityconv.source.archives import list_archive
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
        yield _place_of(source, _parts(source)[:-1], len(_parts(source)) - 1)
    else:
        raise UnknownNameError(f"{source}: no such file or folder")


def _files_below(source: Location, is_annotation: Callable[[str], bool]) -> Iterator[Place]:
    above = _parts(source)
    tree = next(((tree,) for tree in TREES if is_folder(source / tree)), ())
    try:
        found = [(*tree, *names) for names in walk(source.joinpath(*tree), is_annotation)]
    except OSError as error:  # to pass it over would leave out frames in silence
        raise SourceError(f"{error.filename or source}: {explain(error)}") from None
    for names in found:
        yield _place_of(source.joinpath(*names), (*above, *names[:-1]), len(above))


def _parts(path: Location) -> tuple[str, ...]:
    if isinstance(path, StoreUrl):
        return path.store, *filter(None, path.key.split("/"))
    return Path(os.path.abspath(path)).parts  # noqa: PTH100 - takes `..` out, links stay


def _place_of(path: Location, folders: tuple[str, ...], depth: int) -> Place:
    file = File(str(path))
    try:
        return Place(folders, depth, path.name, file, file_stamp(file.path))
    except OSError as error:
        raise SourceError(f"{path}: {explain(error)}") from None


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


def leave_lower_trees(source: Location, places: list[Place], suffix: str) -> tuple[list[Place], list[str]]:
    """Return the places of a folder without those in tree folders further below, and notes on what was left out.

    Such a tree is another data set's.

    Raises:
        SourceError: there are no others, or there are several tree folders.
    """
    by_tree: dict[tuple[str, ...], list[Place]] = {}
    for place in places:
        by_tree.setdefault(_tree_below_source(place), []).append(place)
    here = sorted(tree for tree in by_tree if len(tree) < 2)
    lower = sorted(source.joinpath(*tree) for tree in by_tree if len(tree) > 1)
    shown = ", ".join(map(str, lower[:_SHOWN]))
    if not here:
        raise SourceError(f"{source}: found no *{suffix} here", f"found {shown} further down; try {lower[0].parent}")
    if len(here) > 1:
        folders = ", ".join(str(source.joinpath(*tree)) for tree in here)
        raise SourceError(f"{source}: several folders of annotations: {folders}", "name one of them")
    return by_tree[here[0]], [f"not read: {shown}; name a data set's own folder to read it"] if lower else []


def _tree_below_source(place: Place) -> tuple[str, ...]:
    """Return the way from the source to the outermost tree folder; nothing when a split folder is met first."""
    names = place.folders[place.depth :]
    index = next((index for index, name in enumerate(names) if is_tree(name)), len(names))
    return () if index == len(names) or split_indices(names[:index]) else names[: index + 1]


def read_folders(place: Place, split_folders: Sequence[str]) -> FolderNames:
    """Return what the folders say about a file; see `find_dataset` for the rules."""
    tree = _tree_index(place, split_folders)
    start = place.depth if tree is None else tree + 1
    below = place.folders[start:]
    if found := split_indices(below, split_folders):
        index, *others = found
        other = next((below[other] for other in others if below[other] != below[index]), "")
        return FolderNames(below[index], below[:index], below[index + 1 :], tree is not None, other)
    if tree is not None and len(below) == 2:
        return FolderNames(below[0], (), below[1:], has_tree=True)
    above = place.folders[: place.depth][-2:] if tree is None else place.folders[:tree][-1:]
    if found := split_indices(above, split_folders):
        index = found[-1]
        is_above = (place.depth if tree is None else tree) - len(above) + index < place.depth - 1
        return FolderNames(above[index], (), (*above[index + 1 :], *below), has_tree=True, is_above=is_above)
    return FolderNames(None, (), below, tree is not None)


def _tree_index(place: Place, split_folders: Sequence[str]) -> int | None:
    """Return which of the folders is the tree folder, if any; one in the source is preferred to one above it."""
    folders, depth = place.folders, place.depth
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
