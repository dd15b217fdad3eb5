"""Pascal VOC and label maps as torchvision's data sets load them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.commands import cityconv

if TYPE_CHECKING:
    from types import ModuleType

    from tests.consumers.conftest import Convert, Instance

SETS = ("train", "val", "trainval")
CLASSES = ("person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle")
BACKGROUND, VOID = 0, 255


def voc(convert: Convert) -> Path:
    return convert("voc", "--task", "instance", "--images", "copy")


@pytest.mark.parametrize("image_set", SETS)
def test_voc_detection_gives_every_box_1_based_with_both_ends_inside(
    image_set: str, torchvision: ModuleType, convert: Convert, instances: dict[str, list[Instance]]
) -> None:
    loaded = torchvision.datasets.VOCDetection(str(voc(convert)), "2012", image_set)
    assert len(loaded) > 0
    for image, target in loaded:
        annotation = target["annotation"]
        frame = annotation["filename"].removesuffix(".jpg")
        assert image.size == (int(annotation["size"]["width"]), int(annotation["size"]["height"])) == (2048, 1024)
        expected = sorted(
            (instance.name, x + 1, y + 1, x + width, y + height)
            for instance in instances[frame]
            if not instance.is_crowd
            for x, y, width, height in [instance.box]
        )
        boxes = sorted(
            (item["name"], *(int(item["bndbox"][side]) for side in ("xmin", "ymin", "xmax", "ymax")))
            for item in annotation["object"]
        )
        assert set(expected) <= set(boxes)
        assert len(boxes) >= len(expected)
        assert all(1 <= x0 <= x1 <= 2048 and 1 <= y0 <= y1 <= 1024 for _, x0, y0, x1, y1 in boxes)


def test_voc_detection_gives_groups_as_difficult(torchvision: ModuleType, convert: Convert) -> None:
    whole, single = (
        [
            item
            for _, target in torchvision.datasets.VOCDetection(str(folder), "2012", "trainval")
            for item in target["annotation"]["object"]
        ]
        for folder in (voc(convert), convert("voc", "--groups", "drop", "--images", "copy"))
    )
    assert 0 < len(single) < len(whole)
    assert {item["difficult"] for item in whole if item not in single} == {"1"}


@pytest.mark.parametrize("image_set", SETS)
def test_voc_segmentation_gives_the_visible_pixels_of_each_class(
    image_set: str, torchvision: ModuleType, convert: Convert, instances: dict[str, list[Instance]]
) -> None:
    loaded = torchvision.datasets.VOCSegmentation(str(voc(convert)), "2012", image_set)
    assert len(loaded) > 0
    for (image, target), path in zip(loaded, loaded.masks, strict=True):
        assert (target.mode, target.size) == ("P", image.size)
        pixels = np.array(target)
        assert set(np.unique(pixels)) <= {BACKGROUND, *range(1, 9), VOID}
        for index, name in enumerate(CLASSES, 1):
            area = sum(item.area for item in instances[Path(path).stem] if item.name == name and not item.is_crowd)
            assert np.count_nonzero(pixels == index) == area


def test_voc_colors_are_those_of_voc(torchvision: ModuleType, convert: Convert) -> None:
    palette = torchvision.datasets.VOCSegmentation(str(voc(convert)), "2012", "val")[0][1].getpalette()
    # From the table of the VOC devkit: background, aeroplane, bicycle, ..., tvmonitor, void.
    assert palette[:9] == [0, 0, 0, 128, 0, 0, 0, 128, 0]
    assert palette[60:63] == [0, 64, 128]
    assert palette[765:768] == [224, 224, 192]


def test_segmentation_objects_are_numbered_as_the_objects_of_the_xml(
    torchvision: ModuleType, convert: Convert, instances: dict[str, list[Instance]]
) -> None:
    from PIL import Image

    folder = convert("voc", "--task", "instance", "--images", "copy")
    for _, target in torchvision.datasets.VOCDetection(str(folder), "2012", "val"):
        frame = target["annotation"]["filename"].removesuffix(".jpg")
        pixels = np.array(Image.open(folder / f"VOCdevkit/VOC2012/SegmentationObject/{frame}.png"))
        singles = 0
        for number, item in enumerate(target["annotation"]["object"], 1):
            rows, columns = np.nonzero(pixels == number)
            if len(rows):  # groups are void
                box = [columns.min() + 1, rows.min() + 1, columns.max() + 1, rows.max() + 1]
                assert box == [int(item["bndbox"][side]) for side in ("xmin", "ymin", "xmax", "ymax")]
                singles += 1
        assert singles == sum(not item.is_crowd for item in instances[frame])


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_cityscapes_loads_label_maps_and_images(split: str, torchvision: ModuleType, convert: Convert) -> None:
    root = convert("labelmap", "--kind", "labelIds", "--kind", "instanceIds", "--kind", "color", "--images", "symlink")
    loaded = torchvision.datasets.Cityscapes(str(root), split, "fine", ["semantic", "instance", "color"])
    assert len(loaded) > 0
    colors = {item.id: item.color for item in torchvision.datasets.Cityscapes.classes if item.id >= 0}
    for image, targets in loaded:
        assert {part.size for part in (image, *targets)} == {(2048, 1024)}
        semantic, instance, color = map(np.array, targets)
        np.testing.assert_array_equal(np.where(instance >= 1000, instance // 1000, instance), semantic)
        assert color.shape[2] == 4
        for number in np.unique(semantic):
            assert (color[semantic == number] == (*colors[number], 255)).all()


def test_cityscapes_loads_maps_written_into_the_data_set_itself(torchvision: ModuleType, tmp_path: Path) -> None:
    cityconv("sample", tmp_path, "--frames", "2", "--images")
    outcome = cityconv("labelmap", tmp_path, "-o", tmp_path, "--kind", "labelIds")
    assert outcome.status == 0, outcome.err
    loaded = torchvision.datasets.Cityscapes(str(tmp_path), "val", "fine", ["semantic", "polygon"])
    _, (semantic, polygons) = loaded[0]
    assert semantic.size == (polygons["imgWidth"], polygons["imgHeight"])
    assert len(np.unique(np.array(semantic))) > 5
