"""The photographs that belong to frames, found by the frames' names."""

from __future__ import annotations

import os
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.errors import SourceError
from cityconv.source.files import READ_ERRORS, File, explain, list_archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cityconv.source.layout import Frame

FOLDER = "leftImg8bit"
ARCHIVE = "leftImg8bit_trainvaltest.zip"
_MARK = "_leftImg8bit"
_ENDINGS = (".png", ".jpg", ".jpeg")


def find_images(frames: Sequence[Frame], source: Path, image_root: Path | None, suffix: str) -> dict[str, File]:
    """Return the image of each frame, by the frame's name; a frame without one is not in it.

    An image belongs to a frame when its file name begins with the frame's, whatever follows `_leftImg8bit`: variants
    of the images (fog, rain) are named so.

    Args:
        frames: the frames.
        source: the data set that they are from; images are looked for beside it when there is no `image_root`.
        image_root: a folder or a zip.
        suffix: what is expected after a frame's name; where a frame has several images it chooses.

    Raises:
        SourceError: there is no place to look in, or a frame has several images and the suffix fits none.
    """
    wanted = {frame.name for frame in frames}
    candidates: dict[str, list[File]] = defaultdict(list)
    for file in _all_images(image_root or _beside(source, frames[0])):
        name = _frame_name(Path(file.path).name)
        if name in wanted:
            candidates[name].append(file)
    return {name: _choose(name, files, suffix) for name, files in candidates.items()}


def _frame_name(file_name: str) -> str:
    name, mark, _ = file_name.partition(_MARK)
    return name if mark else "_".join(file_name.rpartition(".")[0].split("_")[:3])


def _choose(name: str, files: list[File], suffix: str) -> File:
    exact = [file for file in files if file.path.endswith(name + suffix)]
    if len(exact) == 1 or len(files) == 1:
        return (exact or files)[0]
    some = ", ".join(sorted(Path(file.path).name for file in files)[:4])
    raise SourceError(f"{name}: {len(files)} images: {some}", "--image-suffix or a narrower --image-root chooses one")


def _beside(source: Path, frame: Frame) -> Path:
    """Return where the release has its images: beside the folder or the zip of the annotations."""
    above = Path(os.path.abspath(frame.file.path)).parents  # noqa: PTH100 - takes `..` out, links stay
    root = source.parent if frame.file.archive else above[min(3, len(above) - 1)]
    for place in (root / FOLDER, root / ARCHIVE):
        if place.exists():
            return place
    raise SourceError(f"{root}: no {FOLDER} folder and no {ARCHIVE} here", "--image-root says where the images are")


def _all_images(root: Path) -> Iterable[File]:
    if root.is_dir():
        return _files_below(root)
    if root.is_file() and not zipfile.is_zipfile(root):
        raise SourceError(f"{root}: neither a folder nor a zip of images")
    try:
        members = list_archive(root)
    except READ_ERRORS as error:
        raise SourceError(f"{root}: {explain(error)}") from None
    return [File(member.filename, str(root)) for member in members if member.filename.lower().endswith(_ENDINGS)]


def _files_below(root: Path) -> Iterator[File]:
    seen: set[tuple[int, int]] = set()  # links may lead in circles
    for folder, folders, names in os.walk(root, followlinks=True):
        status = os.stat(folder)  # noqa: PTH116 - once for each of many folders
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (File(str(Path(folder, name))) for name in names if name.lower().endswith(_ENDINGS))
