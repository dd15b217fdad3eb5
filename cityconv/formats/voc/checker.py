"""Pascal VOC files: XML annotations, image sets, and segmentation PNGs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.expected_files import file_findings, image_findings
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.matching import MatchedObject, Matching, match, object_findings
from cityconv.check.png import pixel_findings
from cityconv.check.reading import DamagedError, check_box, check_size
from cityconv.check.reference import ExpectedObject, check_frame, expected_objects, mapped_image, object_masks
from cityconv.formats.voc.image_sets import StatedPresence, check_image_sets
from cityconv.formats.voc.reader import VocAnnotation, VocObject, read_annotation, read_segmentation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame
    from cityconv.vocabulary import Extent

_YEARS = "VOCdevkit/VOC*"
_TASKS = ("instance", "semantic", "detection")
_VOID = 255
_CHANNELS = 3
_MIN_JUDGED_AREA = 100  # pixels: smaller objects are difficult
_OCCLUDED_SHARE = 0.05  # of the full extent: objects with more of it hidden are occluded
_ENDINGS = {"Annotations": ".xml", "SegmentationClass": ".png", "SegmentationObject": ".png"}
_FOLDERS = {
    "detection": ["Annotations"],
    "instance": ["Annotations", "SegmentationClass", "SegmentationObject"],
    "semantic": ["SegmentationClass"],
}
_EXTENTS: tuple[Extent, Extent] = ("visible", "full")
_SETS = {"detection": ["Main"], "instance": ["Main", "Segmentation"], "semantic": ["Segmentation"]}


def is_present(out: Path) -> bool:
    """Return whether an output folder holds VOC files."""
    return any(out.glob(_YEARS))


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the checks of an output's VOC files, one per folder VOCdevkit/VOC<year>; see `Checker.checks`."""
    return [_check(root, frames, options) for root in sorted(out.glob(_YEARS))]


def _check(root: Path, frames: list[Frame], options: ExpectedOptions) -> Check:
    task = options.task_among(_TASKS) or _task(root)
    selection = options.select("eval" if task == "semantic" else "instances")
    findings: list[Finding] = []
    for folder in _FOLDERS[task]:
        expected = (f"{folder}/{frame.name}{_ENDINGS[folder]}" for frame in frames)
        findings += file_findings(root, f"{folder}/*", expected)
    findings += image_findings(root, "JPEGImages", (f"JPEGImages/{frame.name}{options.voc_suffix}" for frame in frames))
    presences, differences = check_image_sets(root, _SETS[task], frames, [item.name for item in selection.classes])
    work = _CompareFrame(root, presences, selection, task, options.extent, options.min_area, options.voc_suffix)
    return Check("voc", frames, work, _TASKS, findings + differences)


