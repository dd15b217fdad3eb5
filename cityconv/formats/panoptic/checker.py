"""COCO panoptic files, compared segment by segment and pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.check.coco_files import (
    CocoFile,
    category_findings,
    expected_category_ids,
    expected_coco_files,
    images_by_frame,
)
from cityconv.check.expected_files import image_findings, images_by_subset
from cityconv.check.findings import Check, Checked, Finding, FindingKind, duplicates
from cityconv.check.png import pixel_findings
from cityconv.check.reading import DamagedError, check_size
from cityconv.check.reference import INSTANCES_PER_CLASS, check_frame, instance_ids, mapped_image, object_masks
from cityconv.formats.panoptic.reader import (
    PanopticAnnotation,
    PanopticCategory,
    PanopticDataset,
    PanopticImage,
    PanopticSegment,
    read_panoptic,
    read_segment_ids,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.check.bounded_mask import BoundedMask
    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame
    from cityconv.vocabulary import LabelIdScheme

_FILE_NAME = "cityscapes_panoptic_{split}"
_TRAIN = "_trainId"
_VOID = 0
_FIELDS: dict[str, FindingKind] = {"category_id": "class", "area": "value", "bbox": "box", "iscrowd": "value"}


class _Entry(NamedTuple):
    """The entry of a frame.

    Attributes:
        path: the JSON file.
        folder: the folder of its PNGs.
        image: the image of the frame.
        annotation: the segments of the frame.
    """

    path: str
    folder: Path
    image: PanopticImage
    annotation: PanopticAnnotation


def is_present(out: Path) -> bool:
    """Return whether an output folder holds panoptic files."""
    return bool(_schemes(out))


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the checks of an output's panoptic files, one per scheme of category ids; see `Checker.checks`."""
    return [_check(out, frames, options, scheme) for scheme in _schemes(out)]


def _schemes(out: Path) -> list[LabelIdScheme]:
    """Return the schemes of category ids that an output has files of."""
    paths = set(out.glob(f"{_FILE_NAME.replace('{split}', '*')}.json"))
    with_train_ids = {path for path in paths if path.match(f"*{_TRAIN}.json")}
    by_scheme: dict[LabelIdScheme, set[Path]] = {"label": paths - with_train_ids, "train": with_train_ids}
    return [scheme for scheme, files in by_scheme.items() if files]


def _check(out: Path, frames: list[Frame], options: ExpectedOptions, scheme: LabelIdScheme) -> Check:
    findings: list[Finding] = []
    notes: list[str] = []
    ending, other_outputs = (_TRAIN, "") if scheme == "train" else ("", f"*{_TRAIN}.json")
    datasets: list[tuple[CocoFile, PanopticDataset]] = []
    for file in expected_coco_files(out, f"{_FILE_NAME}{ending}.json", frames, findings, other_outputs):
        try:
            datasets.append((file, read_panoptic(file.path)))
        except DamagedError as error:
            findings.append(error.finding(str(file.path)))
    names = [item.name for item in datasets[0][1].categories] if datasets else []
    selection = options.classes_of("eval", names, notes)
    ids = expected_category_ids(selection, [], scheme)
    findings += image_findings(out, "images", images_by_subset(frames, options.image_suffix))
    entries: dict[str, _Entry] = {}
    for file, dataset in datasets:
        findings += category_findings(str(file.path), dataset.categories, _categories(selection, ids))
        own = _entries(file, dataset, findings)
        findings += _extra_pngs(file.path, own)
        entries |= own
    work = _CompareFrame(entries, selection, ids, options.min_area, options.image_suffix)
    present = [frame for frame in frames if frame.name in entries]
    return Check("panoptic", present, work, findings=findings, notes=notes)


def _categories(selection: Selection, ids: list[int]) -> list[PanopticCategory]:
    return [
        PanopticCategory(category_id, item.name, item.color, item.category, int(item.has_instances))
        for category_id, item in zip(ids, selection.classes, strict=True)
    ]


def _entries(file: CocoFile, dataset: PanopticDataset, findings: list[Finding]) -> dict[str, _Entry]:
    """Return the entry of each frame that has an image and an annotation in a file."""
    path = str(file.path)
    indices = images_by_frame(file, [image.file_name for image in dataset.images], findings)
    annotations = {annotation.image_id: annotation for annotation in dataset.annotations}
    duplicated = duplicates(annotation.image_id for annotation in dataset.annotations)
    unknown = sorted(annotations.keys() - {image.id for image in dataset.images})
    findings += [Finding("extra", path, f"image {image_id!r} has several annotations") for image_id in duplicated]
    findings += [Finding("extra", path, f"annotation of an unknown image {image_id!r}") for image_id in unknown]
    entries = {}
    for name, index in indices.items():
        image = dataset.images[index]
        if image.id in annotations:
            entries[name] = _Entry(path, file.path.with_suffix(""), image, annotations[image.id])
        else:
            findings.append(Finding("missing", path, "the image has no annotation", name))
    return entries


