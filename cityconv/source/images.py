"""The photographs that belong to frames, found by the frames' names and folders."""

from __future__ import annotations

import os
import re
import zipfile
from collections import defaultdict
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from cityconv.errors import SourceError, UnknownNameError, UsageError, quoted
from cityconv.source.archives import list_archive
from cityconv.source.coco_names import ANNOTATION_FOLDER
from cityconv.source.disk_list import DiskList
from cityconv.source.files import READ_ERRORS, File, explain
from cityconv.source.folders import is_tree, split_indices
from cityconv.source.layout import FLAT_SPLIT
from cityconv.source.locations import is_file, is_folder, walk
from cityconv.storage.url import Location, StoreUrl, location_of
from cityconv.vocabulary import IMAGE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cityconv.options import ImageNameOptions
    from cityconv.source.frame import DataSet, Frame, FrameKey

FOLDER = "leftImg8bit"
ARCHIVE = "leftImg8bit_trainvaltest.zip"
_FOLDERS = (FOLDER, ARCHIVE, "rgb_anon")
_ENDINGS = (".png", ".jpg", ".jpeg")
# What may follow a frame's name in that of its photograph, and what else the layout has beside one.
_OWN_SUFFIX = re.compile(r"(?:_[A-Za-z].*)?\.(?:png|jpe?g)", re.IGNORECASE | re.DOTALL)
_OTHER_SUFFIX = re.compile(
    r"_(?:gt(?:[A-Z][a-z]+)*|disparity|camera|vehicle|timestamp|(?:label|instance)(?:Train)?Ids)[_.]"
)
_EXTENSION = re.compile(r"\.\w+\Z")
_SHOWN = 4  # names in a message that could list many


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


class _Candidate(NamedTuple):
    """A file that is called as a photograph of a frame.

    Attributes:
        folders: the names of the folders above it, below the folder or zip that was searched.
        photograph: what it would be.
    """

    folders: tuple[str, ...]
    photograph: Photograph


_Candidates = dict[str, list[_Candidate]]  # by frame name


def find_images(
    dataset: DataSet, image_root: Location | None = None, suffixes: Sequence[str] = ()
) -> dict[FrameKey, tuple[Photograph, ...]]:
    """Return the photographs of each frame, by the frame's key; a frame without one is not in it.

    A photograph is called as the frame with a suffix. It is in the folder of the frame's own split and city, or in one
    that leaves out one or both of these; or else anywhere, if only one is called so. What is in the folder of another
    frame, or of another split, is not taken.

    Args:
        dataset: the frames.
        image_root: a folder or a zip, or the URL of one; by default what the release and ACDC have beside the
            annotations, or the zip of the annotations itself, or the folder that holds the data set.
        suffixes: what follows a frame's name; each gives a photograph of its own, in this order. When empty, a frame
            has one photograph: the one that ends with `_leftImg8bit.png`, or else the only one there is.

    Raises:
        UsageError: a suffix has no extension or is not one of photographs, or the folder or zip does not exist.
        SourceError: there is no place to look in, a frame has several photographs and nothing chooses, or one file
            would be the photograph of two frames.
    """
    for suffix in suffixes:
        if not _EXTENSION.search(suffix):
            raise UsageError(f"--image-suffix: {quoted(suffix)} has no extension", f"for example {IMAGE_SUFFIX}")
        if _OTHER_SUFFIX.search(suffix):
            raise UsageError(
                f"--image-suffix: {quoted(suffix)} is not a suffix of photographs", f"for example {IMAGE_SUFFIX}"
            )
    candidates = _candidates(dataset, image_root, suffixes)
    own = _share_out(dataset.frames, candidates, suffixes)
    found = {frame.key: chosen for frame in dataset.frames if (chosen := _choose(frame, own[frame.key], suffixes))}
    owners: dict[File, Frame] = {}
    for frame in dataset.frames:
        for photograph in found.get(frame.key, ()):
            if (other := owners.setdefault(photograph.file, frame)) is not frame:
                raise SourceError(
                    f"{photograph.file}: may belong to {other.where} and to {frame.where}",
                    "put photographs of the same name into folders of their splits and cities",
                )
    return found


