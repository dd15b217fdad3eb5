"""Frames of COCO files: their pixels are those of pycocotools, and the right masks are in front."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from pycocotools import mask as pycocotools

from cityconv.errors import AnnotationError, UnknownLabelError
from cityconv.frame.reading import FrameReader
from cityconv.frame.target_size import TargetSize
from cityconv.raster.sampling import nearest
from cityconv.source.coco_files import list_coco_frames
from cityconv.vocabulary import Front
from tests.pngs import RGB
from tests.source.png_files import make_png

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.frame.rasterized import RasterizedFrame

# pycocotools decodes with a warning under numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

HEIGHT, WIDTH = 20, 30
IMAGE = {"id": 1, "file_name": "ulm/a.png", "width": WIDTH, "height": HEIGHT}
CATEGORIES = [{"id": number, "name": name} for number, name in enumerate(("road", "car", "cargroup", "license plate"))]


def read(
    folder: Path, *annotations: dict[str, Any], reader: FrameReader | None = None, **changes: Any
) -> RasterizedFrame:
    """Return the frame of a file with these annotations, which get ids."""
    items = [{"id": number, "image_id": 1, "category_id": 1, **item} for number, item in enumerate(annotations)]
    document = {"images": [IMAGE], "categories": CATEGORIES, "annotations": items, **changes}
    path = folder / "instances_val.json"
    path.write_text(json.dumps(document))
    (frame,) = list_coco_frames(path).frames
    return (reader or FrameReader(kind="coco"))(frame)


def rectangle(x: int, y: int, width: int, height: int) -> dict[str, Any]:
    """Return an annotation that covers a rectangle of pixels."""
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8, order="F")
    pixels[y : y + height, x : x + width] = 1
    return {"segmentation": {"size": [HEIGHT, WIDTH], "counts": pycocotools.encode(pixels)["counts"].decode()}}


def shown(rasterized: RasterizedFrame) -> NDArray[np.int64]:
    """Return the number of the object in front at each pixel, from 1, and 0 for none."""
    return rasterized.object_map(with_plates=True).through(np.arange(len(rasterized.annotation.objects) + 1))


def full_masks(rasterized: RasterizedFrame) -> list[NDArray[np.bool_]]:
    masks = [np.zeros(rasterized.height * rasterized.width, np.bool_) for _ in rasterized.annotation.objects]
    for polygon, start, stop in zip(*(part.tolist() for part in rasterized.spans), strict=True):
        masks[polygon][start:stop] = True
    return [mask.reshape(rasterized.height, rasterized.width) for mask in masks]


@pytest.mark.parametrize("seed", range(10))
def test_masks_are_the_pixels_of_pycocotools_in_any_encoding_and_size(seed: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(seed)
    rings = [(chance.random((6, 2)) * (1.6 * WIDTH, 1.6 * HEIGHT) - 6).round(1).ravel().tolist() for _ in range(2)]
    code = pycocotools.merge(pycocotools.frPyObjects(rings, HEIGHT, WIDTH))
    expected = pycocotools.decode(code).astype(np.bool_)
    flat = expected.T.ravel()
    ends = np.flatnonzero(np.diff(flat, prepend=False, append=not flat[-1]))
    forms: list[Any] = [
        rings,
        {"size": [HEIGHT, WIDTH], "counts": code["counts"].decode()},
        {"size": [HEIGHT, WIDTH], "counts": np.diff(ends, prepend=0).tolist()},
    ]
    annotations = [{"segmentation": form} for form in forms]
    for mask in full_masks(read(tmp_path, *annotations)):
        np.testing.assert_array_equal(mask, expected)
    height, width = chance.integers(1, 50, 2).tolist()
    grid = nearest(HEIGHT, WIDTH, height, width)
    sampled = read(tmp_path, *annotations, reader=FrameReader(kind="coco", size=TargetSize("", (width, height))))
    for mask in full_masks(sampled):
        np.testing.assert_array_equal(mask, expected[np.ix_(grid.rows, grid.columns)])


@pytest.mark.parametrize(("front", "winner"), [("last", "small"), ("smaller", "smallest"), ("larger", "large")])
def test_the_mask_that_is_wanted_is_in_front(front: Front, winner: str, tmp_path: Path) -> None:
    areas = {"smallest": 4, "large": 12, "small": 8}
    masks = [rectangle(0, 0, area, 2) for area in areas.values()]
    rasterized = read(tmp_path, *masks, reader=FrameReader(kind="coco", front=front))
    counts = np.bincount(shown(rasterized).ravel())[1:]
    full = [int(mask.sum()) // 2 for mask in full_masks(rasterized)]
    assert full[int(shown(rasterized)[0, 0]) - 1] == areas[winner]
    assert rasterized.overlap == sum(full) * 2 - counts.sum() > 0
    assert front in get_args(Front)


def test_crowds_are_groups_of_things(tmp_path: Path) -> None:
    masks = [
        {**rectangle(3 * number, 0, 2, 2), "category_id": category, "iscrowd": crowd}
        for number, (category, crowd) in enumerate([(1, 0), (1, 1), (2, 0), (2, 1), (0, 1), (3, False)])
    ]
    objects = read(tmp_path, *masks).annotation.objects
    assert [(item.name, item.label.name, item.is_group) for item in objects] == [
        ("car", "car", False),
        ("cargroup", "car", True),
        ("cargroup", "car", True),
        ("cargroup", "car", True),
        ("road", "road", False),
        ("license plate", "license plate", False),
    ]


def test_annotations_without_pixels_and_of_unknown_categories_are_skipped(tmp_path: Path) -> None:
    masks = [rectangle(0, 0, 0, 0), rectangle(1, 1, 2, 2), {**rectangle(1, 1, 2, 2), "category_id": 9}]
    categories = [*CATEGORIES, {"id": 9, "name": "dog"}]
    drops = FrameReader(kind="coco", unknown_labels="drop")
    rasterized = read(tmp_path, *masks, reader=drops, categories=categories)
    assert rasterized.annotation.skipped == {("empty", "car"): 1, ("unknown", "dog"): 1}
    assert len(rasterized.annotation.objects) == 1
    assert sorted(drops.drawn_names(rasterized.frame)) == ["car", "car", "dog"]
    with pytest.raises(
        UnknownLabelError, match="unknown label 'dog', not in the label table cityscapes - at annotation 2"
    ):
        read(tmp_path, *masks, categories=categories)


def test_boxes_cover_the_pixels_that_they_touch_where_boxes_are_enough(tmp_path: Path) -> None:
    boxes: list[dict[str, Any]] = [
        {"bbox": [1.5, 2, 2.6, 3]},
        {"bbox": [-3, -3, 5, 5], "segmentation": []},
        {"bbox": [50, 1, 2, 2]},
    ]
    rasterized = read(tmp_path, *boxes, reader=FrameReader(kind="coco", takes_boxes=True))
    first, second = full_masks(rasterized)
    assert [axis.tolist() for axis in np.nonzero(first.any(axis=1))] == [[2, 3, 4]]
    assert np.nonzero(first.any(axis=0))[0].tolist() == [1, 2, 3, 4]
    assert second.sum() == 4
    assert not rasterized.tells_hidden
    with pytest.raises(AnnotationError, match="annotation 0: has a box, but no mask"):
        read(tmp_path, *boxes)


def test_segments_of_a_panoptic_map_are_objects_in_the_order_of_their_ids(tmp_path: Path) -> None:
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint16)
    pixels[:5], pixels[5:9, :7], pixels[9:11] = (1, 2, 0), (3, 0, 0), (0, 0, 1)  # 513, 3 and 65,536
    infos = [
        {"id": 513, "category_id": 1, "iscrowd": 1},
        {"id": 3, "category_id": 0},
        {"id": 65_536, "category_id": 9},
        {"id": 4, "category_id": 1},
    ]
    (tmp_path / "instances_val").mkdir()
    (tmp_path / "instances_val/a.png").write_bytes(make_png(pixels, color_type=RGB))
    rasterized = read(
        tmp_path,
        {"file_name": "a.png", "segments_info": infos},
        reader=FrameReader(kind="coco", unknown_labels="drop"),
        categories=[*CATEGORIES, {"id": 9, "name": "dog"}],
    )
    assert [item.name for item in rasterized.annotation.objects] == ["road", "cargroup"]
    assert rasterized.annotation.skipped == {("empty", "car"): 1, ("unknown", "dog"): 1}
    expected = np.zeros((HEIGHT, WIDTH), np.int64)
    expected[:5], expected[5:9, :7] = 2, 1
    np.testing.assert_array_equal(shown(rasterized), expected)
    assert rasterized.overlap == 0


def test_an_image_without_annotations_is_empty(tmp_path: Path) -> None:
    rasterized = read(tmp_path)
    assert rasterized.annotation.objects == ()
    assert not shown(rasterized).any()
    assert rasterized.overlap == 0
