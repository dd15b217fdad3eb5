"""One annotation file: JSON bytes to an `Annotation`, checked."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from cityconv.errors import AnnotationError, UnknownLabelError, counted, quoted
from cityconv.source.labels.files import load_table
from cityconv.source.labels.table import Label, LabelTable
from cityconv.source.limits import excess
from cityconv.vocabulary import DEFAULT_TABLE, SkipReason, UnknownLabels

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_SIDE = 32_768
MAX_OBJECTS = 65_535
MAX_COORDINATE = 1_000_000  # well below 2**24, up to which float32 holds every integer


class ObjectLabel(NamedTuple):
    """The label of an object, as it was drawn.

    Attributes:
        name: the name in the file.
        label: its row in the label table.
        is_group: whether it stands for several things that are not told apart.
    """

    name: str
    label: Label
    is_group: bool


class Annotation(NamedTuple):
    """The objects of one frame, back to front, without deleted ones.

    Attributes:
        height: rows of the image.
        width: columns of the image.
        objects: the labels of the N objects.
        vertices: int64 (V, 2), x and y in pixels, of all polygons in order.
        counts: int64 (N,), the number of vertices of each polygon.
        skipped: the number of objects that are not among these, by reason and drawn name.
        instances: for objects that were read from a map of instances, the instance number of each; -1 for regions.
        has_boxes: whether of some objects only the boxes are known, which they cover.
    """

    height: int
    width: int
    objects: tuple[ObjectLabel, ...]
    vertices: NDArray[np.int64]
    counts: NDArray[np.int64]
    skipped: Mapping[tuple[SkipReason, str], int] = MappingProxyType({})
    instances: NDArray[np.int64] | None = None
    has_boxes: bool = False


class _Object(msgspec.Struct, gc=False):
    label: str
    polygon: list[tuple[float, float]]
    deleted: object = False  # any truthy value, as in the official tool


class _Document(msgspec.Struct, gc=False):
    image_height: int = msgspec.field(name="imgHeight")
    image_width: int = msgspec.field(name="imgWidth")
    objects: list[_Object]


class _Label(msgspec.Struct, gc=False):
    label: str
    deleted: object = False


class _Labels(msgspec.Struct, gc=False):
    objects: list[_Label]


_decode = msgspec.json.Decoder(_Document).decode
_decode_labels = msgspec.json.Decoder(_Labels).decode


def parse_annotation(
    content: bytes, where: str, table: LabelTable | None = None, unknown_labels: UnknownLabels = "fail"
) -> Annotation:
    """Read one annotation file. Objects with an empty polygon are skipped.

    Args:
        content: the file's bytes; UTF-8 JSON, with or without a byte order mark.
        where: the file's name, for messages.
        table: the label table; that of Cityscapes when not given.
        unknown_labels: whether an object whose label the table does not have is an error, or is skipped.

    Raises:
        UnknownLabelError: a label is not in the table.
        AnnotationError: the file is not JSON, lacks a field, breaks a rule or exceeds a limit. The message gives the
            JSON path.
    """
    table = load_table(DEFAULT_TABLE) if table is None else table
    try:
        document = _decode(content.removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AnnotationError(f"{where}: {_explain(content, error)}") from None
    sides = {"$.imgHeight": document.image_height, "$.imgWidth": document.image_width}
    check_frame_size(sides, len(document.objects), "$.objects", where)
    labels = {index: table.find(item.label) for index, item in enumerate(document.objects) if not item.deleted}
    unknown = [index for index, found in labels.items() if found is None]
    if unknown and unknown_labels == "fail":
        names = [document.objects[index].label for index in unknown]
        raise unknown_labels_error(names, table, where, f"at `$.objects[{unknown[0]}].label`")
    skipped: Counter[tuple[SkipReason, str]] = Counter(("unknown", document.objects[index].label) for index in unknown)
    present: list[int] = []
    objects: list[ObjectLabel] = []
    for index, found in labels.items():
        item = document.objects[index]
        if found is None:
            continue
        if item.polygon:
            present.append(index)
            objects.append(ObjectLabel(item.label, *found))
        else:
            skipped["empty", item.label] += 1
    polygons = [document.objects[index].polygon for index in present]
    counts = np.array([len(polygon) for polygon in polygons], np.int64)
    vertices = _vertices(polygons, counts)
    _check_coordinates(vertices, counts, present, where)
    annotation = Annotation(
        document.image_height, document.image_width, tuple(objects), vertices.astype(np.int64), counts, skipped
    )
    check_crossings(annotation, where)
    return annotation


def drawn_labels(content: bytes) -> list[str]:
    """Return the labels of the objects in an annotation file; none if it cannot be read."""
    try:
        objects = _decode_labels(content.removeprefix(codecs.BOM_UTF8)).objects
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return [item.label for item in objects if not item.deleted]


def unknown_labels_error(names: Sequence[str], table: LabelTable, where: str, place: str) -> UnknownLabelError:
    """Return the error of objects whose labels are not in the table.

    Args:
        names: the label of each, in their order.
        table: the table.
        where: the file.
        place: the place of the first in it.
    """
    counts = Counter(names)
    name, *others = counts
    more = f" and {counted(len(others), 'more label')}" if others else ""
    return UnknownLabelError(
        f"{where}: unknown label {quoted(name)}{more}, not in the label table {table.name} - {place}", counts
    )


def _explain(content: bytes, error: Exception) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16, not UTF-8 text"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 text: {error.reason} (byte {content.find(error.object) + error.start})"
    if isinstance(error, RecursionError):
        return "JSON is nested too deeply"
    if str(error) == "Input data was truncated":
        is_empty = not content.removeprefix(codecs.BOM_UTF8).strip()
        return "the file is empty" if is_empty else f"JSON is truncated after byte {len(content)}"
    return str(error)


def check_frame_size(sides: Mapping[str, int], objects: int, objects_path: str, where: str) -> None:
    """Refuse frames that would take too much memory.

    Args:
        sides: height and width of the image, each by its path in the file.
        objects: the number of objects.
        objects_path: their path in the file.
        where: the file.

    Raises:
        AnnotationError: a side is not 1 to 32,768 pixels, or there are too many pixels or objects.
    """
    for path, side in sides.items():
        if not 1 <= side <= MAX_SIDE:
            shown = side if abs(side) < 10**18 else "a number of more than 18 digits"
            raise AnnotationError(f"{where}: an image side must be 1 to {MAX_SIDE} pixels, not {shown} - at `{path}`")
    if words := excess(prod(sides.values()), "pixels", "pixels"):
        raise AnnotationError(f"{where}: {words} - at `{next(iter(sides))}`")
    if objects > MAX_OBJECTS:
        raise AnnotationError(f"{where}: {objects} objects, more than {MAX_OBJECTS} - at `{objects_path}`")


def _vertices(polygons: list[list[tuple[float, float]]], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return all vertices, float64 (V, 2), truncated toward zero as the official tool does."""
    numbers = chain.from_iterable(chain.from_iterable(polygons))
    return np.trunc(np.fromiter(numbers, np.float64, 2 * int(counts.sum()))).reshape(-1, 2)


