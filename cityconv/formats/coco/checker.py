"""COCO JSON, read back with pycocotools."""

from __future__ import annotations

import contextlib
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from cityconv.check.coco_files import (
    Document,
    category_findings,
    described_frames,
    expected_documents,
    repeated,
    settle_ids,
)
from cityconv.check.file_listing import image_findings, images_by_subset
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.matching import MatchedObject, match, object_findings
from cityconv.check.reference import Expected, check_frame, expected_objects
from cityconv.formats.coco.reader import BadAnnotationError, CocoAnnotation, form_of, read_annotation

if TYPE_CHECKING:
    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.vocabulary import Extent
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame

_TASKS = ("instance", "semantic", "detection")
_FOLDER = "annotations"
_DESCRIPTION = re.compile(r"Cityscapes, .*: (\w+) annotations")


class _Category(msgspec.Struct):
    id: int
    name: str
    supercategory: str


class _Image(msgspec.Struct):
    id: int
    file_name: str
    width: int
    height: int


class _File(NamedTuple):
    """One COCO file.

    Attributes:
        coco: what pycocotools made of it.
        images: its images.
        categories: its categories.
        form: how masks are written in it.
    """

    coco: Any
    images: list[_Image]
    categories: list[_Category]
    form: str

    @property
    def names(self) -> dict[int, str]:
        """The names of its categories by id."""
        return {item.id: item.name for item in self.categories}


class _Place(NamedTuple):
    """Where a frame is described.

    Attributes:
        path: of the file.
        file: the file.
        image: what it says of the image.
        names: the class that each category id of the file should stand for.
    """

    path: str
    file: _File
    image: _Image
    names: dict[int, str]


def is_present(out: Path) -> bool:
    """Return whether an output folder holds COCO files."""
    return any(out.glob(f"{_FOLDER}/*.json"))


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's COCO files; see `Checker.checks`."""
    if not is_present(out):
        return []
    findings: list[Finding] = []
    notes: list[str] = []
    documents = _documents(out, frames, options, findings, notes)
    read = [(document, _read(document.path, findings)) for document in documents]
    files = [(document, file) for document, file in read if file]
    task = options.task_among(_TASKS) or (_task(files[0][1]) if files else "instance")
    names = [item.name for item in files[0][1].categories] if files else []
    selection = options.classes_of("eval" if task == "semantic" else "instances", names, notes)
    findings += image_findings(out, "images", images_by_subset(frames, options.image_suffix))
    described: dict[str, _Place] = {}
    for document, file in files:
        path = str(document.path)
        wanted = _categories(file, selection, options)
        findings += category_findings(path, file.categories, wanted) + _strays(path, file)
        names_by_id = file.names | {item.id: item.name for item in wanted if item.id in file.names}
        entries = described_frames(document, [image.file_name for image in file.images], findings)
        described |= {name: _Place(path, file, file.images[index], names_by_id) for name, index in entries.items()}
    work = _CompareFrame(described, selection, task, options.extent, options.min_area, options.image_suffix)
    return [Check("coco", [frame for frame in frames if frame.name in described], work, _TASKS, findings, notes)]


def _documents(
    out: Path, frames: list[Frame], options: ExpectedOptions, findings: list[Finding], notes: list[str]
) -> list[Document]:
    """Return the files with the names that they should have; when there are none such, all that there are."""
    template = f"{_FOLDER}/{options.name_template}"
    present = set(out.glob(f"{_FOLDER}/*.json"))
    if not any(path.match(template.replace("{split}", "*")) for path in present):
        notes.append("files are not named as --name-template has it, so each is compared with the frames it names")
        return [Document(path, {frame.name: frame for frame in frames}, is_whole=False) for path in sorted(present)]
    documents = expected_documents(out, template, frames, findings)
    others = {path.name for path in present if not path.match(template.replace("{split}", "*"))}
    notes += [f"{_FOLDER}/{name} is named otherwise, and was not compared" for name in sorted(others)]
    return documents


