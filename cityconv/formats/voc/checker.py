"""Pascal VOC files: XML annotations, image sets, and segmentation PNGs."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.expected_files import file_findings, image_findings, list_files
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.matching import MatchedObject, Matching, match, object_findings
from cityconv.check.png import pixel_findings
from cityconv.check.reading import DamagedError, check_box, check_number, check_size, read_frame_file, read_png_file
from cityconv.check.reference import ExpectedObject, check_frame, expected_objects, mapped_image, object_masks
from cityconv.errors import quoted
from cityconv.formats.voc.colors import check_label_map, voc_palette
from cityconv.formats.voc.image_sets import StatedPresence, check_image_sets
from cityconv.formats.voc.reader import VocAnnotation, VocObject, parse_annotation, parse_segmentation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame
    from cityconv.vocabulary import Extent

_YEARS = "VOCdevkit/VOC*"
_TASKS = ("instance", "semantic", "detection")
_IMAGES = "JPEGImages"
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


def has_images(out: Path) -> bool:
    """Return whether an output folder holds images of VOC."""
    return any(out.glob(f"{_YEARS}/{_IMAGES}"))


def checks(out: Path, frames: Sequence[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the checks of an output's VOC files, one per folder VOCdevkit/VOC<year>; see `Checker.checks`."""
    return [_check(out, root, frames, options) for root in sorted(out.glob(_YEARS))]


def _check(out: Path, root: Path, frames: Sequence[Frame], options: ExpectedOptions) -> Check:
    task = options.task_among(_TASKS) or _task(root)
    selection = options.select("eval" if task == "semantic" else "instances")
    findings: list[Finding] = []
    for folder in _FOLDERS[task]:
        expected = (f"{folder}/{image}{_ENDINGS[folder]}" for frame in frames for image in frame.image_ids)
        findings += file_findings(root, list_files(root, folder), expected)
    images = (name for frame in frames for name in _image_names(frame, is_jpeg=options.is_jpeg).values())
    findings += image_findings(root, _IMAGES, (f"{_IMAGES}/{name}" for name in images), options)
    classes = [item.name for item in selection.classes]
    findings += check_label_map(out, root, classes)
    presences, differences = check_image_sets(out, root, _SETS[task], frames, classes)
    work = _CompareFrame(
        options.reader, out, root, presences, selection, task, options.extent, options.min_area, options.is_jpeg
    )
    return Check("voc", frames, work, _TASKS, findings + differences)


def _image_names(frame: Frame, *, is_jpeg: bool) -> dict[str, str]:
    """Return the file name of each image of a frame, by its id."""
    extensions = ("jpg" if is_jpeg else suffix.rpartition(".")[2] for suffix in frame.image_suffixes)
    return {image: f"{image}.{extension}" for image, extension in zip(frame.image_ids, extensions, strict=True)}