def _check_coordinates(
    vertices: NDArray[np.float64], counts: NDArray[np.int64], indices: list[int], where: str
) -> None:
    absurd = np.flatnonzero(np.abs(vertices) > MAX_COORDINATE)
    if len(absurd):
        end = np.cumsum(counts)
        vertex = int(absurd[0]) // 2
        which = int(np.searchsorted(end, vertex, side="right"))
        point = int(vertex - end[which] + counts[which])
        raise AnnotationError(
            f"{where}: a coordinate beyond {MAX_COORDINATE} - at `$.objects[{indices[which]}].polygon[{point}]`"
        )


def check_crossings(annotation: Annotation, where: str, enlargement: float = 1) -> None:
    """Refuse polygons that would take much memory and time to rasterize, even if they have few points.

    Args:
        annotation: the polygons.
        where: the file's name, for messages.
        enlargement: the number of rows that are rasterized for each row of the image.

    Raises:
        AnnotationError: their edges cross more rows than the limit.
    """
    height, vertices = annotation.height, annotation.vertices
    if not excess(int(len(vertices) * height * enlargement), "", "crossings"):
        return  # no edge crosses more than `height` rows: nearly every frame returns here
    y = np.clip(vertices[:, 1], 0, height)
    after = np.roll(y, -1)
    end = np.cumsum(annotation.counts)
    after[end - 1] = y[end - annotation.counts]
    crossings = int(np.abs(after - y).sum() * enlargement)
    if words := excess(crossings, "crossings of edges with rows", "crossings"):
        raise AnnotationError(f"{where}: {words} - at `$.objects`")