def name_images(
    frames: Sequence[Frame], options: ImageNameOptions, photographs: Mapping[FrameKey, Sequence[Photograph]]
) -> Sequence[Frame]:
    """Return the frames with the suffixes of their images in an output.

    Args:
        frames: the frames.
        options: the suffixes that are given, and the encoding of images.
        photographs: those that were found; for a frame without one, the given suffixes count, or else its own.

    Raises:
        UsageError: a suffix is given twice.
    """
    suffixes = options.image_suffix or []
    for suffix in suffixes:
        if suffixes.count(suffix) > 1:
            raise UsageError(f"--image-suffix: {quoted(suffix)} is given twice")
    return DiskList(frame._replace(image_suffixes=_suffixes(frame, options, photographs)) for frame in frames)


def _suffixes(
    frame: Frame, options: ImageNameOptions, photographs: Mapping[FrameKey, Sequence[Photograph]]
) -> tuple[str, ...]:
    found = [item.suffix for item in photographs.get(frame.key, ())]
    return tuple(map(options.output_suffix, found or options.image_suffix or frame.image_suffixes))


def _share_out(
    frames: Sequence[Frame], candidates: _Candidates, suffixes: Sequence[str]
) -> dict[FrameKey, list[Photograph]]:
    """Return which photographs may be of which frame, by its key."""
    closest = {frame.key: _closest(frame, candidates.get(frame.name, ())) for frame in frames}
    claims: dict[File, tuple[int, int]] = {}  # of the frame that is closest, and then of that with the longest name
    for (*_, name), (distance, items) in closest.items():
        for item in items:
            claim = (distance, -len(name))
            claims[item.photograph.file] = min(claim, claims.get(item.photograph.file, claim))
    own: dict[FrameKey, list[Photograph]] = {}
    for frame in frames:
        distance, items = closest[frame.key]
        own[frame.key] = [
            item.photograph
            for item in items
            if claims[item.photograph.file] == (distance, -len(frame.name))
            and not (distance and _is_of_other_folder(item, frame))
            and not (not suffixes and _is_of_longer_name(item.photograph.suffix, frame))
        ]
    return own


def _choose(frame: Frame, photographs: list[Photograph], suffixes: Sequence[str]) -> tuple[Photograph, ...]:
    by_suffix: dict[str, list[Photograph]] = defaultdict(list)
    for photograph in photographs:
        by_suffix[photograph.suffix].append(photograph)
    if suffixes:
        groups = [by_suffix[suffix] for suffix in dict.fromkeys(suffixes) if suffix in by_suffix]
    else:
        groups = [by_suffix.get(frame.image_suffixes[0], photographs)] if photographs else []
    for group in groups:
        if len(group) > 1:
            paths = [photograph.file for photograph in group]
            names = sorted(str(path) if len(by_suffix) == 1 else Path(path.path).name for path in paths)
            shown = ", ".join([*names[:_SHOWN], *(["..."] if len(names) > _SHOWN else [])])
            raise SourceError(
                f"{frame.name}: {len(group)} images: {shown}", "--image-suffix or a narrower --image-root chooses one"
            )
    return tuple(group[0] for group in groups)


# Which folder is whose


def _closest(frame: Frame, candidates: Sequence[_Candidate]) -> tuple[int, list[_Candidate]]:
    """Return the candidates in the folder closest to a frame's own, and how far that is; 0 is its own."""
    distances = [(_distance(frame, item.folders), item) for item in candidates]
    least = min((distance for distance, _ in distances if distance is not None), default=0)
    return least, [item for distance, item in distances if distance == least]


