"""COCO panoptic files, compared segment by segment and pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.check.coco_files import CocoFile, category_findings, expected_coco_files, find_images
from cityconv.check.expected_files import has_images_by_subset, images_by_subset_findings, list_files
from cityconv.check.findings import Check, Checked, Finding, FindingKind, abridge, duplicates
from cityconv.check.numbering import NumberedClasses, expected_numbering
from cityconv.check.png import pixel_findings
from cityconv.check.reading import DamagedError, check_number, check_size, read_dataset_file, read_png_file
from cityconv.check.reference import (
    INSTANCES_PER_CLASS,
    check_frame,
    instance_ids,
    mapped_image,
    object_masks,
    segment_class_ids,
)
from cityconv.formats.panoptic.expected_names import ExpectedNames, ImageNames, names_in
from cityconv.formats.panoptic.reader import (
    PanopticAnnotation,
    PanopticCategory,
    PanopticDataset,
    PanopticImage,
    PanopticSegment,
    parse_panoptic,
    parse_segment_ids,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.raster.bounded_mask import BoundedMask
    from cityconv.source.frame import Frame, FrameKey

_VOID = 0
_FIELDS: dict[str, FindingKind] = {"category_id": "class", "area": "value", "bbox": "box", "iscrowd": "value"}


class _Entry(NamedTuple):
    """The entry of an image.

    Attributes:
        path: the JSON file.
        folder: the folder of its PNGs.
        image: the image.
        annotation: its segments.
        names: the expected files.
    """

    path: str
    folder: Path
    image: PanopticImage
    annotation: PanopticAnnotation
    names: ImageNames


def is_present(out: Path) -> bool:
    """Return whether an output folder holds panoptic files."""
    return bool(names_in(out))


def has_images(out: Path) -> bool:
    """Return whether an output folder holds images as panoptic files name them."""
    return has_images_by_subset(out)


def checks(out: Path, frames: Sequence[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the checks of an output's panoptic files, one per kind of names; see `Checker.checks`."""
    present = names_in(out)
    wanted = options.layout_among(names.layout for names in present)
    return [_check(out, frames, options, names) for names in present if wanted in (None, names.layout)]


def _check(out: Path, frames: Sequence[Frame], options: ExpectedOptions, names: ExpectedNames) -> Check:
    findings: list[Finding] = []
    notes: list[str] = []
    datasets: list[tuple[CocoFile, PanopticDataset]] = []
    images_of = partial(names.of, is_flat=options.is_flat)
    for file in expected_coco_files(out, f"{names.stem}.json", frames, images_of, findings, names.others):
        try:
            dataset = parse_panoptic(read_dataset_file(out, file.path, len(file.images)), len(file.images))
            check_number(len(dataset.images), len(file.images), "images")
            check_number(len(dataset.annotations), len(file.images), "annotations")
            check_number(len(dataset.categories), None, "categories")
            datasets.append((file, dataset))
        except DamagedError as error:
            findings.append(error.finding(str(file.path)))
    listed = [(item.id, item.name) for item in datasets[0][1].categories] if datasets else []
    options = replace(options, category_ids=names.scheme or options.category_ids)
    classes = expected_numbering(options, "eval", listed, notes)
    findings += images_by_subset_findings(out, frames, options, is_flat=options.is_flat)
    entries: dict[FrameKey, list[_Entry]] = {}
    for file, dataset in datasets:
        findings += category_findings(str(file.path), dataset.categories, _categories(classes))
        findings += abridge(_id_findings(str(file.path), dataset, names))
        own = _entries(file, dataset, names, images_of, findings)
        findings += _extra_pngs(out, file.path, own)
        for image, entry in own.items():
            entries.setdefault(file.images[image].key, []).append(entry)
    work = _CompareFrame(options.reader, out, entries, classes, segment_class_ids(classes.selection), options.min_area)
    present = [frame for frame in frames if frame.key in entries]
    return Check("panoptic", present, work, findings=findings, notes=notes)


def _categories(classes: NumberedClasses) -> list[PanopticCategory]:
    return [
        PanopticCategory(category_id, item.name, item.color, item.category, int(item.has_instances))
        for category_id, item in zip(classes.ids, classes.selection.classes, strict=True)
    ]


def _entries(
    file: CocoFile,
    dataset: PanopticDataset,
    names: ExpectedNames,
    images_of: Callable[[Frame], dict[str, ImageNames]],
    findings: list[Finding],
) -> dict[str, _Entry]:
    """Return the entry of each expected image that is in a file and has an annotation there, by what identifies it."""
    path = str(file.path)
    indices = find_images(file, map(names.key, dataset.images), findings)
    annotations = {annotation.image_id: annotation for annotation in dataset.annotations}
    duplicated = duplicates(annotation.image_id for annotation in dataset.annotations)
    unknown = sorted(annotations.keys() - {image.id for image in dataset.images}, key=str)
    findings += [Finding("extra", path, f"image {image_id!r} has several annotations") for image_id in duplicated]
    findings += [Finding("extra", path, f"annotation of an unknown image {image_id!r}") for image_id in unknown]
    entries = {}
    for key, index in indices.items():
        image = dataset.images[index]
        if image.id in annotations:
            expected = images_of(file.images[key])[key]
            entries[key] = _Entry(path, file.path.with_suffix(""), image, annotations[image.id], expected)
        else:
            findings.append(Finding("missing", path, "the image has no annotation", key))
    return entries


