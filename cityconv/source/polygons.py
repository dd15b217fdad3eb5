"""One annotation file: JSON bytes to an `Annotation`, checked."""

from __future__ import annotations

import codecs
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from cityconv.errors import AnnotationError, quoted
from cityconv.source.label_table import Label, find_label
from cityconv.source.limits import excess

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
    """

    height: int
    width: int
    objects: tuple[ObjectLabel, ...]
    vertices: NDArray[np.int64]
    counts: NDArray[np.int64]


class _Object(msgspec.Struct, gc=False):
    label: str
    polygon: list[tuple[float, float]]
    deleted: object = False  # any truthy value, as in the official tool


class _Document(msgspec.Struct, gc=False):
    image_height: int = msgspec.field(name="imgHeight")
    image_width: int = msgspec.field(name="imgWidth")
    objects: list[_Object]


_decode = msgspec.json.Decoder(_Document).decode


def parse_annotation(content: bytes, where: str) -> Annotation:
    """Read one annotation file.

    Args:
        content: the file's bytes; UTF-8 JSON, with or without a byte order mark.
        where: the file's name, for messages.

    Raises:
        AnnotationError: the file is not JSON, lacks a field, breaks a rule or exceeds a limit. The message gives the
            JSON path.
    """
    try:
        document = _decode(content.removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AnnotationError(f"{where}: {_explain(content, error)}") from None
    _check_size(document, where)
    present = [(place, drawn) for place, drawn in enumerate(document.objects) if not drawn.deleted]
    objects = tuple(_drawn(drawn.label, place, where) for place, drawn in present)
    polygons = [drawn.polygon for _, drawn in present]
    counts = np.array([len(polygon) for polygon in polygons], np.int64)
    vertices = _vertices(polygons, counts)
    _check_polygons(vertices, counts, [place for place, _ in present], where)
    annotation = Annotation(document.image_height, document.image_width, objects, vertices.astype(np.int64), counts)
    _check_crossings(annotation, where)
    return annotation


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


def _check_size(document: _Document, where: str) -> None:
    for key, side in (("imgHeight", document.image_height), ("imgWidth", document.image_width)):
        if not 1 <= side <= MAX_SIDE:
            shown = side if abs(side) < 10**18 else "a number of more than 18 digits"
            raise AnnotationError(f"{where}: an image side must be 1 to {MAX_SIDE} pixels, not {shown} - at `$.{key}`")
    if words := excess(document.image_height * document.image_width, "pixels", "pixels"):
        raise AnnotationError(f"{where}: {words} - at `$.imgHeight`")
    if len(document.objects) > MAX_OBJECTS:
        raise AnnotationError(f"{where}: {len(document.objects)} objects, more than {MAX_OBJECTS} - at `$.objects`")


def _drawn(name: str, place: int, where: str) -> ObjectLabel:
    found = find_label(name)
    if found is None:
        raise AnnotationError(
            f"{where}: unknown label {quoted(name)} - at `$.objects[{place}].label`",
            "`cityconv labels` lists the known names",
        )
    return ObjectLabel(name, *found)


def _vertices(polygons: list[list[tuple[float, float]]], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return all vertices, float64 (V, 2), truncated toward zero as the official tool does."""
    numbers = chain.from_iterable(chain.from_iterable(polygons))
    return np.trunc(np.fromiter(numbers, np.float64, 2 * int(counts.sum()))).reshape(-1, 2)


def _check_polygons(vertices: NDArray[np.float64], counts: NDArray[np.int64], places: list[int], where: str) -> None:
    if len(counts) and not counts.all():
        place = places[int(np.argmin(counts))]
        raise AnnotationError(f"{where}: a polygon without points - at `$.objects[{place}].polygon`")
    absurd = np.flatnonzero(np.abs(vertices) > MAX_COORDINATE)
    if len(absurd):
        end = np.cumsum(counts)
        vertex = int(absurd[0]) // 2
        which = int(np.searchsorted(end, vertex, side="right"))
        point = int(vertex - end[which] + counts[which])
        raise AnnotationError(
            f"{where}: a coordinate beyond {MAX_COORDINATE} - at `$.objects[{places[which]}].polygon[{point}]`"
        )


def _check_crossings(annotation: Annotation, where: str) -> None:
    """Refuse polygons that would take much memory and time to rasterize, even if they have few points."""
    height, vertices = annotation.height, annotation.vertices
    if not excess(len(vertices) * height, "", "crossings"):
        return  # no edge crosses more than `height` rows: nearly every frame returns here
    y = np.clip(vertices[:, 1], 0, height)
    after = np.roll(y, -1)
    end = np.cumsum(annotation.counts)
    after[end - 1] = y[end - annotation.counts]
    if words := excess(int(np.abs(after - y).sum()), "crossings of edges with rows", "crossings"):
        raise AnnotationError(f"{where}: {words} - at `$.objects`")
