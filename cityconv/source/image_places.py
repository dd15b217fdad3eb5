"""Where photographs are looked for, and what is called as one there."""

from __future__ import annotations

import os
import re
import zipfile
from collections import defaultdict
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from cityconv.errors import SourceError, UnknownNameError
from cityconv.source.archives import list_archive
from cityconv.source.coco_names import ANNOTATION_FOLDER
from cityconv.source.files import READ_ERRORS, File, explain
from cityconv.source.folders import is_tree
from cityconv.source.locations import is_file, is_folder, walk
from cityconv.storage.url import Location, StoreUrl, location_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cityconv.source.frame import DataSet, Frame

_FOLDER = "leftImg8bit"
_ARCHIVE = "leftImg8bit_trainvaltest.zip"
_FOLDERS = (_FOLDER, _ARCHIVE, "rgb_anon")
_ENDINGS = (".png", ".jpg", ".jpeg")
# What may follow a frame's name in that of its photograph, and what else the layout has beside one.
_OWN_SUFFIX = re.compile(r"(?:_[A-Za-z].*)?\.(?:png|jpe?g)", re.IGNORECASE | re.DOTALL)
OTHER_SUFFIX = re.compile(
    r"_(?:gt(?:[A-Z][a-z]+)*|disparity|camera|vehicle|timestamp|(?:label|instance)(?:Train)?Ids)[_.]"
)


class Photograph(NamedTuple):
    """One photograph of a frame.

    Attributes:
        suffix: what follows the frame's name in the file name.
        file: the file.
        leads_out: whether it is a symbolic link to a file outside the folder in which photographs were looked for.
    """

    suffix: str
    file: File
    leads_out: bool = False


class Candidate(NamedTuple):
    """A file that is called as a photograph of a frame.

    Attributes:
        folders: the names of the folders above it, below the folder or zip that was searched.
        photograph: what it would be.
    """

    folders: tuple[str, ...]
    photograph: Photograph


Candidates = dict[str, list[Candidate]]  # by frame name


def find_candidates(dataset: DataSet, image_root: Location | None, suffixes: Sequence[str]) -> Candidates:
    """Return what is called as photographs of frames, in the first place that has any; arguments as of `find_images`.

    Raises:
        UnknownNameError: there is no such folder or zip.
        SourceError: there is no place to look in, or it is no zip that can be read.
    """
    if image_root is not None:
        if not _exists(image_root):
            raise UnknownNameError(f"{image_root}: no such file or folder")
        return _candidates_in(image_root, dataset.frames, suffixes)
    home, places = _default_roots(dataset.frames[0])
    for place in places:
        if _exists(place) and (candidates := _candidates_in(place, dataset.frames, suffixes)):
            return candidates
    if any(_exists(home / name) for name in _FOLDERS):
        return {}
    raise SourceError(f"{home}: no {_FOLDER} folder and no {_ARCHIVE} here", "--image-root says where the images are")


def _default_roots(frame: Frame) -> tuple[Location, list[Location]]:
    """Return the folder that holds the data set, and where photographs may be: first where the release has them."""
    if frame.file.archive:
        archive = location_of(frame.file.archive)
        return archive.parent, [archive, *(archive.parent / name for name in _FOLDERS)]
    if frame.excerpt:
        folder = location_of(str(path_of(frame))).parent
        home = folder.parent if folder.name in (ANNOTATION_FOLDER, frame.source_split) else folder
        return home, [*(home / name for name in (*_FOLDERS, "images")), home]
    root = location_of(str(annotation_root(frame)))
    home = root.parent if is_tree(root.name) else root
    return home, [*(home / name for name in _FOLDERS), home]


def _exists(location: Location) -> bool:
    return is_file(location) or is_folder(location)


def _candidates_in(root: Location, frames: Sequence[Frame], suffixes: Sequence[str]) -> Candidates:
    names = {frame.name for frame in frames}
    annotations = {frame.excerpt.png if frame.excerpt else frame.file for frame in frames}
    candidates: Candidates = defaultdict(list)
    for folders, file_name, file in _all_images(root, tuple(suffixes) or _ENDINGS):
        if file in annotations:  # maps may be called as photographs are
            continue
        for name in _frame_names(file_name, names, suffixes):
            photograph = Photograph(file_name[len(name) :], file, _leads_out(file, root))
            candidates[name].append(Candidate(folders, photograph))
    return dict(candidates)


def _leads_out(file: File, root: Location) -> bool:
    if not file.is_on_disk or not os.path.islink(file.path):  # noqa: PTH114 - the path is text
        return False
    return not Path(os.path.realpath(file.path)).is_relative_to(os.path.realpath(str(root)))


def _frame_names(file_name: str, names: set[str], suffixes: Sequence[str]) -> Iterator[str]:
    """Yield the names of the frames whose photograph is called so."""
    if suffixes:
        fitting = (file_name.removesuffix(suffix) for suffix in dict.fromkeys(suffixes) if file_name.endswith(suffix))
        yield from (name for name in fitting if name in names)
        return
    for end in (index for index, letter in enumerate(file_name) if letter in "._"):
        name, suffix = file_name[:end], file_name[end:]
        if name in names and _OWN_SUFFIX.fullmatch(suffix) and not OTHER_SUFFIX.search(suffix):
            yield name


def _all_images(root: Location, endings: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, File]]:
    """Yield the folders, the name and the file of all that ends like an image, in any letters."""
    folded = tuple(ending.lower() for ending in endings)

    def is_image(name: str) -> bool:
        return name.lower().endswith(folded)

    if is_folder(root):
        for *folders, name in walk(root, is_image, skip_unreadable=True):
            yield tuple(folders), name, File(str(root.joinpath(*folders, name)))
        return
    if isinstance(root, Path) and root.is_file() and not zipfile.is_zipfile(root):
        raise SourceError(f"{root}: neither a folder nor a zip of images")
    try:
        members = list_archive(root)
    except READ_ERRORS as error:
        raise SourceError(f"{root}: {explain(error)}") from None
    for member in members:
        *folders, name = member.filename.split("/")
        if is_image(name):
            yield tuple(folders), name, File(member.filename, str(root))


def annotation_root(frame: Frame) -> PurePath | StoreUrl:
    """Return the folder that holds those of the splits, or else the cities: the tree folder, if there is one."""
    folder = path_of(frame).parent
    own = [frame.source_split, *filter(None, frame.city.split("/"))]
    while folder.name in own or (is_tree(folder.name) and folder.parent.name in own):
        if folder.name in own:
            own.remove(folder.name)
        folder = folder.parent
    return folder


def path_of(frame: Frame) -> PurePath | StoreUrl:
    """Return where the annotation of a frame is: its absolute path, its URL, or its path in the zip."""
    if frame.file.archive:
        return PurePosixPath(frame.file.path)
    return frame.file.url or Path(frame.file.path).absolute()
