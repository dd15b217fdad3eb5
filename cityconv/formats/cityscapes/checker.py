"""Polygon JSON, compared with the annotations: the polygons themselves, or the pixels that they draw."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.expected_files import file_findings, has_files, image_findings, list_files
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.matching import MatchedObject, match, object_findings
from cityconv.check.reading import DamagedError, check_size, read_frame_file
from cityconv.check.reference import check_frame, expected_objects, object_masks
from cityconv.formats.cityscapes.reader import parse_polygons
from cityconv.frame.rasterized import RasterizedFrame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.check.findings import FindingKind
    from cityconv.frame.reading import FrameReader
    from cityconv.raster.bounded_mask import BoundedMask
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame
    from cityconv.source.polygons import Annotation, ObjectLabel
    from cityconv.vocabulary import Extent

_IMAGES = "leftImg8bit"
_TREE = re.compile(r"gt[A-Za-z]*")


def is_present(out: Path) -> bool:
    """Return whether an output folder holds polygon JSON."""
    return any(has_files(out, tree, _is_polygons) for tree in _trees(out))


def has_images(out: Path) -> bool:
    """Return whether an output folder holds images where the release has them."""
    return (out / _IMAGES).is_dir()


def checks(out: Path, frames: Sequence[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's polygons; see `Checker.checks`. Files that are the annotations have none."""
    trees = {*_trees(out), *(frame.tree for frame in frames)}
    present = [path for tree in sorted(trees) for path in list_files(out, tree) if _is_polygons(path)]
    is_source = any(frame.file.archive is None and _is_same(out / _path(frame), frame) for frame in frames)
    if not present or is_source:
        return []
    findings = list(file_findings(out, present, map(_path, frames)))
    images = (f"{_IMAGES}/{frame.split}/{path}" for frame in frames for path in frame.image_paths)
    findings += image_findings(out, _IMAGES, images, options)
    reader = options.reader
    selects = options.has_classes or options.groups != "crowd"
    keeps = reader.kind == "polygons" and reader.size is None and not (selects or options.tolerance)
    there = set(present)
    frames = [frame for frame in frames if _path(frame) in there]
    work = _CompareFrame(reader, out, options.select("labels"), keeps, options.tolerance)
    return [Check("cityscapes", frames, work, findings=findings)]


def _trees(out: Path) -> list[str]:
    return sorted(path.name for path in out.glob("gt*") if path.is_dir() and _TREE.fullmatch(path.name))


def _is_polygons(path: str) -> bool:
    tree = path.partition("/")[0]
    return path.endswith(f"_{tree}_polygons.json")


def _path(frame: Frame) -> str:
    return f"{frame.tree}/{frame.split}/{frame.folder_path}_{frame.tree}_polygons.json"


def _is_same(path: Path, frame: Frame) -> bool:
    try:
        return path.samefile(frame.file.path)
    except OSError:
        return False


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the file of one frame.

    The attributes are the reader, the output folder, the classes, whether polygons should be as they were drawn, and
    how far from its own pixels those of an object may begin and end.
    """

    reader: FrameReader
    out: Path
    selection: Selection
    keeps_polygons: bool
    tolerance: int

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self.reader, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        path = self.out / _path(rasterized.frame)
        number = 0
        try:
            found = parse_polygons(read_frame_file(self.out, path), self.reader.table)
            check_size((found.width, found.height), rasterized.height, rasterized.width)
            number = len(found.objects)
            compare = _compare_polygons if self.keeps_polygons else self._compare_pixels
            findings = list(compare(rasterized, found, str(path)))
        except DamagedError as error:
            findings = [error.finding(str(path))]
        return Checked(rasterized.frame, {"polygons": number}, findings)

    def _compare_pixels(self, rasterized: RasterizedFrame, found: Annotation, path: str) -> Iterator[Finding]:
        expected = [
            item.to_match(self.selection) for item in expected_objects(rasterized, self.selection, merge_crowds=False)
        ]
        members = [[index] for index in range(len(found.objects))]
        extent: Extent = "full" if self.tolerance else "visible"
        masks = object_masks(RasterizedFrame(rasterized.frame, found), members, extent, with_plates=True)
        actual = [
            MatchedObject(*self._class(label), mask.box, mask, f"objects[{index}]")
            for index, (label, mask) in enumerate(zip(found.objects, masks, strict=True))
        ]
        if self.tolerance:
            return _near_findings(expected, actual, path, self.tolerance)
        return object_findings(match(expected, actual), expected, actual, path)

    def _class(self, label: ObjectLabel) -> tuple[str, bool]:
        """Return the class of an object, and whether it is a crowd of this class."""
        is_class = any(item.name == label.name for item in self.selection.classes)
        return (label.name, False) if is_class or not label.is_group else (label.label.name, True)


def _near_findings(
    expected: list[MatchedObject], actual: list[MatchedObject], path: str, tolerance: int
) -> Iterator[Finding]:
    """Yield what is wrong with objects whose pixels may differ near their borders; they are in the same order."""
    if finding := _number_finding(len(actual), len(expected), path):
        yield finding
        return
    for wanted, item in zip(expected, actual, strict=True):
        if (item.name, item.is_crowd) != (wanted.name, wanted.is_crowd):
            yield Finding("class", path, f"{item.label} is {item.name} where the annotation has {wanted.name}")
        if not (wanted.mask and item.mask and _is_near(wanted.mask, item.mask, tolerance)):
            yield Finding(
                "pixels", path, f"{item.label}: pixels more than {tolerance} away from those of {wanted.name}"
            )


def _is_near(wanted: BoundedMask, drawn: BoundedMask, tolerance: int) -> bool:
    """Return whether two masks differ only so far to the left or right of where a run of the first begins or ends."""
    x0, y0, x1, y1 = (
        side(*ends) for side, ends in zip((min, min, max, max), zip(wanted.box, drawn.box, strict=True), strict=True)
    )
    one, other = np.zeros((2, y1 - y0, x1 - x0), np.bool_)
    for pixels, mask in ((one, wanted), (other, drawn)):
        height, width = mask.pixels.shape
        pixels[mask.y - y0 : mask.y - y0 + height, mask.x - x0 : mask.x - x0 + width] = mask.pixels
    padded = np.pad(one, ((0, 0), (1 + tolerance, 1 + tolerance)))
    changes = np.cumsum(padded[:, 1:] != padded[:, :-1], axis=1)
    changes = np.pad(changes, ((0, 0), (1, 0)))
    near = changes[:, 2 + 2 * tolerance :] - changes[:, : -2 - 2 * tolerance] > 0
    return not (one != other)[~near].any()


def _number_finding(found: int, expected: int, path: str) -> Finding | None:
    if found == expected:
        return None
    kind: FindingKind = "missing_object" if found < expected else "extra_object"
    return Finding(kind, path, f"{found:,} objects where the annotation has {expected:,}")


def _compare_polygons(rasterized: RasterizedFrame, found: Annotation, path: str) -> Iterator[Finding]:
    expected = rasterized.annotation
    if finding := _number_finding(len(found.objects), len(expected.objects), path):
        yield finding
        return
    polygons, drawn = (np.split(item.vertices, np.cumsum(item.counts)[:-1]) for item in (found, expected))
    for index, (label, wanted) in enumerate(zip(found.objects, expected.objects, strict=True)):
        if label.name != wanted.name:
            message = f"objects[{index}] is {label.name} where the annotation has {wanted.name}"
            yield Finding("class", path, message)
        if not np.array_equal(polygons[index], drawn[index]):
            yield Finding("value", path, f"objects[{index}]: not the polygon of the annotation, {wanted.name}")
