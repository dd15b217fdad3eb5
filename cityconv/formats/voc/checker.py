"""Pascal VOC: XML files, image sets and palette PNGs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.file_listing import file_findings, image_findings, read_text
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.matching import MatchedObject, match, object_findings
from cityconv.check.png import DamagedError, compare_png
from cityconv.check.reference import (
    Expected,
    check_frame,
    expected_objects,
    image_through,
    object_masks,
)
from cityconv.formats.coco.reader import BadAnnotationError, check_box
from cityconv.formats.voc.image_sets import Said, read_sets
from cityconv.formats.voc.reader import VocAnnotation, VocObject, read_xml
from cityconv.source.files import READ_ERRORS, explain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.vocabulary import Extent
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame

_YEARS = "VOCdevkit/VOC*"
_TASKS = ("instance", "semantic", "detection")
_VOID = 255
_CHANNELS = 3
_JUDGEABLE_AREA = 100
_OCCLUDED_SHARE = 0.05
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
    said, wrong = read_sets(root, _SETS[task], frames, [item.name for item in selection.classes])
    work = _CompareFrame(root, said, selection, task, options.extent, options.min_area, options.voc_suffix)
    return Check("voc", frames, work, _TASKS, findings + wrong)


def _task(root: Path) -> str:
    """Return the task that the folders that there are were made for."""
    boxes, *images = ((root / folder).is_dir() for folder in _ENDINGS)
    if any(images):
        return "instance" if boxes else "semantic"
    return "detection"


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the files of one frame; the attributes are the options of the format, and where the files are."""

    root: Path
    said: dict[str, list[Said]]
    selection: Selection
    task: str
    extent: Extent
    min_area: int
    image_suffix: str

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, drawn: RasterizedFrame) -> Checked:
        expected = expected_objects(
            drawn,
            self.selection,
            per_class=self.task == "semantic",
            merge_crowds=False,
            extent=self.extent,
            min_area=self.min_area,
        )
        counts: dict[str, int] = {}
        findings: list[Finding] = []
        for folder in _FOLDERS[self.task]:
            path = self.root / folder / f"{drawn.frame.name}{_ENDINGS[folder]}"
            if not path.is_file():  # which is found already
                continue
            if folder == "Annotations":
                found, counts["objects"] = self._compare_xml(path, drawn, expected)
            else:
                values = [item.class_index if folder == "SegmentationClass" else i for i, item in enumerate(expected)]
                found, differing = _compare_png(path, self._image(drawn, expected, values))
                counts["PNGs"] = counts.get("PNGs", 0) + 1
                counts["differing pixels"] = counts.get("differing pixels", 0) + differing
            findings += found
        return Checked(drawn.frame, counts, findings + self._states(drawn.frame.name, expected))

    def _compare_xml(self, path: Path, drawn: RasterizedFrame, expected: list[Expected]) -> tuple[list[Finding], int]:
        file = str(path)
        try:
            said = read_xml(read_text(path))
        except DamagedError as error:
            return [Finding("unreadable", file, str(error))], 0
        height, width = drawn.annotation.height, drawn.annotation.width
        findings = list(_facts(said, file, self.root.name, drawn.frame.name + self.image_suffix, self.task))
        if (said.width, said.height) != (width, height):
            what = f"{said.width} x {said.height} pixels where the annotation says {width} x {height}"
            findings.append(Finding("size", file, what))
        actual, wrong = self._things(said, file, height, width)
        ours = [item.thing(self.selection)._replace(is_crowd=False) for item in expected]
        matching = match(ours, [thing for _, thing in actual])
        findings += object_findings(matching, ours, [thing for _, thing in actual], file)
        flags = self._flags(drawn, expected)
        by_place = sorted(matching.pairs, key=lambda pair: pair.actual)
        for pair in by_place:
            item, thing = actual[pair.actual]
            findings += [
                Finding(
                    "value", file, f"{thing.label}: {name} is {int(value)} where the annotation gives {int(not value)}"
                )
                for name, value in item.flags.items()
                if value != flags[pair.expected][name]
            ]
        if self.task == "instance" and [pair.expected for pair in by_place] != sorted(
            pair.expected for pair in by_place
        ):
            findings.append(Finding("value", file, "objects are in another order than SegmentationObject numbers them"))
        return findings + wrong, len(said.objects)

    def _things(
        self, said: VocAnnotation, file: str, height: int, width: int
    ) -> tuple[list[tuple[VocObject, MatchedObject]], list[Finding]]:
        """Return the objects that are in order, and what is wrong with the others."""
        names = {item.name for item in self.selection.classes}
        things, findings = [], []
        for number, item in enumerate(said.objects, 1):
            label = f"object {number}"
            try:
                check_box(label, item.box, height, width)
            except BadAnnotationError as error:
                findings.append(Finding(error.kind, file, str(error)))
                continue
            if item.name in names:
                things.append((item, MatchedObject(item.name, False, item.box, None, label)))
            else:
                findings.append(Finding("class", file, f"{label}: class {item.name!r} is not selected"))
        return things, findings

    def _flags(self, drawn: RasterizedFrame, expected: list[Expected]) -> list[dict[str, bool]]:
        members = [item.objects for item in expected]
        visible, full = (object_masks(drawn, members, extent, self.selection.has_plates) for extent in _EXTENTS)
        width, height = drawn.annotation.width, drawn.annotation.height
        flags = []
        for item, in_front, whole in zip(expected, visible, full, strict=True):
            x0, y0, x1, y1 = item.mask.box
            flags.append(
                {
                    "truncated": x0 == 0 or y0 == 0 or x1 == width or y1 == height,
                    "occluded": whole.area - in_front.area > _OCCLUDED_SHARE * whole.area,
                    "difficult": _is_difficult(item),
                }
            )
        return flags

    def _image(self, drawn: RasterizedFrame, expected: list[Expected], values: list[int]) -> NDArray[np.uint8]:
        """Return the indices of a palette PNG: `value + 1` for each object; 255 for crowds and what is never judged."""
        table = [_VOID]
        for item in drawn.annotation.objects:
            is_background = self.selection.place(item) == "class" and not item.label.ignore_in_eval
            table.append(0 if is_background else _VOID)
        for one, value in zip(expected, values, strict=True):
            for index in one.objects:
                table[index + 1] = _VOID if one.is_crowd else value + 1
        return image_through(drawn, np.array(table, np.uint8), self.selection.has_plates)

    def _states(self, frame: str, expected: list[Expected]) -> list[Finding]:
        """Return what the image sets say wrongly of classes in a frame."""
        wanted = dict.fromkeys(range(len(self.selection.classes)), -1)
        for item in expected:
            wanted[item.class_index] = max(wanted[item.class_index], int(not _is_difficult(item)))
        return [
            Finding("value", said.path, f"{said.state} where the annotation gives {wanted[said.class_index]}", frame)
            for said in self.said.get(frame, [])
            if int(said.state) != wanted[said.class_index]
        ]


