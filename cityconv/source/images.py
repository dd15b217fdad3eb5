"""The photographs that belong to frames, found by the frames' names and folders."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.errors import SourceError, UsageError, quoted
from cityconv.source.disk_list import DiskList
from cityconv.source.folders import split_indices
from cityconv.source.image_places import (
    OTHER_SUFFIX,
    Candidate,
    Candidates,
    Photograph,
    annotation_root,
    find_candidates,
    path_of,
)
from cityconv.source.layout import FLAT_SPLIT
from cityconv.vocabulary import IMAGE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cityconv.options import ImageNameOptions
    from cityconv.source.files import File
    from cityconv.source.frame import DataSet, Frame, FrameKey
    from cityconv.storage.url import Location

_EXTENSION = re.compile(r"\.\w+\Z")
_SHOWN = 4  # names in a message that could list many


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
        if OTHER_SUFFIX.search(suffix):
            raise UsageError(
                f"--image-suffix: {quoted(suffix)} is not a suffix of photographs", f"for example {IMAGE_SUFFIX}"
            )
    candidates = find_candidates(dataset, image_root, suffixes)
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
    frames: Sequence[Frame], candidates: Candidates, suffixes: Sequence[str]
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


def _closest(frame: Frame, candidates: Sequence[Candidate]) -> tuple[int, list[Candidate]]:
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
    own = path_of(frame)
    rest = own.name.removeprefix(frame.name)
    ends = (index for index, letter in enumerate(suffix) if index and letter in "._")
    paths = (own.with_name(f"{frame.name}{suffix[:end]}{rest}") for end in ends if suffix != IMAGE_SUFFIX)
    return any(frame.file._replace(path=str(path)).exists() for path in paths)


def _is_of_other_folder(candidate: Candidate, frame: Frame) -> bool:
    """Return whether a photograph is in the mirror folder of another annotation that is called as the frame's."""
    root, own = annotation_root(frame), path_of(frame)
    paths = (root.joinpath(*candidate.folders[start:], own.name) for start in range(len(candidate.folders) + 1))
    return any(path != own and frame.file._replace(path=str(path)).exists() for path in paths)