def _distance(frame: Frame, folders: tuple[str, ...]) -> int | None:
    """Return how far a folder is from the mirror of a frame's own; None when it is that of another split."""
    city = frame.city.split("/") if frame.city else []
    own = city if frame.source_split == FLAT_SPLIT else [frame.source_split, *city]
    if own and sorted(folders[-len(own) :]) == sorted(own):  # the split may be below a part of the city
        return 0
    if not own and not folders:
        return 0
    if frame.source_split != FLAT_SPLIT:
        strangers = [folders[index] for index in split_indices(folders) if folders[index] not in own]
        if strangers:
            return None
    if city and list(folders[-len(city) :]) == city:
        return 1
    if folders[-1:] == (frame.source_split,):
        return 2
    return 3 if not folders else 4


def _is_of_longer_name(suffix: str, frame: Frame) -> bool:
    """Return whether another annotation beside the frame's has a part of a photograph's suffix in its name."""
    own = _path(frame)
    rest = own.name.removeprefix(frame.name)
    ends = (index for index, letter in enumerate(suffix) if index and letter in "._")
    paths = (own.with_name(f"{frame.name}{suffix[:end]}{rest}") for end in ends if suffix != IMAGE_SUFFIX)
    return any(frame.file._replace(path=str(path)).exists() for path in paths)


def _is_of_other_folder(candidate: _Candidate, frame: Frame) -> bool:
    """Return whether a photograph is in the mirror folder of another annotation that is called as the frame's."""
    root, own = annotation_root(frame), _path(frame)
    paths = (root.joinpath(*candidate.folders[start:], own.name) for start in range(len(candidate.folders) + 1))
    return any(path != own and frame.file._replace(path=str(path)).exists() for path in paths)


def annotation_root(frame: Frame) -> PurePath | StoreUrl:
    """Return the folder that holds those of the splits, or else the cities: the tree folder, if there is one."""
    folder = _path(frame).parent
    own = [frame.source_split, *filter(None, frame.city.split("/"))]
    while folder.name in own or (is_tree(folder.name) and folder.parent.name in own):
        if folder.name in own:
            own.remove(folder.name)
        folder = folder.parent
    return folder


def _path(frame: Frame) -> PurePath | StoreUrl:
    if frame.file.archive:
        return PurePosixPath(frame.file.path)
    return frame.file.url or Path(frame.file.path).absolute()


# Where to look


def _candidates(dataset: DataSet, image_root: Location | None, suffixes: Sequence[str]) -> _Candidates:
    """Return what is called as photographs of frames, in the first place that has any."""
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
    raise SourceError(f"{home}: no {FOLDER} folder and no {ARCHIVE} here", "--image-root says where the images are")


def _default_roots(frame: Frame) -> tuple[Location, list[Location]]:
    """Return the folder that holds the data set, and where photographs may be: first where the release has them."""
    if frame.file.archive:
        archive = location_of(frame.file.archive)
        return archive.parent, [archive, *(archive.parent / name for name in _FOLDERS)]
    if frame.excerpt:
        folder = location_of(str(_path(frame))).parent
        home = folder.parent if folder.name in (ANNOTATION_FOLDER, frame.source_split) else folder
        return home, [*(home / name for name in (*_FOLDERS, "images")), home]
    root = location_of(str(annotation_root(frame)))
    home = root.parent if is_tree(root.name) else root
    return home, [*(home / name for name in _FOLDERS), home]


def _exists(location: Location) -> bool:
    return is_file(location) or is_folder(location)


def _candidates_in(root: Location, frames: Sequence[Frame], suffixes: Sequence[str]) -> _Candidates:
    names = {frame.name for frame in frames}
    annotations = {frame.excerpt.png if frame.excerpt else frame.file for frame in frames}
    candidates: _Candidates = defaultdict(list)
    for folders, file_name, file in _all_images(root, tuple(suffixes) or _ENDINGS):
        if file in annotations:  # maps may be called as photographs are
            continue
        for name in _frame_names(file_name, names, suffixes):
            photograph = Photograph(file_name[len(name) :], file, _leads_out(file, root))
            candidates[name].append(_Candidate(folders, photograph))
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
        if name in names and _OWN_SUFFIX.fullmatch(suffix) and not _OTHER_SUFFIX.search(suffix):
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
