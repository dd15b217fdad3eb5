"""The value of every object in a label map. These are the look-up tables that turn an object map into a label map."""

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
    """Return the label id or train id of each class, its value in label maps.

    Args:
        selection: the classes.
        scheme: which of the two ids.
        instances: whether the map numbers instances.

    Raises:
        UsageError: a class has no such id, or one for which instance ids collide with the ids of other classes.
    """
    values = []
    for item in selection.classes:
        value = item.id if scheme == "label" else item.train_id
        if value is None:
            raise UsageError(f"class {item.name!r} has no {scheme} id, and so no value in a label map")
        if value == 0 and item.has_instances and instances:
            raise UsageError(
                f"instance ids of {item.name!r}, whose {scheme} id is 0, would collide with the ids of other classes",
                "in a class map, put a class without instances first",
            )
        values.append(value)
    return values


def class_values(
    rasterized: RasterizedFrame, selection: Selection, values: Sequence[int], background: int
) -> list[int]:
    """Return the value of the background, and then of each object: that of its class.

    Args:
        rasterized: a frame of N objects.
        selection: the classes.
        values: the value of each class.
        background: the value of pixels without a selected object.
    """
    table = [background]
    for item in rasterized.annotation.objects:
        assignment = selection.assign(item)
        table.append(background if isinstance(assignment, str) else values[assignment.class_index])
    return table


def instance_values(
    rasterized: RasterizedFrame, selection: Selection, values: Sequence[int], background: int
) -> list[int]:
    """Return the value of the background, and then of each object, a different one for each instance.

    The rule of cityscapesScripts: an object of a class that has instances gets value * 1000 + n, where n counts the
    objects of the class from 0 in file order, hidden ones included. Crowds, classes without instances and void keep the
    value of the class.

    Raises:
        AnnotationError: a class has more than 1000 instances.
    """
    table = [background]
    instances: Counter[int] = Counter()
    for item in rasterized.annotation.objects:
        assignment = selection.assign(item)
        if isinstance(assignment, str):
            table.append(background)
            continue
        value = values[assignment.class_index]
        if selection.classes[assignment.class_index].has_instances and not assignment.is_crowd and value != VOID_TRAIN_ID:
            instances[assignment.class_index] += 1
            value = value * INSTANCES_PER_CLASS + instances[assignment.class_index] - 1
        table.append(value)
    for index, number in instances.items():
        if number > INSTANCES_PER_CLASS:
            name = selection.classes[index].name
            raise AnnotationError(
                f"{rasterized.frame.where}: {number} instances of {name!r}, more than the {INSTANCES_PER_CLASS} of a label map"
            )
    return table


def skipped_in_map(rasterized: RasterizedFrame, selection: Selection) -> Skipped:
    """Return the objects that a map does not show: other classes, dropped groups, and hidden ones."""
    skipped: Skipped = Counter()
    shown = rasterized.shown("visible", selection.has_plates).tolist()
    for item, is_shown in zip(rasterized.annotation.objects, shown, strict=True):
        assignment = selection.assign(item)
        if isinstance(assignment, str):
            skipped[assignment, item.name] += 1
        elif not is_shown:
            skipped["hidden", item.name] += 1
    return skipped
