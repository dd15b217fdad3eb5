"""From objects to segments: what one annotation of an output stands for, and what is skipped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.vocabulary import SkipReason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.raster.regions import Regions
    from cityconv.source.classes import Selection
    from cityconv.vocabulary import Extent

Skipped = Counter[tuple[SkipReason, str]]  # number of objects by reason and drawn name


class Segment(NamedTuple):
    """What one annotation stands for.

    Attributes:
        class_index: its class in the selection.
        is_crowd: whether it is made of groups.
        objects: the indices of the objects it is made of.
    """

    class_index: int
    is_crowd: bool
    objects: list[int]


class Segments(NamedTuple):
    """The segments of a frame that have pixels, in the order in which their first objects were drawn.

    Attributes:
        items: S segments.
        regions: their pixels.
        areas: int64 (S,), in pixels.
        boxes: int64 (S, 4), x0, y0, x1, y1 in pixels, half-open.
        skipped: the objects that are in no segment.
    """

    items: list[Segment]
    regions: Regions
    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]
    skipped: Skipped


def find_segments(
    rasterized: RasterizedFrame,
    selection: Selection,
    *,
    per_class: bool,
    merge_crowds: bool = True,
    extent: Extent = "visible",
    min_area: int = 1,
) -> Segments:
    """Return the segments of a frame.

    Args:
        rasterized: the frame.
        selection: the classes, and how groups are treated.
        per_class: one segment per class, groups included; else one per object.
        merge_crowds: one segment for all crowds of a class, as in COCO; else one per crowd.
        extent: what is visible, or the full polygon.
        min_area: segments of fewer pixels are skipped; at least 1.
    """
    objects = rasterized.annotation.objects
    items, skipped = _gather(rasterized, selection, extent, per_class=per_class, merge_crowds=merge_crowds)
    regions = rasterized.regions(segment_table(items, len(objects)), len(items), extent, selection.has_plates)
    areas = regions.areas()
    kept = areas >= min_area
    for index in np.flatnonzero(~kept):
        skipped.update(("min_area", objects[member].name) for member in items[index].objects)
    regions = regions.select(kept)
    items = [item for item, is_kept in zip(items, kept.tolist(), strict=True) if is_kept]
    return Segments(items, regions, areas[kept], regions.boxes(), skipped)


def _gather(
    rasterized: RasterizedFrame, selection: Selection, extent: Extent, *, per_class: bool, merge_crowds: bool
) -> tuple[list[Segment], Skipped]:
    """Return the segments of the objects that have pixels."""
    shown = rasterized.shown(extent, selection.has_plates).tolist()
    segments: dict[tuple[int, ...], Segment] = {}
    unseen: list[int] = []
    skipped: Skipped = Counter(rasterized.annotation.skipped)
    for index, (label, is_shown) in enumerate(zip(rasterized.annotation.objects, shown, strict=True)):
        assignment = selection.assign(label)
        if isinstance(assignment, str):
            skipped[assignment, label.name] += 1
            continue
        if not is_shown:
            unseen.append(index)
            continue
        is_crowd = assignment.is_crowd and not per_class
        shared = per_class or (is_crowd and merge_crowds)
        key = (assignment.class_index, is_crowd) if shared else (assignment.class_index, is_crowd, index)
        segments.setdefault(key, Segment(assignment.class_index, is_crowd, [])).objects.append(index)
    skipped.update(count_unseen(rasterized, unseen, extent, selection.has_plates))
    return list(segments.values()), skipped


def count_unseen(rasterized: RasterizedFrame, indices: Sequence[int], extent: Extent, with_plates: bool) -> Skipped:
    """Return the objects without pixels, given by their indices, by the reason why they have none."""
    reasons = rasterized.reasons_unseen(indices, extent, with_plates)
    names = (rasterized.annotation.objects[index].name for index in indices)
    return Counter(zip(reasons, names, strict=True))


def visible_and_full_areas(
    rasterized: RasterizedFrame, segments: Segments, extent: Extent, selection: Selection
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many pixels of each segment are visible, and how many it has as drawn; int64 (S,) both.

    Args:
        rasterized: the frame.
        segments: its segments.
        extent: the extent that the segments were found with.
        selection: the classes that they were found with.
    """
    other: Extent = "full" if extent == "visible" else "visible"
    table = segment_table(segments.items, len(rasterized.annotation.objects))
    areas = rasterized.regions(table, len(segments.items), other, selection.has_plates).areas()
    return (segments.areas, areas) if other == "full" else (areas, segments.areas)


def segment_table(items: Sequence[Segment], objects: int) -> NDArray[np.int64]:
    """Return the look-up table from object map to segments: int64 (N + 1,), -1 for none."""
    table = np.full(objects + 1, -1)
    members = np.array([member for item in items for member in item.objects], np.int64)
    table[members + 1] = np.repeat(np.arange(len(items)), [len(item.objects) for item in items])
    return table
