"""What the pixel values of label maps stand for: which label, and which instance of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.errors import AnnotationError
from cityconv.source.labels.table import GROUP_SUFFIX, Color, Label, LabelTable
from cityconv.source.polygons import MAX_OBJECTS, ObjectLabel
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The kinds of map that can be read, those that tell most first.
MAP_KINDS = (
    LabelMapKind.INSTANCE_IDS,
    LabelMapKind.LABEL_IDS,
    LabelMapKind.LABEL_TRAIN_IDS,
    LabelMapKind.COLOR,
)
COLOR_SCHEME = "color"
_FIRST_INSTANCE_VALUE = 1000
_INSTANCES_PER_LABEL = 1000
_NO_INSTANCE = -1


class MapEncoding(NamedTuple):
    """How pixel values are made.

    Attributes:
        scheme: which ids of the label table the values are made of; COLOR_SCHEME for colors as 0xRRGGBB.
        background: the value of pixels without an object, in that scheme.
        has_instances: whether single objects have values of their own.
        divisor: how many values each label has, `label * divisor + instance` with instance 0 for none (KITTI: 256).
            None for the rule of Cityscapes: `label * 1000 + instance` from 1000 on, the label alone below.
    """

    scheme: str
    background: int
    has_instances: bool = False
    divisor: int | None = None


class DistinctValues(NamedTuple):
    """The V distinct values of a map.

    Attributes:
        values: (V,), ascending.
        areas: int64 (V,), the number of pixels of each.
        first: int64 (V, 2), x and y of the first pixel of each.
    """

    values: NDArray[np.unsignedinteger]
    areas: NDArray[np.int64]
    first: NDArray[np.int64]


class MapObjects(NamedTuple):
    """The N objects of a map, in ascending order of their values.

    Attributes:
        objects: what each object is; all pixels of a class of things that are not told apart are one group.
        instances: int64 (N,), the instance number that the map itself gives; -1 for regions that are no single object.
        is_object: bool (V,), which of the map's values are objects; the others are background.
        unknown: a description of each value that the table does not have.
    """

    objects: tuple[ObjectLabel, ...]
    instances: NDArray[np.int64]
    is_object: NDArray[np.bool_]
    unknown: tuple[str, ...] = ()


def map_encoding(kind: LabelMapKind, labels: LabelTable, divisor: int | None = None) -> MapEncoding:
    """Return how the values of a kind of map are made.

    Args:
        kind: one of MAP_KINDS.
        labels: the label table.
        divisor: as in MapEncoding; only for maps of instances.
    """
    if kind == LabelMapKind.COLOR:
        red, green, blue = labels.background_color
        return MapEncoding(COLOR_SCHEME, red << 16 | green << 8 | blue)
    scheme = "train" if kind == LabelMapKind.LABEL_TRAIN_IDS else "label"
    return MapEncoding(scheme, labels.background(scheme), kind == LabelMapKind.INSTANCE_IDS, divisor)


def find_objects(
    found: DistinctValues, encoding: MapEncoding, labels: LabelTable, where: str, *, drop_unknown: bool = False
) -> MapObjects:
    """Return the objects that the values of a map stand for.

    Where labels share a value or a color, the first row of the table is taken: in Cityscapes black is `unlabeled`, and
    (153, 153, 153) is `pole`.

    Args:
        found: the values of the map.
        encoding: how they are made.
        labels: the label table.
        where: the file's name, for messages.
        drop_unknown: whether values that the table does not have become background.

    Raises:
        AnnotationError: the table lacks a value, or there are too many objects; for a value, the message gives the
            number of its pixels and the first of them.
    """
    objects: list[ObjectLabel] = []
    instances: list[int] = []
    unknown: list[str] = []
    is_object = np.zeros(len(found.values), np.bool_)
    for index, value in enumerate(found.values.tolist()):
        number, instance = _split(value, encoding)
        if number == encoding.background and instance == _NO_INSTANCE:
            continue
        label = _find_label(number, encoding.scheme, labels)
        if label is None and drop_unknown:
            unknown.append(_describe(value, number, encoding))
            continue
        if label is None:
            raise AnnotationError(
                f"{where}: {_describe(value, number, encoding)} is not in the label table: {_extent(found, index)}",
                "`cityconv labels` lists the known ones",
            )
        if instance > 0 and encoding.divisor is None and not label.has_instances:  # another encoding, such as KITTI's
            raise AnnotationError(
                f"{where}: {_describe(value, number, encoding)} is not possible: {label.name!r} has no instances: "
                f"{_extent(found, index)}",
                "--instance-divisor 256 reads KITTI's maps",
            )
        objects.append(
            region_label(label, labels) if instance == _NO_INSTANCE else ObjectLabel(label.name, label, False)
        )
        instances.append(instance)
        is_object[index] = True
    if len(objects) > MAX_OBJECTS:
        raise AnnotationError(f"{where}: {len(objects)} objects, more than {MAX_OBJECTS}")
    return MapObjects(tuple(objects), np.array(instances, np.int64), is_object, tuple(unknown))


def _split(value: int, encoding: MapEncoding) -> tuple[int, int]:
    """Return the number of the label and of the instance."""
    if not encoding.has_instances:
        return value, _NO_INSTANCE
    if encoding.divisor is not None:
        number, instance = divmod(value, encoding.divisor)
        return number, instance or _NO_INSTANCE
    return divmod(value, _INSTANCES_PER_LABEL) if value >= _FIRST_INSTANCE_VALUE else (value, _NO_INSTANCE)


def _find_label(number: int, scheme: str, labels: LabelTable) -> Label | None:
    if scheme != COLOR_SCHEME:
        return labels.label_of(number, scheme)
    match = labels.label_of_color(_color(number))
    return match and match[0]


def region_label(label: Label, labels: LabelTable) -> ObjectLabel:
    """Return what all pixels of a label are together: stuff, or a group of things."""
    if not label.has_instances:
        return ObjectLabel(label.name, label, is_group=False)
    name = label.name + GROUP_SUFFIX
    if labels.find(name) != (label, True):  # a class of its own, as `polegroup` is where poles are things
        name = f"{label.name} {GROUP_SUFFIX}"
    return ObjectLabel(name, label, is_group=True)


def _describe(value: int, number: int, encoding: MapEncoding) -> str:
    if encoding.scheme == COLOR_SCHEME:
        return f"color {_color(value)}"
    return f"value {value}" if value == number else f"value {value}, an instance of label {number},"


def _extent(found: DistinctValues, index: int) -> str:
    area = int(found.areas[index])
    x, y = found.first[index].tolist()
    return f"{area:,} pixel{'s' * (area != 1)}, first at x {x}, y {y}"


def _color(number: int) -> Color:
    return number >> 16, number >> 8 & 255, number & 255
