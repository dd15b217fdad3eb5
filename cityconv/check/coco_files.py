"""The JSON files of COCO and COCO panoptic: expected files, the images in them, and categories."""

from __future__ import annotations

import glob
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cityconv.check.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from cityconv.source.frame import Frame


class CocoFile(NamedTuple):
    """A file to check.

    Attributes:
        path: its path.
        images: the frame of each image that may be in it, by what identifies the image.
        is_complete: whether all of them should be in it.
    """

    path: Path
    images: dict[str, Frame]
    is_complete: bool


def subset_pattern(template: str) -> str:
    """Return the glob for the files of all subsets, given their path with `{split}` for the name of the subset."""
    return glob.escape(template).replace("{split}", "*")


def expected_coco_files(
    out: Path,
    template: str,
    frames: Sequence[Frame],
    images_of: Callable[[Frame], Iterable[str]],
    findings: list[Finding],
    other_outputs: str = "",
) -> list[CocoFile]:
    """Return the files that an output should have and has, one for each subset.

    Args:
        out: the output folder.
        template: the path of the files below it, with `{split}` for the name of the subset.
        frames: all frames.
        images_of: returns what identifies each image of a frame.
        findings: receives the missing and the extra files.
        other_outputs: a pattern of file names that match the template but belong to another output.
    """
    members: dict[Path, dict[str, Frame]] = {}
    for frame in frames:
        own = members.setdefault(out / template.replace("{split}", frame.subset), {})
        own.update(dict.fromkeys(images_of(frame), frame))
    extra = [path for path in sorted(out.glob(subset_pattern(template))) if path not in members]
    findings += [
        Finding("extra", str(path), "belongs to no selected subset")
        for path in extra
        if not (other_outputs and path.match(other_outputs))
    ]
    findings += [Finding("missing", str(path), "missing") for path in members if not path.exists()]
    return [CocoFile(path, own, is_complete=True) for path, own in members.items() if path.exists()]


def find_images(file: CocoFile, present: Iterable[str], findings: list[Finding]) -> dict[str, int]:
    """Return the index of each expected image in a file, by what identifies it.

    Args:
        file: the file.
        present: what identifies each image in it.
        findings: receives the missing, unknown, and duplicate images.
    """
    path = str(file.path)
    indices: dict[str, int] = {}
    for index, image in enumerate(present):
        if image not in file.images:
            findings.append(Finding("extra", path, f"image {image!r} belongs to no expected frame"))
        elif image in indices:
            findings.append(Finding("extra", path, f"image {image!r} is a duplicate"))
        else:
            indices[image] = index
    if file.is_complete:
        absent = sorted(file.images.keys() - indices)
        findings += [Finding("missing", path, "the image is missing", image) for image in absent]
    return indices


def category_findings(file: str, actual: Sequence[object], expected: Sequence[object]) -> list[Finding]:
    """Return the wrong, extra, and missing categories of a file, given in order."""
    findings = [
        Finding("class", file, f"category {index}: {_as_json(found)} where {_as_json(wanted)} is expected")
        for index, (found, wanted) in enumerate(zip(actual, expected, strict=False))
        if found != wanted
    ]
    findings += [Finding("class", file, f"extra category {_as_json(item)}") for item in actual[len(expected) :]]
    return findings + [Finding("class", file, f"missing category {_as_json(item)}") for item in expected[len(actual) :]]


def _as_json(item: object) -> str:
    return msgspec.json.encode(item).decode()
