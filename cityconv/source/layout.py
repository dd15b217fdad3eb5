"""Where the annotation files are: in a folder or a zip, of one city or of all, and how they are read."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from cityconv.errors import AnnotationError, SourceError, quoted
from cityconv.source.files import READ_ERRORS, File, explain, list_archive
from cityconv.vocabulary import SubsetBy

TREES = ("gtFine", "gtCoarse")
FLAT_SPLIT = "all"
_FILE_NAME = re.compile(r"(?P<name>.+?)(?:_(?P<tree>gt[A-Za-z]+))?_polygons\.json")
_ENDING = "_polygons.json"
_HIDDEN = "."  # in front of what some systems put beside a file, above all in zips
_DEPTH = 2  # folders of splits and of cities
_SAFE = re.compile(r"\w[\w.+-]*")
_EXPECTED = "<split>/<city>/<city>_<sequence>_<frame>_gtFine_polygons.json"


class Frame(NamedTuple):
    """One annotated image: what it is called and where its annotation is. Cheap to send to another process.

    Attributes:
        split: `train`, `val`, `test`, `train_extra`; `all` for a file outside the layout of the release.
        city: the city's name.
        name: `<city>_<sequence>_<frame>`, unique in its split and city.
        tree: `gtFine` or `gtCoarse`.
        file: the annotation file.
        subset: the part of an output that it goes to: its split, or its city.
        stamp: size and time of change of the file, or size and checksum of the member: what tells that it changed.
    """

    split: str
    city: str
    name: str
    tree: str
    file: File
    subset: str
    stamp: tuple[int, int]

    @property
    def where(self) -> str:
        """The annotation file as messages name it."""
        return str(self.file)

    def read(self) -> bytes:
        """Return the bytes of the annotation file.

        Raises:
            AnnotationError: the file is gone, unreadable, or damaged in the archive.
        """
        try:
            return self.file.read("annotation_bytes")
        except READ_ERRORS as error:
            raise AnnotationError(f"{self.where}: {explain(error)}") from None


def find_frames(
    source: Path, splits: Sequence[str] = (), cities: Sequence[str] = (), split_by: SubsetBy = "split"
) -> list[Frame]:
    """Return the frames of a data set, sorted by split, city and name.

    Args:
        source: the data set's root, its `gtFine` or `gtCoarse` folder, one split or city folder, one annotation file,
            or a zip. Where a root holds both trees, `gtFine` is taken.
        splits: only these splits; all when empty.
        cities: only these cities; all when empty.
        split_by: what outputs are divided by.

    Raises:
        SourceError: there is no such path, a folder or the archive cannot be read, two files describe one frame,
            nothing was found, or a split or city named here does not occur.
    """
    frames = sorted(_all_frames(source))
    if not frames:
        raise SourceError(f"{source}: found no *_polygons.json here", f"expected files like {_EXPECTED}")
    for before, frame in pairwise(frames):
        if before[:4] == frame[:4]:
            raise SourceError(f"{frame.where}: describes the same frame as {before.where}")
    frames = _filter("split", frames, splits, source)
    frames = _filter("city", frames, cities, source)
    return [frame._replace(subset=getattr(frame, split_by)) for frame in frames]


def _filter(what: str, frames: list[Frame], wanted: Sequence[str], source: Path) -> list[Frame]:
    present = sorted({getattr(frame, what) for frame in frames})
    for name in wanted:
        if name not in present:
            raise SourceError(f"{source}: no {what} named {quoted(name)}", f"there is: {', '.join(present)}")
    return [frame for frame in frames if not wanted or getattr(frame, what) in wanted]


def _all_frames(source: Path) -> Iterator[Frame]:
    if source.is_dir():
        yield from map(_frame_of_file, _annotation_files(source))
    elif source.suffix.lower() == ".zip" and source.is_file():
        yield from (_frame_of_member(source, member) for member in _annotation_members(source))
    elif source.is_file():
        if not _FILE_NAME.fullmatch(source.name):
            raise SourceError(f"{source}: neither a zip nor a *_polygons.json file")
        yield _frame_of_file(source)
    else:
        raise SourceError(f"{source}: no such file or folder")


def _annotation_files(folder: Path) -> Iterator[Path]:
    """Yield the annotation files of one tree."""
    tree = next((folder / tree for tree in TREES if (folder / tree).is_dir()), folder)
    return _files_within(tree, _DEPTH)


def _files_within(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the annotation files of a folder, and of those so many levels below it."""
    try:
        with os.scandir(folder) as entries:
            names = [(entry.name, entry.is_dir()) for entry in entries]
    except OSError as error:  # to pass it over would leave out frames in silence
        raise SourceError(f"{error.filename or folder}: {explain(error)}") from None
    for name, is_folder in names:
        if _is_annotation(name):
            yield folder / name
        elif is_folder and depth and not name.startswith(_HIDDEN):
            yield from _files_within(folder / name, depth - 1)


def _is_annotation(name: str) -> bool:
    return name.endswith(_ENDING) and not name.startswith(_HIDDEN)


def _annotation_members(archive: Path) -> list[zipfile.ZipInfo]:
    """Return the annotation files of one tree in an archive."""
    try:
        members = [member for member in list_archive(archive) if _is_annotation(member.filename.rpartition("/")[2])]
    except READ_ERRORS as error:
        raise SourceError(f"{archive}: {explain(error)}") from None
    of_tree = ([member for member in members if tree in member.filename.split("/")] for tree in TREES)
    return next((found for found in of_tree if found), members)


def _frame_of_file(path: Path) -> Frame:
    names = _names(Path(os.path.abspath(path)).parts, str(path))  # noqa: PTH100 - takes `..` out, links stay
    try:
        status = path.stat()
    except OSError as error:
        raise SourceError(f"{path}: {explain(error)}") from None
    return Frame(*names, File(str(path)), "", (status.st_size, status.st_mtime_ns))


def _frame_of_member(archive: Path, member: zipfile.ZipInfo) -> Frame:
    names = _names(tuple(member.filename.split("/")), f"{archive}/{member.filename}")
    return Frame(*names, File(member.filename, str(archive)), "", (member.file_size, member.CRC))


def _names(parts: tuple[str, ...], where: str) -> tuple[str, str, str, str]:
    """Return split, city, name and tree from the path, or where it is not laid out as in the release from its end."""
    match = _FILE_NAME.fullmatch(parts[-1])
    if match is None:
        raise SourceError(f"{where}: not named like {_EXPECTED}")
    name, tree = match["name"], match["tree"] or TREES[0]
    split, city = (FLAT_SPLIT, FLAT_SPLIT, *parts[:-1])[-2:]
    if not name.startswith(f"{city}_"):
        split, city = FLAT_SPLIT, name.split("_", 1)[0]
    for part in (split, city, name):
        if not _SAFE.fullmatch(part):
            raise SourceError(f"{where}: {quoted(part)} cannot name files; letters, digits and _ . + - can")
    return split, city, name, tree