def _task(root: Path) -> str:
    """Return the task that the folders of an output belong to."""
    boxes, *segmentations = ((root / folder).is_dir() for folder in _ENDINGS)
    if any(segmentations):
        return "instance" if boxes else "semantic"
    return "detection"


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the files of one frame.

    The attributes are the reader, the output folder, the folder of the year in it, the stated presences by image, and
    the options of the format.
    """

    reader: FrameReader
    out: Path
    root: Path
    presences: dict[str, list[StatedPresence]]
    selection: Selection
    task: str
    extent: Extent
    min_area: int
    is_jpeg: bool

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self.reader, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        expected = expected_objects(
            rasterized,
            self.selection,
            per_class=self.task == "semantic",
            merge_crowds=False,
            extent=self.extent,
            min_area=self.min_area,
        )
        counts: Counter[str] = Counter()
        findings: list[Finding] = []
        for folder in _FOLDERS[self.task]:
            if folder == "Annotations":
                findings += self._compare_xml_files(rasterized, expected, counts)
                continue
            values = [item.class_index if folder == "SegmentationClass" else i for i, item in enumerate(expected)]
            pixels = self._segmentation(rasterized, expected, values)
            for path in self._present(rasterized.frame, folder):
                found, differing = self._compare_png(path, pixels)
                findings += found
                counts.update({"PNGs": 1, "differing pixels": differing})
        return Checked(rasterized.frame, counts, findings + self._presence_findings(rasterized.frame, expected))

    def _present(self, frame: Frame, folder: str) -> dict[Path, str]:
        """Return the files of a frame's images in a folder, with the id of the image. Missing ones are findings."""
        paths = {self.root / folder / f"{image}{_ENDINGS[folder]}": image for image in frame.image_ids}
        return {path: image for path, image in paths.items() if os.path.lexists(path)}

    def _compare_xml_files(
        self, rasterized: RasterizedFrame, expected: list[ExpectedObject], counts: Counter[str]
    ) -> Iterator[Finding]:
        names = _image_names(rasterized.frame, is_jpeg=self.is_jpeg)
        flags = self._flags(rasterized, expected)
        for path, image in self._present(rasterized.frame, "Annotations").items():
            findings, number = self._compare_xml(path, names[image], rasterized, expected, flags)
            counts["objects"] += number
            yield from findings

    def _compare_xml(
        self,
        path: Path,
        image: str,
        rasterized: RasterizedFrame,
        expected: list[ExpectedObject],
        flags: list[dict[str, bool]],
    ) -> tuple[list[Finding], int]:
        """Return the findings of an XML file, and the number of its objects."""
        file = str(path)
        try:
            xml = parse_annotation(read_frame_file(self.out, path))
            check_number(len(xml.objects), len(expected), "objects")
        except DamagedError as error:
            return [error.finding(file)], 0
        height, width = rasterized.height, rasterized.width
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
        findings += _flag_findings(matching, actual, flags, file)
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
                findings.append(Finding("class", file, f"{label}: class {quoted(item.name)} is not selected"))
        return objects, findings

    def _flags(self, rasterized: RasterizedFrame, expected: list[ExpectedObject]) -> list[dict[str, bool]]:
        occluded = self._occluded(rasterized, expected)
        width, height = rasterized.width, rasterized.height
        flags = []
        for item, is_occluded in zip(expected, occluded, strict=True):
            x0, y0, x1, y1 = item.mask.box
            flags.append(
                {
                    "truncated": x0 == 0 or y0 == 0 or x1 == width or y1 == height,
                    "occluded": is_occluded,
                    "difficult": _is_difficult(item),
                }
            )
        return flags

    def _occluded(self, rasterized: RasterizedFrame, expected: list[ExpectedObject]) -> list[bool]:
        """Return whether much of each object is hidden, which only polygons tell."""
        if not rasterized.tells_hidden:
            return [False] * len(expected)
        members = [item.members for item in expected]
        visible, full = (object_masks(rasterized, members, extent, self.selection.has_plates) for extent in _EXTENTS)
        return [
            whole.area - seen.area > _OCCLUDED_SHARE * whole.area for seen, whole in zip(visible, full, strict=True)
        ]

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

    def _compare_png(self, path: Path, expected: NDArray[np.uint8]) -> tuple[list[Finding], int]:
        """Return the findings of a segmentation PNG, and the number of pixels that differ."""
        height, width = expected.shape
        try:
            pixels, palette = parse_segmentation(read_png_file(self.out, path, height, width), height, width)
        except DamagedError as error:
            return [error.finding(str(path))], 0
        findings, differing = pixel_findings(pixels, expected, str(path))
        if not np.array_equal(voc_palette(), [] if palette is None else palette):
            findings.append(Finding("value", str(path), "the palette differs from VOC's"))
        return findings, differing

    def _presence_findings(self, frame: Frame, expected: list[ExpectedObject]) -> list[Finding]:
        """Return the presences of classes that differ."""
        correct = dict.fromkeys(range(len(self.selection.classes)), -1)
        for item in expected:
            correct[item.class_index] = max(correct[item.class_index], int(not _is_difficult(item)))
        return [
            Finding("value", path, f"presence {presence} where the annotation gives {correct[class_index]}", image)
            for image in frame.image_ids
            for path, class_index, presence in self.presences.get(image, [])
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