def _read(path: Path, findings: list[Finding]) -> _File | None:
    from pycocotools.coco import COCO

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            coco = COCO(path)
        images = msgspec.convert(coco.dataset["images"], list[_Image])
        categories = msgspec.convert(coco.dataset["categories"], list[_Category])
        raws = coco.dataset["annotations"]
    except Exception as error:  # pycocotools looks into whatever the file holds
        findings.append(Finding("unreadable", str(path), f"no COCO file: {type(error).__name__}: {error}"))
        return None
    forms = Counter(form_of(raw.get("segmentation")) for raw in raws if not raw.get("iscrowd"))
    return _File(coco, images, categories, forms.most_common(1)[0][0] if forms else "rle")


def _task(file: _File) -> str:
    """Return the task that a file says it is for."""
    info = file.coco.dataset.get("info")
    description = info.get("description") if isinstance(info, dict) else None
    said = _DESCRIPTION.fullmatch(str(description))
    return said[1] if said and said[1] in _TASKS else "instance"


def _categories(file: _File, selection: Selection, options: ExpectedOptions) -> list[_Category]:
    """Return the categories that a file should have."""
    ids = settle_ids(selection, [item.id for item in file.categories], options.category_ids)
    return [_Category(number, item.name, item.category) for number, item in zip(ids, selection.classes, strict=True)]


def _strays(path: str, file: _File) -> list[Finding]:
    """Return which ids do not tell apart what they should, and which annotations belong to no image."""
    raws = file.coco.dataset["annotations"]
    images = [image.id for image in file.images]
    known = set(images)
    return [
        *(Finding("value", path, f"image id {number} is there twice") for number in repeated(images)),
        *(
            Finding("value", path, f"annotation id {number} is there twice")
            for number in repeated(raw["id"] for raw in raws)
        ),
        *(
            Finding("extra_object", path, f"annotation {raw['id']}: of image {raw['image_id']}, which there is not")
            for raw in raws
            if raw["image_id"] not in known
        ),
    ]


@dataclass(frozen=True)
class _CompareFrame:
    """Compares what COCO files say of one frame; the attributes are the options of the format."""

    described: dict[str, _Place]
    selection: Selection
    task: str
    extent: Extent
    min_area: int
    image_suffix: str

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, drawn: RasterizedFrame) -> Checked:
        frame = drawn.frame
        path, file, image, names = self.described[frame.name]
        raws = file.coco.imgToAnns[image.id]
        counts = {"annotations": len(raws)}
        height, width = drawn.annotation.height, drawn.annotation.width
        findings = []
        if image.file_name != (wanted := f"{frame.city}/{frame.name}{self.image_suffix}"):
            findings.append(Finding("value", path, f"file name {image.file_name!r} instead of {wanted!r}", frame.name))
        if (image.width, image.height) != (width, height):
            what = f"{image.width} x {image.height} pixels where the annotation says {width} x {height}"
            return Checked(frame, counts, [*findings, Finding("size", path, what, frame.name)])
        per_class = self.task == "semantic"
        expected = expected_objects(
            drawn, self.selection, per_class=per_class, extent=self.extent, min_area=self.min_area
        )
        actual = []
        for raw in raws:
            try:
                actual.append(read_annotation(raw, height, width, names))
            except BadAnnotationError as error:
                findings.append(Finding(error.kind, path, str(error), frame.name))
        return Checked(frame, counts, findings + self._differences(expected, actual, path, file.form, frame.name))

    def _differences(
        self,
        expected: list[Expected],
        actual: list[tuple[CocoAnnotation, MatchedObject]],
        path: str,
        form: str,
        frame: str,
    ) -> list[Finding]:
        ours = [item.thing(self.selection) for item in expected]
        theirs = [thing for _, thing in actual]
        matching = match(ours, theirs)
        findings = list(object_findings(matching, ours, theirs, path, frame))
        for pair in matching.pairs:
            annotation, thing = actual[pair.actual]
            area = expected[pair.expected].mask.area
            if annotation.area != area:
                what = f"{thing.label}: an area of {annotation.area:g} where the annotation gives {area}"
                findings.append(Finding("value", path, what, frame))
            wanted = "rle" if thing.is_crowd and form == "polygon" else form
            if annotation.form != wanted:
                what = f"{thing.label}: a mask of form {annotation.form} where others have {wanted}"
                findings.append(Finding("value", path, what, frame))
        return findings
