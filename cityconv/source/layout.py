"""The frames of a data set, named by their folders."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from cityconv.errors import (
    NothingFoundError,
    SourceError,
    UnknownNameError,
    counted,
    quoted,
    suggestion,
)
from cityconv.source.disk_list import DiskList, sort_on_disk
from cityconv.source.folders import TREES, FolderNames, Place, find_places, leave_lower_trees, read_folders
from cityconv.source.frame import DataSet, Frame
from cityconv.source.frame_names import pick_frames
from cityconv.source.locations import is_folder
from cityconv.source.splits import apply_splits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cityconv.source.files import File
    from cityconv.source.frame_names import FrameNames
    from cityconv.source.splits import Splits
    from cityconv.storage.url import Location
    from cityconv.vocabulary import SubsetBy

ANNOTATION_SUFFIX = "_polygons.json"
FLAT_SPLIT = "all"

_UNSAFE = {"Cc", "Cs", "Zl", "Zp"}  # control characters, bytes that are not UTF-8, line and paragraph separators
_EXPECTED = "<split>/<city>/<city>_<sequence>_<frame>_gtFine_polygons.json"


def find_frames(
    source: Location,
    splits: Sequence[str] = (),
    cities: Sequence[str] = (),
    split_by: SubsetBy = "split",
    split_folders: Sequence[str] = (),
) -> list[Frame]:
    """Return the frames of a data set, sorted by split, city and name; see `find_dataset`."""
    return list(find_dataset(source, splits, cities, split_by, split_folders).frames)


def find_dataset(
    source: Location,
    splits: Sequence[str] = (),
    cities: Sequence[str] = (),
    split_by: SubsetBy = "split",
    split_folders: Sequence[str] = (),
    suffix: str = ANNOTATION_SUFFIX,
    own_splits: Splits | None = None,
    names: FrameNames | None = None,
) -> DataSet:
    """Return the frames of a data set, named by their folders.

    Below the tree folder (`gtFine`, `gtCoarse`, or another whose name begins with `gt`), or below the source when there
    is none, a folder called as one of `SPLITS` is the split, and the others are the city. Of exactly two folders below
    a tree folder the first is the split, whatever it is called.

    Args:
        source: the data set's root, its tree folder, one split or city folder, one annotation file, or a zip; a path
            or a URL. Where a root holds both `gtFine` and `gtCoarse`, `gtFine` is taken.
        splits: only these splits; all when empty.
        cities: only these cities; all when empty.
        split_by: what outputs are divided by.
        split_folders: further names of folders that say the split; they come before those of `SPLITS`.
        suffix: what the names of annotation files end with; what is left, without `_gtFine` or the like, is the name
            of the frame.
        own_splits: splits of the user's, in place of those that the folders say; `splits` are then some of these.
        names: only the frames that are listed here.

    Raises:
        UsageError: `own_splits` or `names` do not fit the data set.
        UnknownNameError: there is no such path, or a split, a city or a split folder named here does not occur.
        SourceError: a folder or the archive cannot be read, a name is not fit for files, two files describe one frame,
            or nothing was found.
    """
    listed = list_frames(source, split_folders, suffix)
    return select_frames(listed, splits, cities, split_by, split_folders, own_splits, names)


def list_frames(source: Location, split_folders: Sequence[str] = (), suffix: str = ANNOTATION_SUFFIX) -> DataSet:
    """Return all frames of a data set that have annotation files of their own; see `find_dataset`."""
    places: Sequence[Place] = DiskList(find_places(source, suffix))
    if not places:
        raise NothingFoundError(f"{source}: found no *{suffix} here", f"expected files like {_EXPECTED}")
    notes: list[str] = []
    if is_folder(source):
        places, notes = leave_lower_trees(source, places, suffix)
    split_folders = tuple(split_folders)
    folders = _read_all_folders(places, split_folders)
    frames = sort_on_disk(_name_frames(places, split_folders, _common_folders(folders), suffix))
    return DataSet(source, frames, notes + _split_notes(folders))


def select_frames(
    listed: DataSet,
    splits: Sequence[str] = (),
    cities: Sequence[str] = (),
    split_by: SubsetBy = "split",
    split_folders: Sequence[str] = (),
    own_splits: Splits | None = None,
    names: FrameNames | None = None,
) -> DataSet:
    """Return the frames that are wanted of those that were listed; see `find_dataset`."""
    source, frames = listed.source, listed.frames
    for before, frame in pairwise(frames):
        if before.key == frame.key:
            raise SourceError(f"{frame.where}: describes the same frame as {before.where}")
    _check_split_folders(source, frames, split_folders)
    if own_splits:
        frames = apply_splits(frames, own_splits)
    frames = filter_frames("split", frames, splits, source)
    frames = filter_frames("city", frames, cities, source)
    if names:
        frames = pick_frames(frames, names)
    wanted = (frame._replace(subset=subset_of(frame, split_by)) for frame in frames)
    return DataSet(source, DiskList(wanted), listed.notes)


class _Files(NamedTuple):
    """Files of which the folders say the same."""

    number: int
    first: File


def _read_all_folders(places: Iterable[Place], split_folders: tuple[str, ...]) -> dict[FolderNames, _Files]:
    """Return what folders say, and the files of which they do; in the order of the first ones."""
    found: dict[FolderNames, _Files] = {}
    for place in places:
        names = read_folders(place.folders, place.depth, split_folders)
        number, first = found.get(names, (0, place.file))
        found[names] = _Files(number + 1, first)
    return found


def _common_folders(names: Iterable[FolderNames]) -> tuple[str, ...]:
    """Return the folders above the splits where all files have the same, and no tree folder says they count."""
    outer = {item.outer for item in names if item.split is not None and not item.has_tree}
    return outer.pop() if len(outer) == 1 else ()


def _name_frames(
    places: Iterable[Place], split_folders: tuple[str, ...], common: tuple[str, ...], suffix: str
) -> Iterator[Frame]:
    """Yield the frame of each file; `common` are folders that are left out."""
    file_name = re.compile(rf"(?P<name>.+?)(?:_(?P<tree>gt[A-Za-z]*))?{re.escape(suffix)}", re.DOTALL)
    for place in places:
        item = read_folders(place.folders, place.depth, split_folders)
        if item.outer == common and not item.has_tree:
            item = item._replace(outer=())
        match = file_name.fullmatch(place.file_name)
        if match is None:
            raise SourceError(f"{place.file}: not named like {_EXPECTED}")
        split = FLAT_SPLIT if item.split is None else item.split
        for part in (split, *item.outer, *item.inner, match["name"]):
            check_name(part, str(place.file))
        city = "/".join((*item.outer, *item.inner))
        yield Frame(split, city, match["name"], match["tree"] or TREES[0], place.file, "", place.stamp)


def check_name(name: str, where: str) -> None:
    """Refuse a part of a path that cannot name files; `where` names the file that says it.

    Raises:
        SourceError: it cannot.
    """
    is_safe = name.isprintable() or not any(unicodedata.category(letter) in _UNSAFE for letter in name)
    if name in {".", ".."} or "\\" in name or not is_safe:
        raise SourceError(
            f"{where}: {quoted(name)} cannot name files",
            "names are UTF-8 without control characters or backslashes",
        )


def _check_split_folders(source: Location, frames: Iterable[Frame], split_folders: Sequence[str]) -> None:
    for name in split_folders:
        if all(frame.split != name for frame in frames):
            folders = sorted({folder for frame in frames for folder in (frame.split, *frame.city.split("/")) if folder})
            raise UnknownNameError(
                f"{source}: no split folder named {quoted(name)}",
                suggestion(name, folders, f"available: {', '.join(folders)}"),
            )


def _split_notes(names: Mapping[FolderNames, _Files]) -> list[str]:
    """Return what a user should know about where the splits come from."""
    notes = []
    total = sum(files.number for files in names.values())
    if unknown := [files for item, files in names.items() if item.split is None]:
        number = sum(files.number for files in unknown)
        start = f"{number:,} of " if number < total else "all " if total > 1 else ""
        notes.append(
            f"no folder says the split of {start}{counted(total, 'frame')}, such as {unknown[0].first}: the split "
            f"is {FLAT_SPLIT!r}; --split-folder names a folder that says it"
        )
    above = dict.fromkeys(item.split for item in names if item.is_above)
    notes += [f"split {split!r} is the name of a folder above the source" for split in above]
    nested = dict.fromkeys((item.split, item.other_split) for item in names if item.other_split)
    notes += [
        f"folders {one!r} and {other!r} hold the same frames; these are in the split {one!r}" for one, other in nested
    ]
    return notes


def check_flat_names(frames: Iterable[Frame], *, by_subset: bool = True) -> None:
    """Refuse frames that an output without folders could not tell apart.

    Args:
        frames: the frames.
        by_subset: whether the output has a folder for each subset, or one for all.

    Raises:
        SourceError: two frames have the same flat name.
    """
    first: dict[tuple[str, str], Frame] = {}
    for frame in frames:
        other = first.setdefault((frame.subset if by_subset else "", frame.flat_name), frame)
        if other is not frame:
            raise SourceError(
                f"{frame.where}: would be called {quoted(frame.flat_name)}, as {other.where} is",
                "this output has no folders of cities; --split or --city selects one of them",
            )


def filter_frames(
    what: Literal["split", "city"], frames: Sequence[Frame], wanted: Sequence[str], source: Location
) -> Sequence[Frame]:
    """Return the frames of some splits or cities; all frames if none are named.

    Raises:
        UnknownNameError: a name does not occur.
    """
    if not wanted:
        return frames
    present = sorted({name for frame in frames if (name := getattr(frame, what))})
    for name in wanted:
        if name not in present:
            available = f"available: {', '.join(present) or 'none'}"
            raise UnknownNameError(f"{source}: no {what} named {quoted(name)}", suggestion(name, present, available))
    return DiskList(frame for frame in frames if getattr(frame, what) in wanted)


def subset_of(frame: Frame, split_by: SubsetBy) -> str:
    """Return the part of an output that a frame goes to."""
    return frame.split if split_by == "split" else frame.city.replace("/", "_") or FLAT_SPLIT
