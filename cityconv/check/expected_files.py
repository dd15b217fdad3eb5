"""The files that an output should have, against those that it has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cityconv.check.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.source.frame import Frame

_IMAGES = "images"
_DEEPEST = 64  # folders below the output: far more than names of frames have


def list_files(out: Path, folder: str = "", *, depth: int = _DEEPEST) -> Iterator[str]:
    """Yield what is below a folder of an output and is not a folder itself, relative to the output, with `/`.

    Links are listed, not followed; so are pipes and the like. Folders that are nested too deeply or cannot be listed
    are listed as if they were files.

    Args:
        out: the output folder.
        folder: the folder, relative to the output.
        depth: how many levels of folders to list.
    """
    if folder and (out / folder).is_symlink():
        yield folder
        return
    waiting = [(folder, depth)]
    while waiting:
        current, levels = waiting.pop()
        try:
            with os.scandir(out / current) as opened:
                entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in opened]
        except OSError:
            if current != folder:
                yield current
            continue
        for name, is_folder in entries:
            path = f"{current}/{name}" if current else name
            if is_folder and levels:
                waiting.append((path, levels - 1))
            else:
                yield path


def has_files(out: Path, folder: str, belongs: Callable[[str], bool]) -> bool:
    """Return whether a folder of an output has a file below it whose path, relative to the output, is wanted."""
    return any(map(belongs, list_files(out, folder)))


def file_findings(
    out: Path, present: Iterable[str], expected: Iterable[str], owner: str = "frame"
) -> Iterator[Finding]:
    """Yield the missing and the extra files.

    Args:
        out: the output folder.
        present: the files of one kind, relative to the output folder.
        expected: those that should be there.
        owner: what an extra file belongs to none of.
    """
    wanted, there = set(expected), set(present)
    for path in sorted(wanted - there):
        yield Finding("missing", str(out / path), "missing")
    for path in sorted(there - wanted):
        yield Finding("extra", str(out / path), f"belongs to no selected {owner}")


def image_findings(out: Path, folder: str, expected: Iterable[str], options: ExpectedOptions) -> Iterator[Finding]:
    """Yield the missing and extra images below a folder; none if the output has no images, or no such folder."""
    if options.has_images and (out / folder).is_dir():
        yield from file_findings(out, list_files(out, folder), expected)


def has_images_by_subset(out: Path) -> bool:
    """Return whether an output has image folders per subset."""
    return (out / _IMAGES).is_dir()


def image_paths(frame: Frame, *, is_flat: bool) -> list[str]:
    """Return the images of a frame as paths below the folder of its subset, with or without a folder for its city."""
    return frame.flat_image_paths if is_flat else frame.image_paths


def images_by_subset_findings(
    out: Path, frames: Iterable[Frame], options: ExpectedOptions, *, is_flat: bool = False
) -> Iterator[Finding]:
    """Yield the missing and extra images of an output with one image folder per subset.

    Args:
        out: the output folder.
        frames: all frames.
        options: the options that the output should have been made with.
        is_flat: whether that folder has no folders for cities.
    """
    expected = (f"{_IMAGES}/{frame.subset}/{path}" for frame in frames for path in image_paths(frame, is_flat=is_flat))
    yield from image_findings(out, _IMAGES, expected, options)
