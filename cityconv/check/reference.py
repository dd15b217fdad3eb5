"""The oracle: what every output should contain, stated once, independently of the code that writes it.

From an annotation to the object map, the code is shared with the writers: the reading of annotations and label maps,
the fill rule, and who is in front, all in the size of the annotation. `cityconv verify SRC` proves that part against
the released PNGs. Every rule after it, and how another size is sampled, is restated here, plainly and without regard to
speed. Therefore this module must import nothing from `formats/`, and neither `frame.label_values` nor `frame.segments`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cityconv.check.bounded_mask import masks_of_runs
from cityconv.check.findings import Checked, Finding
from cityconv.check.matching import MatchedObject
from cityconv.check.sampling import sample_image, sample_mask, sources
from cityconv.errors import AnnotationError, UsageError
from cityconv.raster.bounded_mask import BoundedMask
from cityconv.source.labels.table import VOID_TRAIN_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from cityconv.frame.map_kinds import MapKind
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame
    from cityconv.vocabulary import Extent

INSTANCES_PER_CLASS = 1000  # instance ids are class value * 1000 + n, as in the release


def check_frame(frame: Frame, reader: FrameReader, compare: Callable[[RasterizedFrame], Checked]) -> Checked:
    """Read and rasterize a frame, and compare it. An annotation that cannot be read becomes the only finding."""
    try:
        rasterized = reader(frame)
    except AnnotationError as error:
        message = str(error).removeprefix(f"{frame.where}: ")
        return Checked(frame, {}, [Finding("annotation", frame.where, message)])
    return compare(rasterized)


class ExpectedObject(NamedTuple):
    """An object that an output should have.

    Attributes:
        class_index: the index of its class in the selection.
        is_crowd: whether it is a crowd.
        mask: its pixels.
        members: the indices of the annotated objects that it consists of.
    """

    class_index: int
    is_crowd: bool
    mask: BoundedMask
    members: list[int]

    def to_match(self, selection: Selection) -> MatchedObject:
        """Return the object as `matching.match` takes it."""
        return MatchedObject(selection.classes[self.class_index].name, self.is_crowd, self.mask.box, self.mask, "")


def expected_objects(
    rasterized: RasterizedFrame,
    selection: Selection,
    *,
    per_class: bool = False,
    merge_crowds: bool = True,
    extent: Extent = "visible",
    min_area: int = 1,
) -> list[ExpectedObject]:
    """Return the objects that an output should have, in the order of their first members in the annotation.

    Args:
        rasterized: the frame.
        selection: the classes, and how groups are represented.
        per_class: whether all objects of a class, groups included, form one object.
        merge_crowds: whether all crowds of a class form one object.
        extent: the visible or the full extent of objects.
        min_area: objects with fewer pixels are skipped.
    """
    members: dict[tuple[int, bool, int], list[int]] = {}
    for index, item in enumerate(rasterized.annotation.objects):
        assignment = selection.assign(item)
        if isinstance(assignment, str):
            continue
        is_crowd = assignment.is_crowd and not per_class
        distinct = -1 if per_class or (is_crowd and merge_crowds) else index
        members.setdefault((assignment.class_index, is_crowd, distinct), []).append(index)
    masks = object_masks(rasterized, list(members.values()), extent, selection.has_plates)
    return [
        ExpectedObject(class_index, is_crowd, mask, indices)
        for ((class_index, is_crowd, _), indices), mask in zip(members.items(), masks, strict=True)
        if mask.area >= min_area
    ]


def object_masks(
    rasterized: RasterizedFrame, members: Sequence[list[int]], extent: Extent, with_plates: bool
) -> list[BoundedMask]:
    """Return the visible or full masks of objects, each given by the indices of its members in the annotation.

    They are made in the size of the annotation, and then sampled in that of the output.
    """
    owner = np.full(len(rasterized.annotation.objects) + 1, -1)
    for index, indices in enumerate(members):
        owner[np.array(indices) + 1] = index
    whole = rasterized.unsampled
    if extent == "full":
        spans = whole.spans
        masks = masks_of_runs(owner[spans.polygon + 1], spans.start, spans.stop, len(members), whole.width)
    else:
        front = whole.object_map(with_plates)
        masks = masks_of_runs(owner[front.polygon], front.start[:-1], front.start[1:], len(members), whole.width)
    if (rasterized.height, rasterized.width) == (whole.height, whole.width):
        return masks
    rows, columns = sources(rasterized.height, whole.height), sources(rasterized.width, whole.width)
    return [sample_mask(mask, rows, columns) for mask in masks]


def mapped_image(rasterized: RasterizedFrame, table: NDArray[Any], with_plates: bool) -> NDArray[Any]:
    """Return the object map through a lookup table, in the size of the output.

    Args:
        rasterized: the frame of N annotated objects.
        table: (N + 1,), the value for pixels without an object, then the value of each object.
        with_plates: whether license plates are drawn.

    Returns:
        (H, W) of the table's dtype.
    """
    front = rasterized.unsampled.object_map(with_plates)
    image = np.repeat(table[front.polygon], np.diff(front.start)).reshape(front.height, front.width)
    return sample_image(image, rasterized.height, rasterized.width)


def expected_map(kind: MapKind, rasterized: RasterizedFrame, selection: Selection) -> NDArray[Any]:
    """Return a label map of ids or colors: (H, W) of uint8 or uint16, or for colors of uint32 as 0xAARRGGBB.

    Raises:
        UsageError: see `class_values`.
    """
    if kind.content == "color":
        colors = [_argb(item.color) for item in selection.classes]
        background = _argb(selection.table.background_color)
        return _class_map(rasterized, selection, colors, background, np.dtype(np.uint32))
    background = selection.background(kind.scheme)
    values = class_values(kind, selection)
    if kind.content == "class":
        return _class_map(rasterized, selection, values, background, np.dtype(np.uint8))
    ids = instance_ids(rasterized, selection, values, background)
    return mapped_image(rasterized, np.array(ids).astype(np.uint16), selection.has_plates)


def _argb(color: tuple[int, int, int]) -> int:
    red, green, blue = color
    return 0xFF000000 | red << 16 | green << 8 | blue


def class_values(kind: MapKind, selection: Selection) -> list[int]:
    """Return the value of each class in a label map of ids. Negative ids are void.

    Raises:
        UsageError: a class has no id in the scheme of the map, or one that the map cannot hold.
    """
    values = []
    for item in selection.classes:
        value = item.ids.get(kind.scheme)
        if value is None:
            raise UsageError(f"class {item.name!r} has no value of its own in {kind.name}")
        if value >= 1 << kind.bits:
            raise UsageError(f"class {item.name!r}: {value} does not fit the {kind.bits} bits of {kind.name}")
        values.append(value if value >= 0 else VOID_TRAIN_ID)
    return values


def _class_map(
    rasterized: RasterizedFrame, selection: Selection, values: Sequence[int], background: int, dtype: np.dtype[Any]
) -> NDArray[Any]:
    table = [background]
    for item in rasterized.annotation.objects:
        assignment = selection.assign(item)
        table.append(background if isinstance(assignment, str) else values[assignment.class_index])
    return mapped_image(rasterized, np.array(table).astype(dtype), selection.has_plates)


def class_masks(rasterized: RasterizedFrame, selection: Selection) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield the name and the mask of each visible class: uint8 (H, W), 255 inside and 0 outside."""
    numbers = np.arange(len(rasterized.annotation.objects) + 1)
    in_front = np.unique(mapped_image(rasterized, numbers, selection.has_plates)).tolist()
    placements = [selection.assign(rasterized.annotation.objects[number - 1]) for number in in_front if number]
    for index in sorted({assignment.class_index for assignment in placements if not isinstance(assignment, str)}):
        values = [255 if other == index else 0 for other in range(len(selection.classes))]
        yield selection.classes[index].name, _class_map(rasterized, selection, values, 0, np.dtype(np.uint8))


