"""The value of every object in a label map. These are the look-up tables that turn an object map into a label map."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from cityconv.errors import AnnotationError, UsageError
from cityconv.frame.segments import count_unseen
from cityconv.source.labels.table import VOID_TRAIN_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Skipped
    from cityconv.source.classes import Selection

INSTANCES_PER_CLASS = 1000
SEGMENT_ID_BITS = 24  # in the colors of panoptic maps


def class_ids(selection: Selection, scheme: str, bits: int, *, instances: bool = False) -> list[int]:
    """Return the id of each class in a scheme, its value in label maps; void (255) for a negative one.

    Args:
        selection: the classes.
        scheme: the id scheme.
        bits: the depth of the map.
        instances: whether the map numbers instances: value * 1000 + n.

    Raises:
        UsageError: a class has no such id, one that the map cannot hold, or one for which instance ids collide with the
            ids of other classes.
    """
    values = []
    for item in selection.classes:
        if scheme not in item.ids:
            raise UsageError(f"class {item.name!r} has no {scheme} id, and so no value in a label map")
        value = item.ids[scheme] if item.ids[scheme] >= 0 else VOID_TRAIN_ID
        subject = f"{scheme} id {value} of class {item.name!r}"
        is_numbered = instances and item.has_instances and value != VOID_TRAIN_ID
        if is_numbered and value == 0:
            raise UsageError(
                f"instance ids of {item.name!r}, whose {scheme} id is 0, would collide with the ids of other classes",
                "in a class map, put a class without instances first",
            )
        if instances and not is_numbered and value >= INSTANCES_PER_CLASS:
            raise UsageError(f"{subject}: values from {INSTANCES_PER_CLASS} are instances in a map of instances")
        if value * (INSTANCES_PER_CLASS if is_numbered else 1) >= 1 << bits:
            raise UsageError(f"{subject} does not fit a map of {bits} bits")
        values.append(value)
    return values


def segment_class_ids(selection: Selection) -> list[int]:
    """Return the id of each class that segment ids of panoptic maps are made of.

    They are the label ids. Where one of these is 0, which is void in a panoptic map, they are 1, 2, ...

    Raises:
        UsageError: as for `class_ids`.
    """
    if any(item.ids.get("label") == 0 for item in selection.classes):
        return list(range(1, len(selection.classes) + 1))
    return class_ids(selection, "label", SEGMENT_ID_BITS, instances=True)


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
    rasterized: RasterizedFrame, selection: Selection, values: Sequence[int], background: int, bits: int
) -> list[int]:
    """Return the value of the background, and then of each object, a different one for each instance.

    The rule of cityscapesScripts: an object of a class that has instances gets value * 1000 + n, where n counts the
    objects with this value from 0 in file order, hidden ones included. Crowds, classes without instances and void keep
    the value of the class. Objects of a map of instances keep the numbers of that map.

    Raises:
        AnnotationError: a value has more than 1000 instances, or more than the map can hold.
    """
    table = [background]
    members: dict[int, list[int]] = {}  # the objects that are numbered, by value
    for index, item in enumerate(rasterized.annotation.objects):
        assignment = selection.assign(item)
        if isinstance(assignment, str):
            table.append(background)
            continue
        value = values[assignment.class_index]
        has_instances = selection.classes[assignment.class_index].has_instances and not assignment.is_crowd
        if has_instances and value != VOID_TRAIN_ID:
            members.setdefault(value, []).append(index)
        table.append(value)
    for value, indices in members.items():
        numbers = _instance_numbers(rasterized.annotation.instances, indices)
        most = min(INSTANCES_PER_CLASS, (1 << bits) - value * INSTANCES_PER_CLASS)
        if max(numbers) >= most:
            name = next(item.name for item, own in zip(selection.classes, values, strict=True) if own == value)
            raise AnnotationError(
                f"{rasterized.frame.where}: {max(numbers) + 1} instances of {name!r}, "
                f"more than the {most} that a label map can hold"
            )
        for index, number in zip(indices, numbers, strict=True):
            table[index + 1] = value * INSTANCES_PER_CLASS + number
    return table


def _instance_numbers(own_numbers: NDArray[np.int64] | None, indices: list[int]) -> list[int]:
    """Return the number of each object: 0, 1, ..., or where a map has numbers of its own, these.

    Objects without a number, or whose number another object of the class has, are numbered above all others.
    """
    if own_numbers is None:
        return list(range(len(indices)))
    own = [int(own_numbers[index]) for index in indices]
    free = count(max(own) + 1)
    taken: set[int] = {-1}
    numbers = []
    for number in own:
        numbers.append(next(free) if number in taken else number)
        taken.add(number)
    return numbers


def skipped_in_map(rasterized: RasterizedFrame, selection: Selection) -> Skipped:
    """Return the objects that a map does not show: other classes, dropped groups, and those without a pixel."""
    skipped: Skipped = Counter(rasterized.annotation.skipped)
    shown = rasterized.shown("visible", selection.has_plates).tolist()
    unseen: list[int] = []
    for index, (item, is_shown) in enumerate(zip(rasterized.annotation.objects, shown, strict=True)):
        assignment = selection.assign(item)
        if isinstance(assignment, str):
            skipped[assignment, item.name] += 1
        elif not is_shown:
            unseen.append(index)
    skipped.update(count_unseen(rasterized, unseen, "visible", selection.has_plates))
    return skipped