def _extra_pngs(path: Path, entries: dict[str, _Entry]) -> list[Finding]:
    """Return the files beside a JSON file that it does not name."""
    named = {entry.annotation.file_name for entry in entries.values()}
    extra = sorted(png for png in path.with_suffix("").glob("*") if png.name not in named)
    return [Finding("extra", str(png), f"not named in {path.name}") for png in extra]


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the PNG and the segments of one frame. The attributes are its entry and the options of the format."""

    entries: dict[str, _Entry]
    selection: Selection
    ids: list[int]
    min_area: int
    image_suffix: str

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        frame = rasterized.frame
        entry = self.entries[frame.name]
        segments, expected = self._expected(rasterized)
        height, width = expected.shape
        findings = [
            *_image_findings(entry, frame, self.image_suffix, height, width),
            *_segment_findings(entry, segments, frame.name),
        ]
        path = entry.folder / entry.annotation.file_name
        counts = {"segments": len(entry.annotation.segments_info), "PNGs": 1, "differing pixels": 0}
        try:
            actual = read_segment_ids(path, height, width)
        except DamagedError as error:
            findings.append(error.finding(str(path)))
        else:
            differences, counts["differing pixels"] = pixel_findings(actual, expected, str(path))
            findings += differences
        return Checked(frame, counts, findings)

    def _expected(self, rasterized: RasterizedFrame) -> tuple[list[PanopticSegment], NDArray[np.uint32]]:
        """Return the segments, in the order of their ids, and the segment id of each pixel, (H, W)."""
        values = [item.id or _VOID for item in self.selection.classes]
        ids = np.array(instance_ids(rasterized, self.selection, values, _VOID))
        members = {number: np.flatnonzero(ids[1:] == number).tolist() for number in np.unique(ids[1:]).tolist()}
        members.pop(_VOID, None)
        masks = object_masks(rasterized, list(members.values()), "visible", self.selection.has_plates)
        segments = [
            self._segment(number, mask)
            for number, mask in zip(members, masks, strict=True)
            if mask.area >= self.min_area
        ]
        shown = np.where(np.isin(ids, [segment.id for segment in segments]), ids, _VOID).astype(np.uint32)
        return segments, mapped_image(rasterized, shown, self.selection.has_plates)

    def _segment(self, segment_id: int, mask: BoundedMask) -> PanopticSegment:
        is_instance = segment_id >= INSTANCES_PER_CLASS
        value = segment_id // INSTANCES_PER_CLASS if is_instance else segment_id
        index = next(index for index, item in enumerate(self.selection.classes) if item.id == value)
        is_crowd = self.selection.classes[index].has_instances and not is_instance
        x0, y0, x1, y1 = mask.box
        return PanopticSegment(segment_id, self.ids[index], mask.area, (x0, y0, x1 - x0, y1 - y0), int(is_crowd))


def _image_findings(entry: _Entry, frame: Frame, image_suffix: str, height: int, width: int) -> Iterator[Finding]:
    """Yield the discrepancies in the names and the size of an image."""
    name = frame.name
    for field, actual, expected in (
        ("image id", entry.image.id, name),
        ("file name of the image", entry.image.file_name, f"{frame.city}/{name}{image_suffix}"),
        ("file name of the PNG", entry.annotation.file_name, f"{name}_{frame.tree}_panoptic.png"),
    ):
        if actual != expected:
            yield Finding("value", entry.path, f"{field} {actual!r} where {expected!r} is expected", name)
    try:
        check_size((entry.image.width, entry.image.height), height, width)
    except DamagedError as error:
        yield error.finding(entry.path, name)


def _segment_findings(entry: _Entry, expected: list[PanopticSegment], frame: str) -> Iterator[Finding]:
    """Yield the duplicate, missing, extra, and differing segments."""
    segments = entry.annotation.segments_info
    wanted, found = ({segment.id: segment for segment in side} for side in (expected, segments))
    for segment_id in duplicates(segment.id for segment in segments):
        yield Finding("value", entry.path, f"segment {segment_id} is duplicated", frame)
    for segment_id in sorted(wanted.keys() - found):
        yield Finding("missing_object", entry.path, f"missing segment {segment_id}", frame)
    for segment_id in sorted(found.keys() - wanted):
        yield Finding("extra_object", entry.path, f"segment {segment_id} is not in the annotation", frame)
    for segment_id in sorted(found.keys() & wanted):
        for field, kind in _FIELDS.items():
            actual, correct = getattr(found[segment_id], field), getattr(wanted[segment_id], field)
            if actual != correct:
                message = f"segment {segment_id}: {field} {actual} where the annotation gives {correct}"
                yield Finding(kind, entry.path, message, frame)
