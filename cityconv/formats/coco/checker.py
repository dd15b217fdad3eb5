"""COCO files, compared object by object."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cityconv.check.coco_files import (
    CocoFile,
    category_findings,
    expected_category_ids,
    expected_coco_files,
    images_by_frame,
)
from cityconv.check.expected_files import image_findings, images_by_subset
from cityconv.check.findings import Check, Checked, Finding, duplicates
from cityconv.check.matching import MatchedObject, match, object_findings
from cityconv.check.reading import DamagedError, check_size
from cityconv.check.reference import ExpectedObject, check_frame, expected_objects
from cityconv.formats.coco.reader import (
    CocoCategory,
    CocoDataset,
    CocoImage,
    CocoObject,
    parse_annotation,
    read_coco,
    segmentation_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame
    from cityconv.vocabulary import Extent, Segmentation

_TASKS = ("instance", "semantic", "detection")
_FOLDER = "annotations"
_DESCRIPTION = re.compile(r"Cityscapes, .*: (\w+) annotations")


class _Entry(NamedTuple):
    """The entry of a frame.

    Attributes:
        path: the file.
        image: the image of the frame.
        annotations: the annotations of the image, as loaded.
        names: the class of each category id, as expected for known ids and as listed in the file for others.
        segmentation: how masks are encoded in the file.
    """

    path: str
    image: CocoImage
    annotations: list[dict[str, Any]]
    names: dict[int, str]
    segmentation: Segmentation


def is_present(out: Path) -> bool:
    """Return whether an output folder holds COCO files."""
    return any(out.glob(f"{_FOLDER}/*.json"))


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's COCO files; see `Checker.checks`."""
    if not is_present(out):
        return []
    findings: list[Finding] = []
    notes: list[str] = []
    datasets: list[tuple[CocoFile, CocoDataset]] = []
    for file in _files(out, frames, options, findings, notes):
        try:
            datasets.append((file, read_coco(file.path)))
        except DamagedError as error:
            findings.append(error.finding(str(file.path)))
    task = options.task_among(_TASKS) or (_stated_task(datasets[0][1]) if datasets else "instance")
    names = [item.name for item in datasets[0][1].categories] if datasets else []
    selection = options.classes_of("eval" if task == "semantic" else "instances", names, notes)
    findings += image_findings(out, "images", images_by_subset(frames, options.image_suffix))
    entries: dict[str, _Entry] = {}
    for file, dataset in datasets:
        categories = _categories(dataset, selection, options)
        findings += category_findings(str(file.path), dataset.categories, categories)
        findings += _id_findings(str(file.path), dataset)
        entries |= _entries(file, dataset, categories, findings)
    work = _CompareFrame(entries, selection, task, options.extent, options.min_area, options.image_suffix)
    return [Check("coco", [frame for frame in frames if frame.name in entries], work, _TASKS, findings, notes)]


def _files(
    out: Path, frames: list[Frame], options: ExpectedOptions, findings: list[Finding], notes: list[str]
) -> list[CocoFile]:
    """Return the files whose names match the template; if there are none, all files."""
    template = f"{_FOLDER}/{options.name_template}"
    others = sorted(path for path in out.glob(f"{_FOLDER}/*.json") if not path.match(template.replace("{split}", "*")))
    if not any(out.glob(template.replace("{split}", "*"))):
        notes.append("no file name matches --name-template, so each file is compared with the frames that it names")
        return [CocoFile(path, {frame.name: frame for frame in frames}, is_complete=False) for path in others]
    notes += [f"{_FOLDER}/{path.name} was not compared: the name does not match --name-template" for path in others]
    return expected_coco_files(out, template, frames, findings)


def _stated_task(dataset: CocoDataset) -> str:
    """Return the task in the description that cityconv writes into a file; `instance` if there is none."""
    stated = _DESCRIPTION.fullmatch(dataset.description)
    return stated[1] if stated and stated[1] in _TASKS else "instance"


def _categories(dataset: CocoDataset, selection: Selection, options: ExpectedOptions) -> list[CocoCategory]:
    """Return the categories that a file should have."""
    ids = expected_category_ids(selection, [item.id for item in dataset.categories], options.category_ids)
    return [
        CocoCategory(category_id, item.name, item.category)
        for category_id, item in zip(ids, selection.classes, strict=True)
    ]


