"""COCO files, compared object by object."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from cityconv.check.allowance import ExhaustedError, MaskAllowance
from cityconv.check.coco_files import CocoFile, category_findings, expected_coco_files, find_images, subset_pattern
from cityconv.check.expected_files import (
    file_findings,
    has_images_by_subset,
    image_paths,
    images_by_subset_findings,
    list_files,
)
from cityconv.check.findings import Check, Checked, Finding, abridge, duplicates
from cityconv.check.matching import MatchedObject, match, object_findings
from cityconv.check.numbering import expected_numbering
from cityconv.check.reading import DamagedError, check_number, check_size, read_dataset_file
from cityconv.check.reference import ExpectedObject, check_frame, expected_objects
from cityconv.formats.coco.reader import (
    CocoCategory,
    CocoDataset,
    CocoImage,
    CocoObject,
    parse_annotation,
    parse_coco,
    segmentation_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame, FrameKey
    from cityconv.vocabulary import Extent, Segmentation

_TASKS = ("instance", "semantic", "detection")
_FOLDER = "annotations"
_PANOPTIC = "panoptic_"  # begins the names of panoptic files, which may be in the same folder
_ROBOFLOW_FILE = "_annotations.coco.json"
_ROBOFLOW_FOLDERS = {"val": "valid", "validation": "valid"}
_DESCRIPTION = re.compile(r"Cityscapes, .*: (\w+) annotations")


class _Entry(NamedTuple):
    """The entry of an image.

    Attributes:
        path: the file.
        image: the image.
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
    return bool(_layouts(out))


def has_images(out: Path) -> bool:
    """Return whether an output folder holds images as COCO files name them."""
    return has_images_by_subset(out) or "roboflow" in _layouts(out)