def instance_ids(
    rasterized: RasterizedFrame, selection: Selection, values: Sequence[int], background: int
) -> list[int]:
    """Return the instance id of the background, then of each annotated object, as in the released instance maps.

    An object of a class with instances has the id value * 1000 + n, where n counts the objects with this value in file
    order, hidden ones included. Crowds, classes without instances, and void have the id value.

    An object that was read from an instance map keeps its number there as n. If it has none, or another object with
    this value has it, it gets the first number above those of all objects with this value.
    """
    ids = [background]
    counted: dict[int, list[int]] = {}  # the objects with each value that have numbers, as indices
    for index, item in enumerate(rasterized.annotation.objects):
        assignment = selection.assign(item)
        if isinstance(assignment, str):
            ids.append(background)
            continue
        value = values[assignment.class_index]
        ids.append(value)
        has_instances = selection.classes[assignment.class_index].has_instances
        if has_instances and not assignment.is_crowd and value != VOID_TRAIN_ID:
            counted.setdefault(value, []).append(index)
    own = rasterized.annotation.instances
    for value, indices in counted.items():
        numbers = [-1] * len(indices) if own is None else own[indices].tolist()
        following = max(numbers) + 1
        taken: set[int] = set()
        for index, stated in zip(indices, numbers, strict=True):
            number = following if stated < 0 or stated in taken else stated
            following = max(following, number + 1)
            taken.add(number)
            ids[index + 1] = value * INSTANCES_PER_CLASS + number
    return ids


def segment_class_ids(selection: Selection) -> list[int]:
    """Return the number of each class in the segment ids of panoptic maps, in which 0 is void.

    These are the label ids, or 1, 2, ... if one of them is 0.

    Raises:
        UsageError: a class has no label id.
    """
    if missing := [item.name for item in selection.classes if item.ids.get("label", -1) < 0]:
        raise UsageError(f"class {missing[0]!r} has no label id, of which segment ids are made")
    ids = [item.ids["label"] for item in selection.classes]
    return list(range(1, len(ids) + 1)) if 0 in ids else ids