def _id_findings(path: str, dataset: PanopticDataset, names: ExpectedNames) -> Iterator[Finding]:
    """Yield the image ids that are duplicated, or of another type."""
    for image_id in duplicates(image.id for image in dataset.images):
        yield Finding("value", path, f"image id {image_id!r} is duplicated")
    for image in dataset.images:
        if not isinstance(image.id, names.id_type):
            yield Finding("value", path, f"image id {image.id!r} is not of type {names.id_type.__name__}")


def _extra_pngs(out: Path, path: Path, entries: dict[str, _Entry]) -> Iterator[Finding]:
    """Yield the files in the folder of a JSON file that it does not name."""
    folder = path.with_suffix("").relative_to(out).as_posix()
    named = {f"{folder}/{entry.annotation.file_name}" for entry in entries.values()}
    for png in sorted(set(list_files(out, folder)) - named):
        yield Finding("extra", str(out / png), f"not named in {path.name}")


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the PNG of one frame, and the segments of its images.

    The attributes are the reader, the output folder, the entries by frame, and the options of the format; `class_ids`
    are the numbers of the classes in segment ids.
    """

    reader: FrameReader
    out: Path
    entries: dict[FrameKey, list[_Entry]]
    classes: NumberedClasses
    class_ids: list[int]
    min_area: int

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self.reader, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        entries = self.entries[rasterized.frame.key]
        segments, expected = self._expected(rasterized)
        height, width = expected.shape
        findings: list[Finding] = []
        for entry in entries:
            findings += _image_findings(entry, height, width)
            findings += _segment_findings(entry, segments)
        paths = sorted({entry.folder / entry.annotation.file_name for entry in entries})
        counts = {"segments": sum(len(entry.annotation.segments_info) for entry in entries), "PNGs": len(paths)}
        counts["differing pixels"] = 0
        for path in paths:
            try:
                actual = parse_segment_ids(read_png_file(self.out, path, height, width), height, width)
            except DamagedError as error:
                findings.append(error.finding(str(path)))
                continue
            differences, number = pixel_findings(actual, expected, str(path))
            findings += differences
            counts["differing pixels"] += number
        return Checked(rasterized.frame, counts, findings)

    def _expected(self, rasterized: RasterizedFrame) -> tuple[list[PanopticSegment], NDArray[np.uint32]]:
        """Return the segments, in the order of their ids, and the segment id of each pixel, (H, W)."""
        selection = self.classes.selection
        ids = np.array(instance_ids(rasterized, selection, self.class_ids, _VOID))
        members = {number: np.flatnonzero(ids[1:] == number).tolist() for number in np.unique(ids[1:]).tolist()}
        members.pop(_VOID, None)
        masks = object_masks(rasterized, list(members.values()), "visible", selection.has_plates)
        segments = [
            self._segment(number, mask)
            for number, mask in zip(members, masks, strict=True)
            if mask.area >= self.min_area
        ]
        shown = np.where(np.isin(ids, [segment.id for segment in segments]), ids, _VOID).astype(np.uint32)
        return segments, mapped_image(rasterized, shown, selection.has_plates)

    def _segment(self, segment_id: int, mask: BoundedMask) -> PanopticSegment:
        is_instance = segment_id >= INSTANCES_PER_CLASS
        value = segment_id // INSTANCES_PER_CLASS if is_instance else segment_id
        index = self.class_ids.index(value)
        is_crowd = self.classes.selection.classes[index].has_instances and not is_instance
        x0, y0, x1, y1 = mask.box
        return PanopticSegment(
            segment_id, self.classes.ids[index], mask.area, (x0, y0, x1 - x0, y1 - y0), int(is_crowd)
        )


def _image_findings(entry: _Entry, height: int, width: int) -> Iterator[Finding]:
    """Yield the discrepancies in the file names and the size of an image."""
    image = str(entry.image.id)
    for field, actual, expected in (
        ("file name of the image", entry.image.file_name, entry.names.image),
        ("file name of the PNG", entry.annotation.file_name, entry.names.png),
    ):
        if actual != expected:
            yield Finding("value", entry.path, f"{field} {actual!r} where {expected!r} is expected", image)
    try:
        check_size((entry.image.width, entry.image.height), height, width)
    except DamagedError as error:
        yield error.finding(entry.path, image)


def _segment_findings(entry: _Entry, expected: list[PanopticSegment]) -> Iterator[Finding]:
    """Yield the duplicate, missing, extra, and differing segments."""
    image, segments = str(entry.image.id), entry.annotation.segments_info
    wanted, found = ({segment.id: segment for segment in side} for side in (expected, segments))
    for segment_id in duplicates(segment.id for segment in segments):
        yield Finding("value", entry.path, f"segment {segment_id} is duplicated", image)
    for segment_id in sorted(wanted.keys() - found):
        yield Finding("missing_object", entry.path, f"missing segment {segment_id}", image)
    for segment_id in sorted(found.keys() - wanted):
        yield Finding("extra_object", entry.path, f"segment {segment_id} is not in the annotation", image)
    for segment_id in sorted(found.keys() & wanted):
        for field, kind in _FIELDS.items():
            actual, correct = getattr(found[segment_id], field), getattr(wanted[segment_id], field)
            if actual != correct:
                message = f"segment {segment_id}: {field} {actual} where the annotation gives {correct}"
                yield Finding(kind, entry.path, message, image)
