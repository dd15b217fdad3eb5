"""Frames of COCO files: the masks of annotations, or a map of segments, and what is in front."""

from __future__ import annotations

from math import ceil, floor, isfinite
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.errors import AnnotationError
from cityconv.frame.coco_masks import read_mask
from cityconv.frame.mask_allowance import MaskAllowance, MaskError
from cityconv.raster.map_runs import find_runs
from cityconv.raster.scanline import Spans
from cityconv.source.limits import excess
from cityconv.source.map_png import read_color_map
from cityconv.source.polygons import MAX_COORDINATE, Annotation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.frame.segments import Skipped
    from cityconv.raster.objectmap import ObjectMap
    from cityconv.source.coco_annotations import CocoFrame, CocoObject
    from cityconv.vocabulary import Front

_BOX_HINT = "--task detection --extent full of coco or voc, or --task detect --extent full of yolo, take boxes"


class _Mask(NamedTuple):
    """The pixels of an annotation.

    Attributes:
        item: the annotation.
        start: int64 (R,), the first pixel of each horizontal run, as row * width + column.
        stop: int64 (R,), one past its last pixel.
        area: the number of pixels.
    """

    item: CocoObject
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    area: int


def draw_masks(found: CocoFrame, where: str, front: Front, *, takes_boxes: bool = False) -> tuple[Annotation, Spans]:
    """Return the objects of an image, back to front, and their pixels. Annotations without a pixel are skipped.

    Args:
        found: what the file says.
        where: the file and the image, for messages.
        front: which of two annotations is in front.
        takes_boxes: whether an annotation without a mask covers its box; otherwise, it is an error.

    Raises:
        AnnotationError: an annotation has no mask, or one that breaks a rule, or the masks exceed the limits.
    """
    masks = _read_masks(found, where, takes_boxes)
    skipped = found.skipped.copy()
    skipped.update(("empty", mask.item.label.name) for mask in masks if not mask.area)
    masks = [mask for mask in masks if mask.area]
    if front != "last":
        masks.sort(key=lambda mask: -mask.area if front == "smaller" else mask.area)
    polygon = np.repeat(np.arange(len(masks)), np.array([len(mask.start) for mask in masks], np.int64))
    starts, stops = ([getattr(mask, name) for mask in masks] or [np.empty(0, np.int64)] for name in ("start", "stop"))
    annotation = _annotation(found, [mask.item for mask in masks], skipped)
    annotation = annotation._replace(has_boxes=not all(mask.item.segmentation for mask in masks))
    return annotation, Spans(polygon, np.concatenate(starts), np.concatenate(stops))


def _read_masks(found: CocoFrame, where: str, takes_boxes: bool) -> list[_Mask]:
    allowance = MaskAllowance(found.height, found.width)
    masks: list[_Mask] = []
    runs = 0
    for item in found.objects:
        try:
            mask = _mask_of(item, found, allowance, takes_boxes)
        except MaskError as error:
            raise AnnotationError(f"{where}: annotation {item.id}: {error}") from None
        if mask is None:
            raise AnnotationError(f"{where}: annotation {item.id}: {_without_mask(item)}", _BOX_HINT * bool(item.box))
        runs += len(mask.start)
        if words := excess(runs, "runs of pixels in masks", "crossings"):
            raise AnnotationError(f"{where}: {words}")
        masks.append(mask)
    return masks


def _mask_of(item: CocoObject, found: CocoFrame, allowance: MaskAllowance, takes_boxes: bool) -> _Mask | None:
    """Return the pixels of an annotation; None if it has none to tell."""
    if item.segmentation:
        mask = read_mask(item.segmentation, found.height, found.width, allowance, margin=MAX_COORDINATE)
        return _Mask(item, *mask.spans(found.width), mask.area)
    if not (takes_boxes and item.box):
        return None
    x, y, width, height = item.box
    if not all(map(isfinite, item.box)) or max(map(abs, item.box)) > MAX_COORDINATE:
        raise MaskError(f"a box with a coordinate that is not finite, or beyond {MAX_COORDINATE}", "range")
    left, top = max(floor(x), 0), max(floor(y), 0)
    right, bottom = min(ceil(x + width), found.width), min(ceil(y + height), found.height)
    start = np.arange(top, max(bottom, top) if right > left else top) * found.width + left
    return _Mask(item, start, start + (right - left), len(start) * (right - left))


def _without_mask(item: CocoObject) -> str:
    return "has a box, but no mask" if item.box else "has neither a mask nor a box"


def draw_segments(found: CocoFrame, png: bytes, where: str) -> tuple[Annotation, ObjectMap]:
    """Return the objects of a panoptic image, in the order of their ids, and its object map.

    The id of a segment is red + 256 * green + 65,536 * blue of its pixels; black is no segment.

    Args:
        found: what the JSON says.
        png: the map of segments.
        where: the file and the image, for messages.

    Raises:
        AnnotationError: the PNG cannot be read, or is not of the size of the image, or it and the JSON do not have the
            same segments.
    """
    colors = read_color_map(png, f"{where}: the PNG")
    height, width = colors.shape
    if (height, width) != (found.height, found.width):
        size = f"{width} x {height} pixels where the image has {found.width} x {found.height}"
        raise AnnotationError(f"{where}: a PNG of {size}")
    runs = find_runs((colors & 0xFF) << 16 | colors & 0xFF00 | colors >> 16)
    if words := excess(len(runs.value), "runs of equal pixels", "crossings"):
        raise AnnotationError(f"{where}: {words}")
    items = {item.id: item for item in found.objects}
    if 0 in items:
        raise AnnotationError(f"{where}: segment 0: black pixels are no segment")
    values = runs.values.tolist()
    for index, value in enumerate(values):
        if value and value not in items and value not in found.skipped_ids:
            x, y = runs.first_pixels()[index].tolist()
            raise AnnotationError(f"{where}: segment {value} of the PNG is not in segments_info: first at x {x}, y {y}")
    skipped = found.skipped.copy()
    skipped.update(("empty", item.label.name) for item in found.objects if item.id not in values)
    shown = [items[value] for value in values if value in items]
    return _annotation(found, shown, skipped), runs.object_map(np.array([value in items for value in values]))


def _annotation(found: CocoFrame, items: list[CocoObject], skipped: Skipped) -> Annotation:
    labels = tuple(item.label for item in items)
    return Annotation(
        found.height, found.width, labels, np.empty((0, 2), np.int64), np.zeros(len(items), np.int64), skipped
    )