def _task(root: Path) -> str:
    """Return the task that the folders of an output belong to."""
    boxes, *segmentations = ((root / folder).is_dir() for folder in _ENDINGS)
    if any(segmentations):
        return "instance" if boxes else "semantic"
    return "detection"


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the files of one frame.

    The attributes are the folder of the year, the stated presences by image, and the options of the format.
    """

    root: Path
    presences: dict[str, list[StatedPresence]]
    selection: Selection
    task: str
    extent: Extent
    min_area: int
    image_suffix: str

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        expected = expected_objects(
            rasterized,
            self.selection,
            per_class=self.task == "semantic",
            merge_crowds=False,
            extent=self.extent,
            min_area=self.min_area,
        )
        counts: dict[str, int] = {}
        findings: list[Finding] = []
        for folder in _FOLDERS[self.task]:
            path = self.root / folder / f"{rasterized.frame.name}{_ENDINGS[folder]}"
            if not path.is_file():  # already a finding
                continue
            if folder == "Annotations":
                found, counts["objects"] = self._compare_xml(path, rasterized, expected)
            else:
                values = [item.class_index if folder == "SegmentationClass" else i for i, item in enumerate(expected)]
                found, differing = _compare_png(path, self._segmentation(rasterized, expected, values))
                counts["PNGs"] = counts.get("PNGs", 0) + 1
                counts["differing pixels"] = counts.get("differing pixels", 0) + differing
            findings += found
        return Checked(rasterized.frame, counts, findings + self._presence_findings(rasterized.frame.name, expected))

    def _compare_xml(
        self, path: Path, rasterized: RasterizedFrame, expected: list[ExpectedObject]
    ) -> tuple[list[Finding], int]:
        """Return the findings of an XML file, and the number of its objects."""
        file = str(path)
        try:
            xml = read_annotation(path)
        except DamagedError as error:
            return [error.finding(file)], 0
        height, width = rasterized.annotation.height, rasterized.annotation.width
        image = rasterized.frame.name + self.image_suffix
        findings = list(_image_findings(xml, file, self.root.name, image, self.task))
        try:
            check_size((xml.width, xml.height), height, width)
        except DamagedError as error:
            findings.append(error.finding(file))
        actual, invalid = self._valid_objects(xml, file, height, width)
        wanted = [item.to_match(self.selection)._replace(is_crowd=False) for item in expected]
        found = [item for _, item in actual]
        matching = match(wanted, found)
        findings += object_findings(matching, wanted, found, file)
        findings += _flag_findings(matching, actual, self._flags(rasterized, expected), file)
        in_file_order = [pair.expected for pair in sorted(matching.pairs, key=lambda pair: pair.actual)]
        if self.task == "instance" and in_file_order != sorted(in_file_order):
            findings.append(Finding("value", file, "the order of objects differs from that in SegmentationObject"))
        return findings + invalid, len(xml.objects)

    def _valid_objects(
        self, xml: VocAnnotation, file: str, height: int, width: int
    ) -> tuple[list[tuple[VocObject, MatchedObject]], list[Finding]]:
        """Return the valid objects of an XML file, and the findings for all others."""
        names = {item.name for item in self.selection.classes}
        objects, findings = [], []
        for number, item in enumerate(xml.objects, 1):
            label = f"object {number}"
            try:
                check_box(label, item.box, height, width)
            except DamagedError as error:
                findings.append(error.finding(file))
                continue
            if item.name in names:
                objects.append((item, MatchedObject(item.name, False, item.box, None, label)))
            else:
                findings.append(Finding("class", file, f"{label}: class {item.name!r} is not selected"))
        return objects, findings

    def _flags(self, rasterized: RasterizedFrame, expected: list[ExpectedObject]) -> list[dict[str, bool]]:
        members = [item.members for item in expected]
        visible, full = (object_masks(rasterized, members, extent, self.selection.has_plates) for extent in _EXTENTS)
        width, height = rasterized.annotation.width, rasterized.annotation.height
        flags = []
        for item, visible_mask, full_mask in zip(expected, visible, full, strict=True):
            x0, y0, x1, y1 = item.mask.box
            flags.append(
                {
                    "truncated": x0 == 0 or y0 == 0 or x1 == width or y1 == height,
                    "occluded": full_mask.area - visible_mask.area > _OCCLUDED_SHARE * full_mask.area,
                    "difficult": _is_difficult(item),
                }
            )
        return flags

    def _segmentation(
        self, rasterized: RasterizedFrame, expected: list[ExpectedObject], values: list[int]
    ) -> NDArray[np.uint8]:
        """Return the indices of a PNG: `value + 1` for each object, 255 for crowds and for void, else 0."""
        table = [_VOID]
        for annotated in rasterized.annotation.objects:
            is_background = self.selection.assign(annotated) == "class" and not annotated.label.ignore_in_eval
            table.append(0 if is_background else _VOID)
        for item, value in zip(expected, values, strict=True):
            for index in item.members:
                table[index + 1] = _VOID if item.is_crowd else value + 1
        return mapped_image(rasterized, np.array(table, np.uint8), self.selection.has_plates)

    def _presence_findings(self, frame: str, expected: list[ExpectedObject]) -> list[Finding]:
        """Return the presences of classes that differ."""
        correct = dict.fromkeys(range(len(self.selection.classes)), -1)
        for item in expected:
            correct[item.class_index] = max(correct[item.class_index], int(not _is_difficult(item)))
        return [
            Finding("value", path, f"presence {presence} where the annotation gives {correct[class_index]}", frame)
            for path, class_index, presence in self.presences.get(frame, [])
            if presence != correct[class_index]
        ]


def _is_difficult(item: ExpectedObject) -> bool:
    return item.is_crowd or item.mask.area < _MIN_JUDGED_AREA


def _image_findings(xml: VocAnnotation, file: str, folder: str, image: str, task: str) -> Iterator[Finding]:
    """Yield the discrepancies in the elements about the image."""
    for element, actual, expected in (
        ("folder", xml.folder, folder),
        ("filename", xml.filename, image),
        ("depth", xml.depth, _CHANNELS),
        ("segmented", xml.segmented, task == "instance"),
    ):
        if actual != expected:
            yield Finding("value", file, f"<{element}> is {actual!r} where {expected!r} is expected")


def _flag_findings(
    matching: Matching, actual: list[tuple[VocObject, MatchedObject]], expected: list[dict[str, bool]], file: str
) -> Iterator[Finding]:
    """Yield the flags of matched objects that differ, in the order of the objects in the file."""
    for pair in sorted(matching.pairs, key=lambda pair: pair.actual):
        item, matched = actual[pair.actual]
        for name, value in item.flags.items():
            if value != (correct := expected[pair.expected][name]):
                message = f"{matched.label}: <{name}> is {int(value)} where the annotation gives {int(correct)}"
                yield Finding("value", file, message)


def _compare_png(path: Path, expected: NDArray[np.uint8]) -> tuple[list[Finding], int]:
    """Return the findings of a segmentation PNG, and the number of pixels that differ."""
    height, width = expected.shape
    try:
        pixels, palette = read_segmentation(path, height, width)
    except DamagedError as error:
        return [error.finding(str(path))], 0
    findings, differing = pixel_findings(pixels, expected, str(path))
    if not np.array_equal(_voc_palette(), [] if palette is None else palette):
        findings.append(Finding("value", str(path), "the palette differs from VOC's"))
    return findings, differing


@cache
def _voc_palette() -> NDArray[np.uint8]:
    """Return the palette of VOC, uint8 (256, 3): the bits of the index, distributed over red, green, and blue."""
    colors = [
        [sum((index >> 3 * bit + channel & 1) << 7 - bit for bit in range(8)) for channel in range(_CHANNELS)]
        for index in range(256)
    ]
    return np.array(colors, np.uint8)
