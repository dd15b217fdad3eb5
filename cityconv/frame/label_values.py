"""The value of every object in a label map: the map of a frame is its object map seen through these."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cityconv.errors import AnnotationError, UsageError
from cityconv.source.label_table import VOID_TRAIN_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Skipped
    from cityconv.source.classes import Selection
    from cityconv.vocabulary import LabelIdScheme

INSTANCES_PER_CLASS = 1000


def class_ids(selection: Selection, scheme: LabelIdScheme, *, instances: bool) -> list[int]:
    """Return the label id or train id of each class, as maps have them.

    Args:
        selection: the classes.
        scheme: which id.
        instances: whether instances are numbered.

    Raises:
        UsageError: a class has no such id, or one that makes the numbers of its instances those of other classes.
    """
    values = []
    for item in selection.classes:
        value = item.id if scheme == "label" else item.train_id
        if value is None:
            raise UsageError(f"class {item.name!r} has no {scheme} id of its own, so no value in a label map")
        if value == 0 and item.has_instances and instances:
            raise UsageError(
                f"instances of {item.name!r}, whose {scheme} id is 0, would take the values of other classes",
                "in a class map, put a class without instances first",
            )
        values.append(value)
    return values


def class_values(
    rasterized: RasterizedFrame, selection: Selection, values: Sequence[int], background: int
) -> list[int]:
    """Return the value of the background and then of each object, the same for all objects of a class.

    Args:
        rasterized: a frame of N objects.
        selection: the classes.
        values: the value of each class.
        background: the value where no selected object is.
    """
    table = [background]
    for item in rasterized.annotation.objects:
        placement = selection.place(item)
        table.append(background if isinstance(placement, str) else values[placement.class_index])
    return table


def instance_values(
    rasterized: RasterizedFrame, selection: Selection, values: Sequence[int], background: int
) -> list[int]:
    """Return the value of the background and then of each object, another one for each instance.

    The rule of cityscapesScripts: value * 1000 + n for the n-th object of a class that has instances, in file order,
    hidden objects counted too; the class's value alone for crowds, for classes without instances and for void.

    Raises:
        AnnotationError: a class has more instances than there are values.
    """
    table = [background]
    instances: Counter[int] = Counter()
    for item in rasterized.annotation.objects:
        placement = selection.place(item)
        if isinstance(placement, str):
            table.append(background)
            continue
        value = values[placement.class_index]
        if selection.classes[placement.class_index].has_instances and not placement.is_crowd and value != VOID_TRAIN_ID:
            instances[placement.class_index] += 1
            value = value * INSTANCES_PER_CLASS + instances[placement.class_index] - 1
        table.append(value)
    for index, number in instances.items():
        if number > INSTANCES_PER_CLASS:
            name = selection.classes[index].name
            raise AnnotationError(
                f"{rasterized.frame.where}: {number} instances of {name!r}, more than a label map can tell"
            )
    return table


def skipped_in_map(rasterized: RasterizedFrame, selection: Selection) -> Skipped:
    """Return the objects that a map does not show: of other classes, groups that are dropped, and hidden ones."""
    skipped: Skipped = Counter()
    shown = rasterized.shown("visible", selection.has_plates).tolist()
    for item, is_shown in zip(rasterized.annotation.objects, shown, strict=True):
        placement = selection.place(item)
        if isinstance(placement, str):
            skipped[placement, item.name] += 1
        elif not is_shown:
            skipped["hidden", item.name] += 1
    return skipped
