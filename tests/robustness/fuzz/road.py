"""The whole road: a random document, read, drawn and written in every format, and all of it read back and compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as ET

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from cityconv.errors import AnnotationError, UsageError
from cityconv.formats.coco.writer import Coco
from cityconv.formats.labelmap.writer import LabelMap
from cityconv.formats.panoptic.writer import Panoptic
from cityconv.formats.voc.writer import Voc
from cityconv.formats.yolo.writer import Yolo
from cityconv.frame.rasterized import RasterizedFrame
from cityconv.source.classes import select_classes
from cityconv.source.files import File
from cityconv.source.layout import Frame
from cityconv.source.polygons import parse_annotation
from cityconv.vocabulary import LabelMapKind
from tests.pngs import chunks
from tests.robustness.fuzz.documents import random_document
from tests.robustness.fuzz.truth import Expected, Truth, box_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from numpy.typing import NDArray

    from cityconv.formats.base import Part
    from cityconv.frame.rasterized import Extent
    from cityconv.source.classes import Selection

FRAME = Frame("train", "ulm", "ulm_000000_000019", "gtFine", File("frame.json"), "train", (0, 0))
CLASSES = ("instances", "things", "eval", "labels", "raw", "car,person,road", "license plate,car", "sky")
FEWEST_MANY = 254  # objects that a palette can tell apart; with more a refusal is right


class Scene(NamedTuple):
    """A document drawn by the package, and what it means."""

    drawn: RasterizedFrame
    truth: Truth


class Options(NamedTuple):
    """The options that formats share."""

    selection: Selection
    extent: Extent
    min_area: int


def check(chance: Random) -> None:
    """Write a random document in every format; raise what should not be raised."""
    document = random_document(chance)
    annotation = parse_annotation(json.dumps(document).encode(), "frame.json")
    scene = Scene(RasterizedFrame(FRAME, annotation), Truth(document, annotation))
    for check_format in (_check_coco, _check_yolo, _check_voc, _check_panoptic, _check_labelmap):
        options = _random_options(chance)
        try:
            check_format(chance, scene, options)
        except AnnotationError:
            if len(scene.truth.objects) < FEWEST_MANY:
                raise


def _random_options(chance: Random) -> Options:
    groups = chance.choice(("crowd", "drop", "merge", "class"))
    selection = select_classes(chance.choice(CLASSES), groups)
    return Options(selection, chance.choice(("visible", "full")), chance.choice((1, 1, 2, 7, 40)))


def _check_numbers(scene: Scene, part: Part, expected: list[Expected]) -> None:
    """Every segment is written, and every object is in one or left out."""
    assert part.written == len(expected)
    assert part.skipped.total() == len(scene.truth.objects) - sum(len(segment.members) for segment in expected)
    assert all(number > 0 for number in part.skipped.values())


def _image(content: bytes) -> NDArray[Any]:
    """Return the pixels of a PNG; colors come as red, green, blue."""
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    if image.ndim == 2:
        return image
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB if image.shape[2] == 3 else cv2.COLOR_BGRA2RGBA)


# COCO


def _check_coco(chance: Random, scene: Scene, options: Options) -> None:
    task = chance.choice(("instance", "semantic", "detection"))
    segmentation = chance.choice(("rle", "polygon", "none"))
    ids = tuple(range(1, len(options.selection.classes) + 1))
    part = Coco(options.selection, ids, task, segmentation, options.extent, options.min_area).part(scene.drawn)
    image, *annotations = map(json.loads, part.record.split(b"\n"))
    assert (image["width"], image["height"]) == (scene.truth.width, scene.truth.height)
    expected = scene.truth.segments(
        options.selection, extent=options.extent, min_area=options.min_area, per_class=task == "semantic"
    )
    _check_numbers(scene, part, expected)
    for annotation, segment in zip(annotations, expected, strict=True):
        _check_coco_annotation(annotation, segment, segmentation)


def _check_coco_annotation(annotation: dict[str, Any], segment: Expected, segmentation: str) -> None:
    x0, y0, x1, y1 = segment.box
    assert annotation["category_id"] == segment.class_index + 1
    assert annotation["iscrowd"] == segment.is_crowd
    assert annotation["area"] == segment.area
    assert annotation["bbox"] == [x0, y0, x1 - x0, y1 - y0]
    code = annotation["segmentation"]
    if segmentation == "none":
        assert code == []
        return
    height, width = segment.mask.shape
    if isinstance(code, list):
        assert segmentation == "polygon"
        assert all(len(ring) >= 8 for ring in code)
        code = coco_mask.merge(coco_mask.frPyObjects(code, height, width))
    else:
        assert segmentation == "rle" or segment.is_crowd
        assert coco_mask.area(code) == segment.area
        assert coco_mask.toBbox(code).tolist() == annotation["bbox"]
    np.testing.assert_array_equal(coco_mask.decode(code), segment.mask)


# YOLO


def _check_yolo(chance: Random, scene: Scene, options: Options) -> None:
    selection = options.selection
    if selection.groups == "crowd":
        selection = selection._replace(groups="drop")  # as the command does: YOLO has no crowds
    task = chance.choice(("detect", "segment", "obb"))
    part = Yolo(selection, task, options.extent, options.min_area).part(scene.drawn)
    expected = scene.truth.segments(selection, extent=options.extent, min_area=options.min_area)
    _check_numbers(scene, part, expected)
    ((_, content),) = part.files
    check_row = {"detect": _check_box, "segment": _check_outline, "obb": _check_oriented_box}[task]
    for line, segment in zip(content.decode().splitlines(), expected, strict=True):
        number, *words = line.split(" ")
        assert number == str(segment.class_index)
        values = np.array([float(word) for word in words])
        assert (values >= 0).all()
        assert (values <= 1).all()
        check_row(values, segment)


def _check_box(values: NDArray[np.float64], segment: Expected) -> None:
    height, width = segment.mask.shape
    x, y, across, down = values * (width, height, width, height)
    found = (x - across / 2, y - down / 2, x + across / 2, y + down / 2)
    np.testing.assert_allclose(found, segment.box, atol=2e-6 * max(width, height))


def _check_outline(values: NDArray[np.float64], segment: Expected) -> None:
    """Filled it holds the mask and fits its box; when the mask hangs together it adds nothing but holes."""
    height, width = segment.mask.shape
    points = (values.reshape(-1, 2) * (width, height)).astype(np.int32)
    assert len(points) >= 3
    filled = cv2.fillPoly(np.zeros((height, width), np.uint8), [points], 1).astype(bool)
    assert filled[segment.mask].all(), "the outline leaves out pixels of its mask"
    assert box_of(filled) == segment.box
    parts, _ = cv2.connectedComponents(segment.mask.astype(np.uint8), connectivity=8)
    if parts == 2:  # with the background
        assert not filled[~_without_holes(segment.mask)].any(), "the outline takes in pixels outside its mask"


def _without_holes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask with all that its outside cannot reach by steps along rows and columns."""
    outside = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    _, part = cv2.connectedComponents(outside, connectivity=4)
    return (part != part[0, 0])[1:-1, 1:-1]


