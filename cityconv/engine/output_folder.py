"""Output folders that are refused: no folders, or in the source of the run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.errors import OutputError, UsageError
from cityconv.source.folders import is_tree
from cityconv.source.image_places import annotation_root
from cityconv.storage.errors import DENIED, StoreError
from cityconv.storage.objects import find_object, in_parallel
from cityconv.storage.url import StoreUrl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cityconv.source.frame import Frame
    from cityconv.storage.url import Location


def refuse_dash(out: Location) -> None:
    """Raise UsageError if an output folder is called `-`, which stands for standard output elsewhere.

    Raises:
        UsageError: it is.
    """
    if str(out) == "-":
        raise UsageError("-: an output is a folder and cannot be written to standard output")


def refuse_source_folder(out: Location, frames: Iterable[Frame]) -> None:
    """Check that an output folder is not among the annotations, where a later run would read it.

    Args:
        out: the output folder, or its URL.
        frames: the frames that are read.

    Raises:
        UsageError: it is the tree folder of the annotations, such as `gtFine`, or below it.
    """
    by_folder = {os.path.dirname(frame.file.path): frame for frame in frames if not frame.file.archive}  # noqa: PTH120 - faster, for thousands of frames
    if isinstance(out, StoreUrl):
        _refuse_source_url(out, by_folder)
        return
    on_disk = (frame for frame in by_folder.values() if frame.file.is_on_disk)
    trees = {Path(str(root)) for frame in on_disk if is_tree((root := annotation_root(frame)).name)}
    real_out = Path(os.path.realpath(out))
    for tree in sorted(trees):
        if real_out.is_relative_to(os.path.realpath(tree)):
            raise UsageError(f"{out}: in the folder of the annotations, {tree}", "choose a folder beside it")


def _refuse_source_url(out: StoreUrl, folders: Iterable[str]) -> None:
    for folder in folders:
        names = folder.split("/")
        trees = ["/".join(names[: index + 1]) for index, name in enumerate(names) if is_tree(name)]
        if trees and f"{out}/".startswith(f"{trees[-1]}/"):
            raise UsageError(f"{out}: in the folder of the annotations, {trees[-1]}", "choose a folder beside it")


def refuse_objects(out: StoreUrl) -> None:
    """Check that an output folder in a store, and all folders above it, are no objects. Takes a request for each.

    An empty object may stand for a folder. Access that is denied is no error: the role may have a part of the bucket.

    Raises:
        OutputError: one is an object.
        StoreError: the store fails.
    """
    names = out.key.split("/")
    folders = [StoreUrl(out.store, "/".join(names[: index + 1])) for index in range(len(names))]
    for folder, has_content in zip(folders, in_parallel(_has_content, folders), strict=True):
        if has_content:
            raise OutputError(f"{folder}: an object exists where a folder is needed", "choose another --out")


def _has_content(url: StoreUrl) -> bool:
    try:
        found = find_object(url)
    except StoreError as error:
        if error.strerror == DENIED:
            return False
        raise
    return found is not None and found.size > 0
