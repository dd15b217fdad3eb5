"""What outputs should say, by the rules of docs and release, and by no code that writes them.

Only what the released PNGs can vouch for is taken over: the reading of annotations, the fill rule and the object map.
Everything after that is stated here once more, plainly and without regard to speed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cityconv.check.bounded_mask import BoundedMask, masks_of_runs
from cityconv.check.findings import Checked, Finding
from cityconv.check.matching import MatchedObject
from cityconv.errors import AnnotationError, UsageError
from cityconv.frame.rasterized import RasterizedFrame
from cityconv.source.label_table import VOID_TRAIN_ID
from cityconv.source.polygons import parse_annotation
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from cityconv.frame.rasterized import Extent
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame

INSTANCES_PER_CLASS = 1000
_TRAIN_KINDS = (LabelMapKind.LABEL_TRAIN_IDS, LabelMapKind.INSTANCE_TRAIN_IDS)
_INSTANCE_KINDS = (LabelMapKind.INSTANCE_IDS, LabelMapKind.INSTANCE_TRAIN_IDS)


def check_frame(frame: Frame, compare: Callable[[RasterizedFrame], Checked]) -> Checked:
    """Read and draw a frame and compare it; an annotation that cannot be read is the finding then."""
    try:
        drawn = RasterizedFrame(frame, parse_annotation(frame.read(), frame.where))
    except AnnotationError as error:
        what = str(error).removeprefix(f"{frame.where}: ")
        return Checked(frame, {}, [Finding("annotation", frame.where, what)])
    return compare(drawn)


class Expected(NamedTuple):
    """An object that an output should have.

    Attributes:
        class_index: its class in the selection.
        is_crowd: whether it is made of groups.
        mask: its pixels.
        objects: the indices of the drawn objects it is made of.
    """

    class_index: int
    is_crowd: bool
    mask: BoundedMask
    objects: list[int]

    def thing(self, selection: Selection) -> MatchedObject:
        """Return the object as matching wants it."""
        return MatchedObject(selection.classes[self.class_index].name, self.is_crowd, self.mask.box, self.mask, "")


def expected_objects(
    drawn: RasterizedFrame,
    selection: Selection,
    *,
    per_class: bool = False,
    merge_crowds: bool = True,
    extent: Extent = "visible",
    min_area: int = 1,
) -> list[Expected]:
    """Return the objects that an output should have, in the order in which they were first drawn.

    Args:
        drawn: the frame.
        selection: the classes, and what becomes of groups.
        per_class: one object a class, groups included; else one for each that was drawn.
        merge_crowds: one object for all crowds of a class; else one a crowd.
        extent: what is visible, or all that was drawn.
        min_area: the number of pixels below which an object is not expected.
    """
    gathered: dict[tuple[int, bool, int], list[int]] = {}
    for index, item in enumerate(drawn.annotation.objects):
        placement = selection.place(item)
        if isinstance(placement, str):
            continue
        is_crowd = placement.is_crowd and not per_class
        own = -1 if per_class or (is_crowd and merge_crowds) else index
        gathered.setdefault((placement.class_index, is_crowd, own), []).append(index)
    masks = object_masks(drawn, list(gathered.values()), extent, selection.has_plates)
    return [
        Expected(class_index, is_crowd, mask, objects)
        for ((class_index, is_crowd, _), objects), mask in zip(gathered.items(), masks, strict=True)
        if mask.area >= min_area
    ]


def object_masks(
    drawn: RasterizedFrame, members: Sequence[list[int]], extent: Extent, with_plates: bool
) -> list[BoundedMask]:
    """Return the pixels of objects, each made of drawn objects: those in front, or all that were drawn."""
    owner = np.full(len(drawn.annotation.objects) + 1, -1)
    for index, objects in enumerate(members):
        owner[np.array(objects) + 1] = index
    width = drawn.annotation.width
    if extent == "full":
        spans = drawn.spans
        return masks_of_runs(owner[spans.polygon + 1], spans.start, spans.stop, len(members), width)
    front = drawn.object_map(with_plates)
    return masks_of_runs(owner[front.polygon], front.start[:-1], front.start[1:], len(members), width)


def image_through(drawn: RasterizedFrame, table: NDArray[Any], with_plates: bool) -> NDArray[Any]:
    """Return the image (H, W) that shows for each pixel the entry of the object in front, entry 0 for none."""
    front = drawn.object_map(with_plates)
    return np.repeat(table[front.polygon], np.diff(front.start)).reshape(front.height, front.width)


def expected_map(kind: LabelMapKind, drawn: RasterizedFrame, selection: Selection) -> NDArray[Any]:
    """Return a label map, (H, W) of uint8 or uint16, or for colors of uint32: 0xAARRGGBB.

    Raises:
        UsageError: as `class_values` does.
    """
    if kind is LabelMapKind.COLOR:
        colors = [_packed(item.color) for item in selection.classes]
        return _through_classes(drawn, selection, colors, _packed((0, 0, 0)), np.dtype(np.uint32))
    background = VOID_TRAIN_ID if kind in _TRAIN_KINDS else 0
    values = class_values(kind, selection)
    if kind not in _INSTANCE_KINDS:
        return _through_classes(drawn, selection, values, background, np.dtype(np.uint8))
    numbers = instance_numbers(drawn, selection, values, background)
    return image_through(drawn, np.array(numbers).astype(np.uint16), selection.has_plates)


def _packed(color: tuple[int, int, int]) -> int:
    red, green, blue = color
    return 0xFF000000 | red << 16 | green << 8 | blue


def class_values(kind: LabelMapKind, selection: Selection) -> list[int]:
    """Return the value of each class in a kind of label map.

    Raises:
        UsageError: a class has none, so there cannot be such a map.
    """
    if kind is LabelMapKind.CATEGORY_IDS:
        return [item.category_id for item in selection.classes]
    values = [item.train_id if kind in _TRAIN_KINDS else item.id for item in selection.classes]
    for item, value in zip(selection.classes, values, strict=True):
        if value is None:
            raise UsageError(f"class {item.name!r} has no value of its own in {kind}")
    return [value for value in values if value is not None]


def _through_classes(
    drawn: RasterizedFrame, selection: Selection, values: Sequence[int], background: int, dtype: np.dtype[Any]
) -> NDArray[Any]:
    table = [background]
    for item in drawn.annotation.objects:
        placement = selection.place(item)
        table.append(background if isinstance(placement, str) else values[placement.class_index])
    return image_through(drawn, np.array(table).astype(dtype), selection.has_plates)


def class_masks(drawn: RasterizedFrame, selection: Selection) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield the name and the map of each class that is to be seen: uint8 (H, W), 255 where it is."""
    in_front = np.unique(drawn.object_map(selection.has_plates).polygon).tolist()
    places = [selection.place(drawn.annotation.objects[number - 1]) for number in in_front if number]
    for index in sorted({place.class_index for place in places if not isinstance(place, str)}):
        values = [255 if number == index else 0 for number in range(len(selection.classes))]
        yield selection.classes[index].name, _through_classes(drawn, selection, values, 0, np.dtype(np.uint8))


def instance_numbers(drawn: RasterizedFrame, selection: Selection, values: Sequence[int], background: int) -> list[int]:
    """Return the number of the background and then of each object, as instance maps have them.

    An object of a class that has instances is numbered value * 1000 + n, counting n of the class in file order, hidden
    ones too. Crowds, classes without instances and void have the value alone.
    """
    numbers, seen = [background], Counter[int]()
    for item in drawn.annotation.objects:
        placement = selection.place(item)
        if isinstance(placement, str):
            numbers.append(background)
            continue
        index, is_crowd = placement
        number = values[index]
        if selection.classes[index].has_instances and not is_crowd and number != VOID_TRAIN_ID:
            number = number * INSTANCES_PER_CLASS + seen[index]
            seen[index] += 1
        numbers.append(number)
    return numbers