def _check_oriented_box(values: NDArray[np.float64], segment: Expected) -> None:
    assert len(values) == 8


# VOC


def _check_voc(chance: Random, scene: Scene, options: Options) -> None:
    task = chance.choice(("detection", "instance", "semantic"))
    selection = options.selection
    part = Voc(selection, task, 2012, options.extent, options.min_area).part(scene.drawn)
    expected = scene.truth.segments(
        selection, extent=options.extent, min_area=options.min_area, per_class=task == "semantic", merge_crowds=False
    )
    _check_numbers(scene, part, expected)
    for path, content in part.files:
        if path.endswith(".xml"):
            _check_xml(content, scene, options, expected)
        elif "SegmentationClass" in path:
            _check_palette(content, scene, selection, expected, [segment.class_index for segment in expected])
        else:
            _check_palette(content, scene, selection, expected, list(range(len(expected))))
    assert len(part.record) == len(selection.classes)


def _check_xml(content: bytes, scene: Scene, options: Options, expected: list[Expected]) -> None:
    root = ET.fromstring(content)
    truth = scene.truth
    assert (root.findtext("size/width"), root.findtext("size/height")) == (str(truth.width), str(truth.height))
    for item, segment in zip(root.findall("object"), expected, strict=True):
        x0, y0, x1, y1 = segment.box
        box = [int(item.findtext(f"bndbox/{name}", "")) for name in ("xmin", "ymin", "xmax", "ymax")]
        assert item.findtext("name") == options.selection.classes[segment.class_index].name
        assert box == [x0 + 1, y0 + 1, x1, y1]
        (number,) = segment.members
        full, visible = (
            int(truth.mask(number, extent, options.selection.has_plates).sum()) for extent in ("full", "visible")
        )
        is_truncated = x0 == 0 or y0 == 0 or x1 == truth.width or y1 == truth.height
        assert item.findtext("truncated") == str(int(is_truncated))
        assert item.findtext("occluded") == str(int(full - visible > 0.05 * full))
        assert item.findtext("difficult") == str(int(segment.is_crowd or segment.area < 100))


