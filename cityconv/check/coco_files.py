"""The JSON files of COCO and COCO panoptic: expected files, the frames in them, and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cityconv.check.expected_options import frame_name
from cityconv.check.findings import Finding
from cityconv.errors import UsageError
from cityconv.frame.category_ids import category_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame
    from cityconv.vocabulary import CategoryIdScheme


class CocoFile(NamedTuple):
    """A file to check.

    Attributes:
        path: its path.
        frames: the frames that may be in it, by name.
        is_complete: whether all of them should be in it.
    """

    path: Path
    frames: dict[str, Frame]
    is_complete: bool


def expected_coco_files(
    out: Path, template: str, frames: list[Frame], findings: list[Finding], other_outputs: str = ""
) -> list[CocoFile]:
    """Return the files that an output should have and has, one for each subset.

    Args:
        out: the output folder.
        template: the path of the files below it, with `{split}` for the name of the subset.
        frames: all frames.
        findings: receives the missing and the extra files.
        other_outputs: a pattern of file names that match the template but belong to another output.
    """
    members: dict[Path, dict[str, Frame]] = {}
    for frame in frames:
        members.setdefault(out / template.replace("{split}", frame.subset), {})[frame.name] = frame
    extra = [path for path in sorted(out.glob(template.replace("{split}", "*"))) if path not in members]
    findings += [
        Finding("extra", str(path), "belongs to no selected subset")
        for path in extra
        if not (other_outputs and path.match(other_outputs))
    ]
    findings += [Finding("missing", str(path), "missing") for path in members if not path.exists()]
    return [CocoFile(path, own, is_complete=True) for path, own in members.items() if path.exists()]


def images_by_frame(file: CocoFile, file_names: Iterable[str], findings: list[Finding]) -> dict[str, int]:
    """Return the index of the image of each frame, by the frame's name.

    Args:
        file: the file.
        file_names: the `file_name` of each image in it.
        findings: receives the missing, unknown, and duplicate frames.
    """
    path = str(file.path)
    images: dict[str, int] = {}
    for index, file_name in enumerate(file_names):
        name = frame_name(file_name.rpartition("/")[2], file.frames)
        if name is None:
            findings.append(Finding("extra", path, f"image {file_name!r} belongs to no expected frame"))
        elif name in images:
            findings.append(Finding("extra", path, f"image {file_name!r} is a duplicate", name))
        else:
            images[name] = index
    if file.is_complete:
        absent = sorted(file.frames.keys() - images)
        findings += [Finding("missing", path, "the frame has no image", name) for name in absent]
    return images


def expected_category_ids(selection: Selection, actual: Sequence[int], scheme: CategoryIdScheme | None) -> list[int]:
    """Return the category id of each class: by a scheme, or if it is None, by the one that fits the actual ids best.

    Raises:
        UsageError: the scheme gives a class no id of its own.
    """
    schemes: list[CategoryIdScheme | None] = [scheme] if scheme else [None, "label", "train", "contiguous"]
    candidates = []
    for candidate in schemes:
        try:
            candidates.append(category_ids(selection.classes, candidate))
        except UsageError:
            if scheme:
                raise
    return max(candidates, key=lambda ids: sum(one == other for one, other in zip(ids, actual, strict=False)))


def category_findings(file: str, actual: Sequence[object], expected: Sequence[object]) -> list[Finding]:
    """Return the wrong, extra, and missing categories of a file, given in order."""
    findings = [
        Finding("class", file, f"category {index}: {found} where {wanted} is expected")
        for index, (found, wanted) in enumerate(zip(actual, expected, strict=False))
        if found != wanted
    ]
    findings += [Finding("class", file, f"extra category {item}") for item in actual[len(expected) :]]
    return findings + [Finding("class", file, f"missing category {item}") for item in expected[len(actual) :]]
