"""COCO panoptic files: the PNGs, and the JSON that says what the segments in them are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
import numpy as np

from cityconv.check.coco_files import (
    Document,
    category_findings,
    described_frames,
    expected_documents,
    repeated,
    settle_ids,
)
from cityconv.check.file_listing import image_findings, images_by_subset
from cityconv.check.findings import Check, Checked, Finding, FindingKind
from cityconv.check.png import compare_png
from cityconv.check.reference import (
    INSTANCES_PER_CLASS,
    check_frame,
    image_through,
    instance_numbers,
    object_masks,
)
from cityconv.source.files import READ_ERRORS, File, explain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.check.bounded_mask import BoundedMask
    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame

_NAME = "cityscapes_panoptic_{split}"
_TRAIN = "_trainId"
_VOID = 0

Scheme = Literal["label", "train"]


class _Category(msgspec.Struct):
    id: int
    name: str
    color: tuple[int, int, int]
    supercategory: str
    isthing: int


class _Image(msgspec.Struct):
    id: str
    file_name: str
    width: int
    height: int


class _Segment(msgspec.Struct, frozen=True):
    id: int
    category_id: int
    area: float
    bbox: tuple[float, float, float, float]
    iscrowd: int


class _Annotation(msgspec.Struct):
    image_id: str
    file_name: str
    segments_info: list[_Segment]


class _Content(msgspec.Struct):
    categories: list[_Category]
    images: list[_Image]
    annotations: list[_Annotation]


class _Place(NamedTuple):
    """Where a frame is described: the JSON, the folder of PNGs, and what is said of it."""

    path: str
    folder: Path
    image: _Image
    annotation: _Annotation


def is_present(out: Path) -> bool:
    """Return whether an output folder holds panoptic files."""
    return bool(_schemes(out))


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the checks of an output's panoptic files, one per scheme of category ids; see `Checker.checks`."""
    return [_check(out, frames, options, scheme) for scheme in _schemes(out)]


def _schemes(out: Path) -> list[Scheme]:
    """Return the schemes of category ids that an output has files of."""
    paths = set(out.glob(f"{_NAME.replace('{split}', '*')}.json"))
    of_train = {path for path in paths if path.match(f"*{_TRAIN}.json")}
    found: dict[Scheme, set[Path]] = {"label": paths - of_train, "train": of_train}
    return [scheme for scheme, files in found.items() if files]


def _check(out: Path, frames: list[Frame], options: ExpectedOptions, scheme: Scheme) -> Check:
    findings: list[Finding] = []
    notes: list[str] = []
    ending, others = (_TRAIN, "") if scheme == "train" else ("", f"*{_TRAIN}.json")
    documents = expected_documents(out, f"{_NAME}{ending}.json", frames, findings, others)
    read = [(document, _read(document, findings)) for document in documents]
    contents = [(document, content) for document, content in read if content]
    names = [item.name for item in contents[0][1].categories] if contents else []
    selection = options.classes_of("eval", names, notes)
    ids = settle_ids(selection, [], scheme)
    findings += image_findings(out, "images", images_by_subset(frames, options.image_suffix))
    described: dict[str, _Place] = {}
    for document, content in contents:
        findings += category_findings(str(document.path), content.categories, _categories(selection, ids))
        described |= _describe(document, content, findings)
        findings += _stray_files(document, described)
    work = _CompareFrame(described, selection, ids, options.min_area, options.image_suffix)
    return Check(
        "panoptic", [frame for frame in frames if frame.name in described], work, findings=findings, notes=notes
    )