def _check_palette(
    content: bytes, scene: Scene, selection: Selection, expected: list[Expected], indices: list[int]
) -> None:
    table = [255]
    for item in scene.truth.objects:
        is_background = selection.place(item) == "class" and not item.label.ignore_in_eval
        table.append(0 if is_background else 255)
    for segment, index in zip(expected, indices, strict=True):
        for number in segment.members:
            table[number + 1] = 255 if segment.is_crowd else index + 1
    palette = np.frombuffer(chunks(content)["PLTE"], np.uint8).reshape(-1, 3)
    assert len(np.unique(palette, axis=0)) == 256
    image = np.array(table)[scene.truth.front(selection.has_plates)]
    np.testing.assert_array_equal(_image(content), palette[image])


# Panoptic


def _check_panoptic(chance: Random, scene: Scene, options: Options) -> None:
    selection = options.selection
    ids = tuple(range(1, len(selection.classes) + 1))
    try:
        part = Panoptic(selection, ids, min_area=options.min_area).part(scene.drawn)
    except UsageError:  # classes that have no label id
        return
    table = scene.truth.instance_table(selection, [item.id or 0 for item in selection.classes], 0)
    image = table[scene.truth.front(selection.has_plates)]
    values, areas = np.unique(image, return_counts=True)
    kept = [value for value, area in zip(values.tolist(), areas, strict=True) if value and area >= options.min_area]
    image[~np.isin(image, kept)] = 0
    ((_, content),) = part.files
    np.testing.assert_array_equal(_image(content).astype(np.int64) @ (1, 256, 65536), image)
    found = json.loads(part.record.split(b"\n")[1])["segments_info"]
    assert [segment["id"] for segment in found] == kept
    assert part.written == len(kept)
    for segment in found:
        x0, y0, x1, y1 = box_of(image == segment["id"])
        assert segment["bbox"] == [x0, y0, x1 - x0, y1 - y0]
        assert segment["area"] == (image == segment["id"]).sum()
    written = [number for number in scene.truth.shown(selection) if table[number + 1] in kept]
    assert part.skipped.total() == len(scene.truth.objects) - len(written)


# Label maps


def _check_labelmap(chance: Random, scene: Scene, options: Options) -> None:
    kind = chance.choice(list(LabelMapKind))
    selection = options.selection
    try:
        part = LabelMap(selection, (kind,)).part(scene.drawn)
    except UsageError:  # classes that have no id of the kind
        return
    assert part.written == len(part.files)
    assert part.skipped.total() == len(scene.truth.objects) - len(scene.truth.shown(selection))
    if kind is LabelMapKind.MASKS:
        _check_masks(part, scene, selection)
        return
    ((_, content),) = part.files
    expected = _EXPECTED_MAPS[kind](scene.truth, selection)
    np.testing.assert_array_equal(_image(content), expected)


def _check_masks(part: Part, scene: Scene, selection: Selection) -> None:
    image = scene.truth.class_image(selection, range(len(selection.classes)), -1)
    present = [index for index in np.unique(image).tolist() if index >= 0]
    for (path, content), index in zip(part.files, present, strict=True):
        assert path.endswith(f"_masks/{selection.classes[index].name}.png")
        np.testing.assert_array_equal(_image(content), np.where(image == index, 255, 0))


def _colors(truth: Truth, selection: Selection) -> NDArray[np.int64]:
    colors = np.array([*((*item.color, 255) for item in selection.classes), (0, 0, 0, 255)])
    return colors[truth.class_image(selection, range(len(selection.classes)), -1)]


def _ids(selection: Selection) -> list[int]:
    return [item.id or 0 for item in selection.classes]


def _train_ids(selection: Selection) -> list[int]:
    return [item.train_id or 0 for item in selection.classes]


_EXPECTED_MAPS: dict[LabelMapKind, Callable[[Truth, Selection], NDArray[np.int64]]] = {
    LabelMapKind.LABEL_IDS: lambda truth, selection: truth.class_image(selection, _ids(selection), 0),
    LabelMapKind.LABEL_TRAIN_IDS: lambda truth, selection: truth.class_image(selection, _train_ids(selection), 255),
    LabelMapKind.CATEGORY_IDS: lambda truth, selection: truth.class_image(
        selection, [item.category_id for item in selection.classes], 0
    ),
    LabelMapKind.INSTANCE_IDS: lambda truth, selection: truth.instance_table(selection, _ids(selection), 0)[
        truth.front(selection.has_plates)
    ],
    LabelMapKind.INSTANCE_TRAIN_IDS: lambda truth, selection: truth.instance_table(
        selection, _train_ids(selection), 255
    )[truth.front(selection.has_plates)],
    LabelMapKind.COLOR: _colors,
}
