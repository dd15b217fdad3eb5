"""What a COCO file says about one image: its size, and the labels and masks of its annotations."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from cityconv.errors import AnnotationError
from cityconv.source.excerpts import split_excerpt
from cityconv.source.map_values import region_label
from cityconv.source.polygons import ObjectLabel, check_frame_size, unknown_labels_error

if TYPE_CHECKING:
    from cityconv.source.labels.table import LabelTable
    from cityconv.vocabulary import SkipReason, UnknownLabels

Rings = list[list[float]]  # x and y of points in turn


class RunLengthCode(msgspec.Struct, gc=False):
    """A run-length code, as COCO defines it: height and width, and run lengths or these compressed to text."""

    size: tuple[int, int]
    counts: str | list[int]


class CocoObject(NamedTuple):
    """An annotation of an image, or a segment of a panoptic one.

    Attributes:
        id: its id; that of a segment is the value of its pixels.
        label: what it is; crowds of things are groups.
        segmentation: its mask; None for a segment, and where there is none.
        box: x, y, width and height in pixels, if they are stated.
    """

    id: int
    label: ObjectLabel
    segmentation: RunLengthCode | Rings | None = None
    box: tuple[float, float, float, float] | None = None


class CocoFrame(NamedTuple):
    """An image and its objects.

    Attributes:
        height: rows of the image.
        width: columns of the image.
        objects: the objects, in their order in the file.
        skipped: the number of annotations that are not among these, by reason and category name.
        skipped_ids: their ids.
        png: the map of segments; None if objects have masks of their own.
    """

    height: int
    width: int
    objects: list[CocoObject]
    skipped: Counter[tuple[SkipReason, str]]
    skipped_ids: frozenset[int]
    png: bytes | None = None


class _Category(msgspec.Struct, gc=False):
    id: int
    name: str


class _Image(msgspec.Struct, gc=False):
    height: int
    width: int


class _Document(msgspec.Struct, gc=False):
    categories: list[_Category]
    images: tuple[_Image]
    annotations: list[msgspec.Raw]


class _Id(msgspec.Struct, gc=False):
    id: int


class _Annotation(_Id, gc=False):
    category_id: int
    iscrowd: Literal[0, 1] | bool = 0
    segmentation: RunLengthCode | Rings | None = None
    bbox: tuple[float, float, float, float] | None = None


class _Segments(msgspec.Struct, gc=False):
    segments_info: list[msgspec.Raw]


def parse_coco_frame(content: bytes, where: str, table: LabelTable, unknown_labels: UnknownLabels) -> CocoFrame:
    """Return what an excerpt of a COCO file says.

    Args:
        content: the excerpt; see `Excerpt.read`.
        where: the file and the image, for messages.
        table: the label table, in which categories are looked up by their names.
        unknown_labels: whether an annotation whose category the table does not have is an error, or is skipped.

    Raises:
        UnknownLabelError: a category is not in the table.
        AnnotationError: a field is missing or of another type, or a value breaks a rule.
    """
    json, png = split_excerpt(content)
    document = _decode(json, _Document, where, "")
    noun = "annotation" if png is None else "segment"
    items = _items(document.annotations, where, noun)
    (image,) = document.images
    check_frame_size({"$.height": image.height, "$.width": image.width}, len(items), "$.annotations", where)
    categories = _category_names(document.categories, where)
    for item in items:
        if item.category_id not in categories:
            raise AnnotationError(f"{where}: {noun} {item.id}: no category has the id {item.category_id}")
    labels = [_label(categories[item.category_id], bool(item.iscrowd), table) for item in items]
    unknown = [item for item, label in zip(items, labels, strict=True) if label is None]
    names = [categories[item.category_id] for item in unknown]
    if unknown and unknown_labels == "fail":
        raise unknown_labels_error(names, table, where, f"at {noun} {unknown[0].id}")
    objects = [
        CocoObject(item.id, label, item.segmentation, item.bbox)
        for item, label in zip(items, labels, strict=True)
        if label is not None
    ]
    skipped: Counter[tuple[SkipReason, str]] = Counter(("unknown", name) for name in names)
    return CocoFrame(image.height, image.width, objects, skipped, frozenset(item.id for item in unknown), png)


def _items(annotations: list[msgspec.Raw], where: str, noun: str) -> list[_Annotation]:
    """Return annotations, or the segments of the only one."""
    if noun == "segment":
        annotations = [raw for item in annotations for raw in _decode(item, _Segments, where, "").segments_info]
    items: list[_Annotation] = [_decode(raw, _Annotation, where, noun) for raw in annotations]
    for number, count in Counter(item.id for item in items).items():
        if count > 1:
            raise AnnotationError(f"{where}: {noun} id {number} is duplicated")
    return items


def _decode(raw: bytes | msgspec.Raw, kind: type[Any], where: str, noun: str) -> Any:  # noqa: ANN401 - of the kind
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        text = "JSON is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise AnnotationError(f"{where}: {_name_of(raw, noun)}{text}") from None


def _name_of(raw: bytes | msgspec.Raw, noun: str) -> str:
    """Return which entry has an error, as far as it has an id."""
    try:
        return f"{noun} {msgspec.json.decode(raw, type=_Id).id}: " if noun else ""
    except msgspec.DecodeError:
        return f"{noun}: "


def _category_names(categories: list[_Category], where: str) -> dict[int, str]:
    names: dict[int, str] = {}
    for index, category in enumerate(categories):
        if category.id in names:
            raise AnnotationError(f"{where}: category id {category.id} is duplicated - at `$.categories[{index}].id`")
        names[category.id] = category.name
    return names


def _label(name: str, is_crowd: bool, table: LabelTable) -> ObjectLabel | None:
    """Return what a category is in the label table, or None if the table does not have it."""
    found = table.find(name)
    if found is None:
        return None
    label, is_group = found
    return region_label(label, table) if is_crowd and not is_group else ObjectLabel(name, label, is_group)