def _read(document: Document, findings: list[Finding]) -> _Content | None:
    try:
        return msgspec.json.decode(document.path.read_bytes(), type=_Content)
    except (*READ_ERRORS, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        findings.append(Finding("unreadable", str(document.path), f"no panoptic file: {explain(error)}"))
        return None


def _categories(selection: Selection, ids: list[int]) -> list[_Category]:
    return [
        _Category(number, item.name, item.color, item.category, int(item.has_instances))
        for number, item in zip(ids, selection.classes, strict=True)
    ]


def _describe(document: Document, content: _Content, findings: list[Finding]) -> dict[str, _Place]:
    """Return what a file says of each frame that has an image and an annotation in it."""
    path = str(document.path)
    entries = described_frames(document, [image.file_name for image in content.images], findings)
    annotations = {annotation.image_id: annotation for annotation in content.annotations}
    images = {image.id for image in content.images}
    twice = repeated(annotation.image_id for annotation in content.annotations)
    findings += [Finding("extra", path, f"two annotations of image {name!r}") for name in twice]
    strays = sorted(annotations.keys() - images)
    findings += [Finding("extra", path, f"an annotation of image {name!r}, which there is not") for name in strays]
    described = {}
    for name, index in entries.items():
        image = content.images[index]
        if image.id in annotations:
            described[name] = _Place(path, document.path.with_suffix(""), image, annotations[image.id])
        else:
            findings.append(Finding("missing", path, "no annotation of this image", name))
    return described


def _stray_files(document: Document, described: dict[str, _Place]) -> list[Finding]:
    """Return the PNGs that the JSON does not name."""
    folder = document.path.with_suffix("")
    named = {place.annotation.file_name for place in described.values()}
    strays = sorted(path for path in folder.glob("*") if path.name not in named)
    return [Finding("extra", str(path), f"not named in {document.path.name}") for path in strays]


@dataclass(frozen=True)
class _CompareFrame:
    """Compares PNG and JSON of one frame; the attributes are the options of the format."""

    described: dict[str, _Place]
    selection: Selection
    ids: list[int]
    min_area: int
    image_suffix: str

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, drawn: RasterizedFrame) -> Checked:
        frame = drawn.frame
        said = self.described[frame.name]
        segments, image = self._expected(drawn)
        findings = [
            *_facts(said, frame, self.image_suffix, drawn.annotation.width, drawn.annotation.height),
            *_segment_findings(said, segments, frame.name),
        ]
        file = File(str(said.folder / said.annotation.file_name))
        try:
            found, differing = compare_png(file.read(), image, str(file), channels=3)
        except READ_ERRORS as error:
            kind: FindingKind = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
            found, differing = [Finding(kind, str(file), explain(error))], 0
        counts = {"segments": len(said.annotation.segments_info), "PNGs": 1, "differing pixels": differing}
        return Checked(frame, counts, findings + found)

    def _expected(self, drawn: RasterizedFrame) -> tuple[list[_Segment], NDArray[np.uint32]]:
        """Return the segments in the order of their ids, and the PNG's pixels as 0xAARRGGBB."""
        values = [item.id or _VOID for item in self.selection.classes]
        numbers = np.array(instance_numbers(drawn, self.selection, values, _VOID))
        members = {number: np.flatnonzero(numbers[1:] == number).tolist() for number in np.unique(numbers[1:]).tolist()}
        members.pop(_VOID, None)
        masks = object_masks(drawn, list(members.values()), "visible", self.selection.has_plates)
        segments = [
            self._segment(number, mask)
            for number, mask in zip(members, masks, strict=True)
            if mask.area >= self.min_area
        ]
        shown = np.where(np.isin(numbers, [segment.id for segment in segments]), numbers, _VOID)
        # Red counts ones and blue counts 65,536s.
        colors = (0xFF000000 | (shown & 255) << 16 | shown & 0xFF00 | shown >> 16 & 255).astype(np.uint32)
        return segments, image_through(drawn, colors, self.selection.has_plates)

    def _segment(self, number: int, mask: BoundedMask) -> _Segment:
        is_instance = number >= INSTANCES_PER_CLASS
        own = number // INSTANCES_PER_CLASS if is_instance else number
        index = next(index for index, item in enumerate(self.selection.classes) if item.id == own)
        is_crowd = self.selection.classes[index].has_instances and not is_instance
        x0, y0, x1, y1 = mask.box
        return _Segment(number, self.ids[index], mask.area, (x0, y0, x1 - x0, y1 - y0), int(is_crowd))


def _facts(said: _Place, frame: Frame, image_suffix: str, width: int, height: int) -> Iterator[Finding]:
    """Yield what is wrong about the image and the names of files."""
    name = frame.name
    for what, theirs, ours in (
        ("image id", said.image.id, name),
        ("file name of the image", said.image.file_name, f"{frame.city}/{name}{image_suffix}"),
        ("file name of the PNG", said.annotation.file_name, f"{name}_{frame.tree}_panoptic.png"),
    ):
        if theirs != ours:
            yield Finding("value", said.path, f"{what} {theirs!r} instead of {ours!r}", name)
    if (said.image.width, said.image.height) != (width, height):
        what = f"{said.image.width} x {said.image.height} pixels where the annotation says {width} x {height}"
        yield Finding("size", said.path, what, name)


_FIELDS: dict[str, FindingKind] = {"category_id": "class", "area": "value", "bbox": "box", "iscrowd": "value"}


def _segment_findings(said: _Place, expected: list[_Segment], frame: str) -> Iterator[Finding]:
    """Yield the segments that are lost, invented or described wrongly."""
    actual = said.annotation.segments_info
    ours, theirs = {segment.id: segment for segment in expected}, {segment.id: segment for segment in actual}
    for number in repeated(segment.id for segment in actual):
        yield Finding("value", said.path, f"segment {number} is there twice", frame)
    for number in sorted(ours.keys() - theirs):
        yield Finding("missing_object", said.path, f"no segment {number}", frame)
    for number in sorted(theirs.keys() - ours):
        yield Finding("extra_object", said.path, f"segment {number}, which the annotation has not", frame)
    for number in sorted(theirs.keys() & ours):
        for field, kind in _FIELDS.items():
            value, wanted = getattr(theirs[number], field), getattr(ours[number], field)
            if value != wanted:
                what = f"segment {number}: {field} {value} where the annotation gives {wanted}"
                yield Finding(kind, said.path, what, frame)