def _is_difficult(item: Expected) -> bool:
    return item.is_crowd or item.mask.area < _JUDGEABLE_AREA


def _facts(said: VocAnnotation, file: str, folder: str, image: str, task: str) -> Iterator[Finding]:
    """Yield what is wrong about the image."""
    for what, theirs, ours in (
        ("folder", said.folder, folder),
        ("filename", said.filename, image),
        ("depth", said.depth, _CHANNELS),
        ("segmented", said.segmented, task == "instance"),
    ):
        if theirs != ours:
            yield Finding("value", file, f"{what} is {theirs!r} where {ours!r} is expected")


def _compare_png(path: Path, expected: NDArray[np.uint8]) -> tuple[list[Finding], int]:
    try:
        content = path.read_bytes()
    except READ_ERRORS as error:
        return [Finding("unreadable", str(path), explain(error))], 0
    return compare_png(content, expected, str(path), palette=voc_colors())


@cache
def voc_colors() -> NDArray[np.uint8]:
    """Return the colors of VOC, uint8 (256, 3): the bits of the index dealt out to red, green and blue in turn."""
    colors = [
        [sum((index >> 3 * bit + channel & 1) << 7 - bit for bit in range(8)) for channel in range(_CHANNELS)]
        for index in range(256)
    ]
    return np.array(colors, np.uint8)