def checks(out: Path, frames: Sequence[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the checks of an output's COCO files, one per layout; see `Checker.checks`."""
    present = _layouts(out)
    wanted = options.layout_among(present)
    return [_check(out, frames, options, layout) for layout in present if wanted in (None, layout)]


def _layouts(out: Path) -> list[str]:
    """Return the layouts that an output has files of."""
    files = {"coco": any(_json_files(out)), "roboflow": any(out.glob(f"*/{_ROBOFLOW_FILE}"))}
    return [layout for layout, is_there in files.items() if is_there]


def _json_files(out: Path) -> Iterator[Path]:
    return (path for path in out.glob(f"{_FOLDER}/*.json") if not path.name.startswith(_PANOPTIC))


def _check(out: Path, frames: Sequence[Frame], options: ExpectedOptions, layout: str) -> Check:
    if layout == "roboflow":
        frames = [frame._replace(subset=_ROBOFLOW_FOLDERS.get(frame.subset, frame.subset)) for frame in frames]
        options = replace(options, is_flat=True, category_ids=options.category_ids or "contiguous")
    findings: list[Finding] = []
    notes: list[str] = []
    datasets: list[tuple[CocoFile, CocoDataset]] = []
    for file in _files(out, frames, options, layout, findings, notes):
        try:
            dataset = parse_coco(read_dataset_file(out, file.path, len(file.images)), len(file.images))
            check_number(len(dataset.images), len(file.images), "images")
            check_number(len(dataset.categories), None, "categories")
            datasets.append((file, dataset))
        except DamagedError as error:
            findings.append(error.finding(str(file.path)))
    task = options.task_among(_TASKS) or (_stated_task(datasets[0][1]) if datasets else "instance")
    listed = [(item.id, item.name) for item in datasets[0][1].categories] if datasets else []
    numbering = expected_numbering(options, "eval" if task == "semantic" else "instances", listed, notes)
    categories = [
        CocoCategory(category_id, item.name, item.category)
        for category_id, item in zip(numbering.ids, numbering.selection.classes, strict=True)
    ]
    findings += _image_findings(out, frames, options, layout)
    entries: dict[FrameKey, list[_Entry]] = {}
    for file, dataset in datasets:
        findings += category_findings(str(file.path), dataset.categories, categories)
        findings += abridge(_id_findings(str(file.path), dataset))
        for frame, entry in _entries(file, dataset, categories, findings):
            entries.setdefault(frame.key, []).append(entry)
    work = _CompareFrame(options.reader, entries, numbering.selection, task, options.extent, options.min_area)
    return Check("coco", [frame for frame in frames if frame.key in entries], work, _TASKS, findings, notes)


def _files(
    out: Path, frames: Sequence[Frame], options: ExpectedOptions, layout: str, findings: list[Finding], notes: list[str]
) -> list[CocoFile]:
    """Return the files whose names match the template; if there are none, all files."""
    paths = partial(image_paths, is_flat=options.is_flat)
    if layout == "roboflow":
        return expected_coco_files(out, f"{{split}}/{_ROBOFLOW_FILE}", frames, paths, findings)
    template = f"{_FOLDER}/{options.name_template}"
    named = set(out.glob(subset_pattern(template)))
    others = sorted(set(_json_files(out)) - named)
    if not named:
        notes.append("no file name matches --name-template, so each file is compared with the images that it names")
        images = {path: frame for frame in frames for path in paths(frame)}
        return [CocoFile(path, images, is_complete=False) for path in others]
    notes += [f"{_FOLDER}/{path.name} was not compared: the name does not match --name-template" for path in others]
    return expected_coco_files(out, template, frames, paths, findings)


def _image_findings(out: Path, frames: Sequence[Frame], options: ExpectedOptions, layout: str) -> Iterator[Finding]:
    """Yield the missing and extra images."""
    if layout == "coco":
        yield from images_by_subset_findings(out, frames, options, is_flat=options.is_flat)
        return
    for subset in sorted({frame.subset for frame in frames}):
        expected = (f"{subset}/{path}" for frame in frames if frame.subset == subset for path in frame.flat_image_paths)
        present = (path for path in list_files(out, subset) if path != f"{subset}/{_ROBOFLOW_FILE}")
        yield from file_findings(out, present, expected)


def _stated_task(dataset: CocoDataset) -> str:
    """Return the task in the description that cityconv writes into a file; `instance` if there is none."""
    stated = _DESCRIPTION.fullmatch(dataset.description)
    return stated[1] if stated and stated[1] in _TASKS else "instance"


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
) -> Iterator[tuple[Frame, _Entry]]:
    """Yield the entry of each expected image that is in a file, and its frame."""
    listed = {item.id: item.name for item in dataset.categories}
    names = listed | {item.id: item.name for item in categories if item.id in listed}
    objects = [item for item in dataset.annotations if not item.get("iscrowd")] or dataset.annotations
    forms = Counter(map(segmentation_of, objects))
    segmentation = forms.most_common(1)[0][0] if forms else "rle"
    annotations: dict[int, list[dict[str, Any]]] = {}
    for item in dataset.annotations:
        annotations.setdefault(item["image_id"], []).append(item)
    for image, index in find_images(file, [image.file_name for image in dataset.images], findings).items():
        found = dataset.images[index]
        yield file.images[image], _Entry(str(file.path), found, annotations.get(found.id, []), names, segmentation)


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the annotations of the images of one frame.

    The attributes are the reader, the entries by frame, and the options of the format.
    """

    reader: FrameReader
    entries: dict[FrameKey, list[_Entry]]
    selection: Selection
    task: str
    extent: Extent
    min_area: int

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self.reader, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        frame, entries = rasterized.frame, self.entries[rasterized.frame.key]
        expected = expected_objects(
            rasterized,
            self.selection,
            per_class=self.task == "semantic",
            extent=self.extent,
            min_area=self.min_area,
        )
        size = rasterized.height, rasterized.width
        findings = [finding for entry in entries for finding in self._compare_image(entry, expected, *size)]
        return Checked(frame, {"annotations": sum(len(entry.annotations) for entry in entries)}, findings)

    def _compare_image(self, entry: _Entry, expected: list[ExpectedObject], height: int, width: int) -> list[Finding]:
        try:
            check_size((entry.image.width, entry.image.height), height, width)
            check_number(len(entry.annotations), len(expected), "annotations")
            actual, damaged = _parse(entry, height, width)
        except DamagedError as error:
            return [error.finding(entry.path, entry.image.file_name)]
        return damaged + self._differences(expected, actual, entry)

    def _differences(self, expected: list[ExpectedObject], actual: list[CocoObject], entry: _Entry) -> list[Finding]:
        image = entry.image.file_name
        wanted = [item.to_match(self.selection) for item in expected]
        found = [_to_match(item, entry.names) for item in actual]
        matching = match(wanted, found)
        findings = list(object_findings(matching, wanted, found, entry.path, image))
        for pair in matching.pairs:
            item, label = actual[pair.actual], found[pair.actual].label
            area = expected[pair.expected].mask.area
            if item.area != area:
                message = f"{label}: area {item.area:g} where the annotation gives {area}"
                findings.append(Finding("value", entry.path, message, image))
            is_crowd_of_polygons = item.is_crowd and entry.segmentation == "polygon"
            segmentation = "uncompressed-rle" if is_crowd_of_polygons else entry.segmentation
            if item.segmentation != segmentation:
                message = f"{label}: segmentation {item.segmentation} where the file has {segmentation}"
                findings.append(Finding("value", entry.path, message, image))
        return findings


def _parse(entry: _Entry, height: int, width: int) -> tuple[list[CocoObject], list[Finding]]:
    """Return the valid objects of an image, and the findings for all others.

    Raises:
        ExhaustedError: the masks together are too large to be read.
    """
    objects, findings = [], []
    allowance = MaskAllowance(height, width)
    for annotation in entry.annotations:
        try:
            item = parse_annotation(annotation, height, width, allowance)
        except ExhaustedError:
            raise
        except DamagedError as error:
            findings.append(error.finding(entry.path, entry.image.file_name))
            continue
        if item.category_id in entry.names:
            objects.append(item)
        else:
            message = f"annotation {item.id}: unknown category {item.category_id}"
            findings.append(Finding("class", entry.path, message, entry.image.file_name))
    return objects, findings


def _to_match(item: CocoObject, names: dict[int, str]) -> MatchedObject:
    return MatchedObject(names[item.category_id], item.is_crowd, item.box, item.mask, f"annotation {item.id}")
