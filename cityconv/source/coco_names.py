"""What the names of a COCO file and of its images say: split, city and name of each frame."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from cityconv.source.folders import SPLITS, split_indices
from cityconv.source.layout import FLAT_SPLIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.source.folders import Place

ANNOTATION_FOLDER = "annotations"  # where COCO files usually are

_KIND = re.compile(r".*?(?:instances|panoptic)_", re.IGNORECASE | re.DOTALL)
_WORDS = re.compile(r"[\W_]+")
_IMAGE_FOLDERS = ("leftImg8bit", "images", "JPEGImages")
_IMAGE_NAME = re.compile(r"(?P<name>.+?)(?P<suffix>(?:_leftImg8bit)?\.\w+)", re.DOTALL)


class ImageName(NamedTuple):
    """What is said about an image.

    Attributes:
        split: its split; `all` if nothing says one.
        city: the folders of the image, but for those of all images and of the split, joined by `/`; may be empty.
        name: the file name without its suffix.
        suffix: the extension, with `_leftImg8bit` in front of it if the name ends so.
    """

    split: str
    city: str
    name: str
    suffix: str


def split_of(place: Place, split_folders: Sequence[str] = ()) -> str | None:
    """Return the split that a file is named by, or else the folder that it is in; None if there is none.

    It is what follows `instances_` or `panoptic_` in the name, or a word in it that is called as a split.
    """
    stem = place.file_name.removesuffix(".json")
    if match := _KIND.match(stem):
        return stem[match.end() :] or None
    for names in (_WORDS.split(stem), place.folders[-1:]):
        if found := split_indices(names, split_folders):
            return names[found[0]]
    return None


def name_image(file_name: str, split: str | None, split_folders: Sequence[str] = ()) -> ImageName:
    """Return what a `file_name` says about an image.

    >>> name_image("train/aachen/aachen_000000_000019_leftImg8bit.png", "train")
    ImageName(split='train', city='aachen', name='aachen_000000_000019', suffix='_leftImg8bit.png')

    Args:
        file_name: as it stands in the file. Folders of an absolute path say nothing.
        split: that of the COCO file; None to take one of the folders that is called as a split.
        split_folders: names of splits besides the usual ones.
    """
    path = PurePosixPath(file_name.replace("\\", "/"))
    folders = [] if path.is_absolute() or (path.parts[:1] and path.parts[0].endswith(":")) else [*path.parts[:-1]]
    if folders[:1] and folders[0] in _IMAGE_FOLDERS:
        del folders[0]
    found = split_indices(folders, split_folders)
    if split is None and found:
        split = folders[found[0]]
    if split in folders and (split in SPLITS or split in split_folders or folders.index(split) in found):
        folders.remove(split)
    match = _IMAGE_NAME.fullmatch(path.name)
    name, suffix = (match["name"], match["suffix"]) if match else (path.name, "")
    return ImageName(split or FLAT_SPLIT, "/".join(folders), name, suffix)
