"""Drawing a scene: masks, outlines, boxes and names over a photograph, or over the label colors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.preview.tags import draw_tag
from cityconv.raster.objectmap import resolve_front
from cityconv.raster.scanline import Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cityconv.preview.scene import Scene, SceneObject
    from cityconv.raster.objectmap import ObjectMap
    from cityconv.raster.regions import Regions
    from cityconv.vocabulary import Layer

_MASK_SHARE = 0.5  # of the color of a mask over a photograph
_TEXT_SHARE = 1 / 85  # of the width of a picture, which is the size of its font in pixels
_SMALLEST_TEXT = 9  # pixels
_ROW_COST = 8  # pixels of width that a row closer to the middle is worth


def front_of(regions: Regions) -> ObjectMap:
    """Return which object is in front at each pixel; regions come back to front, and may overlap."""
    first = regions.row * regions.width
    spans = Spans(regions.segment, first + regions.left, first + regions.right)
    return resolve_front(spans, regions.height, regions.width)


def draw_scene(scene: Scene, photograph: NDArray[np.uint8] | None, layers: Sequence[Layer]) -> NDArray[np.uint8]:
    """Return the picture of a scene.

    Args:
        scene: the scene.
        photograph: uint8 (h, w, 3), blue, green, red, in the size of the scene's regions; None for the label colors.
        layers: what is drawn.

    Returns:
        uint8 (h, w, 3), blue, green, red.
    """
    import cv2

    front = front_of(scene.regions)
    colors = np.array([(0, 0, 0), *(item.color for item in scene.objects)], np.uint8)[:, ::-1]
    painted = front.through(colors)
    if photograph is None:
        picture = painted.copy()
    else:
        picture = photograph.copy()
        if "masks" in layers:
            blended = cv2.addWeighted(painted, _MASK_SHARE, photograph, 1 - _MASK_SHARE, 0)
            is_object = front.through((np.arange(len(colors)) > 0).astype(np.uint8))
            cv2.copyTo(blended, is_object, picture)
    if "outlines" in layers:
        edges = _edges(front)
        picture[edges] = painted[edges]
    if "boxes" in layers:
        _draw_boxes(picture, scene)
    if "names" in layers:
        _draw_names(picture, scene)
    return picture


def _edges(front: ObjectMap) -> NDArray[np.bool_]:
    """Return the pixels of objects next to another object or to none, bool (h, w)."""
    number = front.through(np.arange(int(front.polygon.max(initial=0)) + 1))
    edges = np.zeros(number.shape, np.bool_)
    for one, other, first, second in (
        (number[1:], number[:-1], edges[1:], edges[:-1]),
        (number[:, 1:], number[:, :-1], edges[:, 1:], edges[:, :-1]),
    ):
        differs = one != other
        first |= differs
        second |= differs
    return edges & (number > 0)


def _draw_boxes(picture: NDArray[np.uint8], scene: Scene) -> None:
    import cv2

    scale = picture.shape[1] / scene.width
    thickness = max(1, round(picture.shape[1] / 1000))
    for item in scene.objects:
        if item.corners:
            corners = np.array(item.corners) * scale
            corners -= corners > corners.min(axis=0)  # the last pixel inside
            line = np.round(corners).astype(np.int32)
            cv2.polylines(picture, [line], True, item.color[::-1], thickness, cv2.LINE_AA)


def _draw_names(picture: NDArray[np.uint8], scene: Scene) -> None:
    """Draw the names of objects that have room for it, those of large objects first, where no other name is."""
    height, width = picture.shape[:2]
    size = max(_SMALLEST_TEXT, round(width * _TEXT_SHARE))
    is_taken = np.zeros((height, width), np.bool_)
    anchors = name_anchors(scene.regions).tolist()
    for index in sorted(range(len(anchors)), key=lambda index: -(scene.objects[index].area or 0)):
        item = scene.objects[index]
        tag = draw_tag(item.name, item.color, size)[:height, :width]
        place = _place(item, tag, anchors[index], width / scene.width)
        if place is None:
            continue
        # Moved inside, if it is not.
        y, x = (
            max(0, min(at, side - length)) for at, side, length in zip(place, (height, width), tag.shape, strict=False)
        )
        inside = np.s_[y : y + tag.shape[0], x : x + tag.shape[1]]
        if not is_taken[inside].any():
            is_taken[inside] = True
            picture[inside] = tag


def _place(item: SceneObject, tag: NDArray[np.uint8], anchor: list[int], scale: float) -> tuple[int, int] | None:
    """Return row and column of a tag: on top of the box of an object, else inside its region; None without room."""
    height, width = tag.shape[:2]
    if not item.corners:
        row, left, right = anchor
        return (row - height // 2, (left + right - width) // 2) if right - left >= width else None
    corners = np.array(item.corners) * scale
    (left, top), (right, bottom) = corners.min(axis=0).round().astype(int), corners.max(axis=0)
    if bottom - top < height or right - left < width / 2:
        return None
    return (top - height if top >= height else top), left


def name_anchors(regions: Regions) -> NDArray[np.int64]:
    """Return where the name of each object has room: row, left and right of a wide run near the middle row.

    Returns:
        int64 (S, 3); zeros for an object without pixels.
    """
    length = regions.right - regions.left
    middle = np.bincount(regions.segment, regions.row * length, minlength=regions.size) / np.maximum(regions.areas(), 1)
    distance = np.abs(regions.row - middle[regions.segment])
    order = np.argsort(length - _ROW_COST * distance, kind="stable")  # the last assignment stays
    anchors = np.zeros((regions.size, 3), np.int64)
    anchors[regions.segment[order]] = np.stack((regions.row, regions.left, regions.right), axis=1)[order]
    return anchors
