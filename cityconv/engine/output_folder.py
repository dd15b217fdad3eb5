"""Output folders that are refused, since a run would write into its own source."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.errors import UsageError
from cityconv.source.folders import is_tree
from cityconv.source.image_places import annotation_root
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