def _id_findings(path: str, dataset: CocoDataset) -> list[Finding]:
    """Return the duplicate ids, and the annotations of unknown images."""
    image_ids = {image.id for image in dataset.images}
    findings = [
        Finding("value", path, f"image id {image_id} is duplicated")
        for image_id in duplicates(image.id for image in dataset.images)
    ]
    findings += [
        Finding("value", path, f"annotation id {annotation_id} is duplicated")
        for annotation_id in duplicates(annotation["id"] for annotation in dataset.annotations)
    ]
    findings += [
        Finding("extra_object", path, f"annotation {item['id']}: unknown image {item['image_id']}")
        for item in dataset.annotations
        if item["image_id"] not in image_ids
    ]
    return findings


def _entries(
    file: CocoFile, dataset: CocoDataset, categories: list[CocoCategory], findings: list[Finding]
) -> dict[str, _Entry]:
    """Return the entry of each frame that has an image in a file."""
    listed = {item.id: item.name for item in dataset.categories}
    names = listed | {item.id: item.name for item in categories if item.id in listed}
    objects = [item for item in dataset.annotations if not item.get("iscrowd")] or dataset.annotations
    forms = Counter(map(segmentation_of, objects))
    segmentation = forms.most_common(1)[0][0] if forms else "rle"
    annotations: dict[int, list[dict[str, Any]]] = {}
    for item in dataset.annotations:
        annotations.setdefault(item["image_id"], []).append(item)
    images = images_by_frame(file, [image.file_name for image in dataset.images], findings)
    return {
        name: _Entry(str(file.path), image, annotations.get(image.id, []), names, segmentation)
        for name, image in ((name, dataset.images[index]) for name, index in images.items())
    }


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the annotations of one frame. The attributes are the entries and the options of the format."""

    entries: dict[str, _Entry]
    selection: Selection
    task: str
    extent: Extent
    min_area: int
    image_suffix: str

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        frame = rasterized.frame
        entry = self.entries[frame.name]
        counts = {"annotations": len(entry.annotations)}
        height, width = rasterized.annotation.height, rasterized.annotation.width
        findings = []
        if entry.image.file_name != (expected_name := f"{frame.city}/{frame.name}{self.image_suffix}"):
            message = f"file name {entry.image.file_name!r} where {expected_name!r} is expected"
            findings.append(Finding("value", entry.path, message, frame.name))
        try:
            check_size((entry.image.width, entry.image.height), height, width)
        except DamagedError as error:
            return Checked(frame, counts, [*findings, error.finding(entry.path, frame.name)])
        expected = expected_objects(
            rasterized,
            self.selection,
            per_class=self.task == "semantic",
            extent=self.extent,
            min_area=self.min_area,
        )
        actual, damaged = _parse(entry, frame.name, height, width)
        differences = self._differences(expected, actual, entry, frame.name)
        return Checked(frame, counts, findings + damaged + differences)

    def _differences(
        self, expected: list[ExpectedObject], actual: list[CocoObject], entry: _Entry, frame: str
    ) -> list[Finding]:
        wanted = [item.to_match(self.selection) for item in expected]
        found = [_to_match(item, entry.names) for item in actual]
        matching = match(wanted, found)
        findings = list(object_findings(matching, wanted, found, entry.path, frame))
        for pair in matching.pairs:
            item, label = actual[pair.actual], found[pair.actual].label
            area = expected[pair.expected].mask.area
            if item.area != area:
                message = f"{label}: area {item.area:g} where the annotation gives {area}"
                findings.append(Finding("value", entry.path, message, frame))
            segmentation = "rle" if item.is_crowd and entry.segmentation == "polygon" else entry.segmentation
            if item.segmentation != segmentation:
                message = f"{label}: segmentation {item.segmentation} where the file has {segmentation}"
                findings.append(Finding("value", entry.path, message, frame))
        return findings


def _parse(entry: _Entry, frame: str, height: int, width: int) -> tuple[list[CocoObject], list[Finding]]:
    """Return the valid objects of a frame, and the findings for all others."""
    objects, findings = [], []
    for annotation in entry.annotations:
        try:
            item = parse_annotation(annotation, height, width)
        except DamagedError as error:
            findings.append(error.finding(entry.path, frame))
            continue
        if item.category_id in entry.names:
            objects.append(item)
        else:
            message = f"annotation {item.id}: unknown category {item.category_id}"
            findings.append(Finding("class", entry.path, message, frame))
    return objects, findings


def _to_match(item: CocoObject, names: dict[int, str]) -> MatchedObject:
    return MatchedObject(names[item.category_id], item.is_crowd, item.box, item.mask, f"annotation {item.id}")
