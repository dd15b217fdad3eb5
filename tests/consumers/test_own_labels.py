"""A data set of one's own as other people's readers load it: other labels, names from folders, JPEG photographs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.commands import cityconv
from tests.documented_data import TABLE, write_mydata

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Convert = Callable[..., Path]

NAMES = ["road", "crossing", "scooter", "robot", "hub"]
OBJECTS = Counter(road=1, crossing=1, scooter=2, robot=1, hub=1)  # in each frame, and a group of robots
IMAGES = {
    "train": ["drive_1/0001_leftImg8bit.jpg", "drive_2/0001_leftImg8bit.jpg"],
    "val": ["drive_3/0001_leftImg8bit.jpg"],
}


@pytest.fixture(scope="module")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """A function that converts the data set with all classes of its table and returns the output."""
    folder = tmp_path_factory.mktemp("own")
    write_mydata(folder)
    (folder / "labels.toml").write_text(TABLE)

    def converted(command: str, *options: str) -> Path:
        out = tmp_path_factory.mktemp(command)
        shared = ("--labels", "labels.toml", "--images", "copy")
        outcome = cityconv(command, "mydata", "-o", out, *shared, *options, cwd=folder)
        assert outcome.status == 0, outcome.err
        return out

    return converted


@pytest.mark.parametrize("task", ["detect", "segment"])
@pytest.mark.usefixtures("ultralytics")
def test_ultralytics(task: str, convert: Convert) -> None:
    from ultralytics.cfg import get_cfg
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    out = convert("yolo", "--task", task, "--classes", ",".join(NAMES))
    data: dict[str, Any] = check_det_dataset(str(out / "data.yaml"), autodownload=False)
    assert list(data["names"].values()) == NAMES
    for split, images in IMAGES.items():
        loaded = YOLODataset(img_path=data[split], data=data, task=task, imgsz=64, augment=False, hyp=get_cfg())
        flat = [image.replace("/", "_") for image in images]  # one name in two cities
        assert sorted(loaded.im_files) == [str(out / "images" / split / image) for image in flat]
        for item in loaded.labels:
            assert Counter(NAMES[int(number)] for number in item["cls"].ravel()) == OBJECTS


def test_pycocotools(convert: Convert) -> None:
    from pycocotools.coco import COCO

    out = convert("coco", "--classes", ",".join(NAMES))
    for split, images in IMAGES.items():
        loaded = COCO(str(out / f"annotations/instances_{split}.json"))
        assert {item["name"]: item["id"] for item in loaded.loadCats(loaded.getCatIds())} == {
            name: index for index, name in enumerate(NAMES, 1)
        }
        assert [item["file_name"] for item in loaded.loadImgs(loaded.getImgIds())] == images
        for item in loaded.loadImgs(loaded.getImgIds()):
            assert (out / "images" / split / item["file_name"]).read_bytes().startswith(b"\xff\xd8")
            found = loaded.loadAnns(loaded.getAnnIds(imgIds=item["id"]))
            single = [NAMES[part["category_id"] - 1] for part in found if not part["iscrowd"]]
            assert Counter(single) == OBJECTS
            assert [NAMES[part["category_id"] - 1] for part in found if part["iscrowd"]] == ["robot"]
            assert all(loaded.annToMask(part).sum() == part["area"] for part in found)


def test_torchvision_loads_pascal_voc(torchvision: ModuleType, convert: Convert) -> None:
    out = convert("voc", "--task", "instance", "--classes", ",".join(NAMES))
    for split, images in IMAGES.items():
        boxes = torchvision.datasets.VOCDetection(str(out), year="2012", image_set=split)
        pixels = torchvision.datasets.VOCSegmentation(str(out), year="2012", image_set=split)
        assert len(boxes) == len(pixels) == len(images)
        for index in range(len(images)):
            image, target = boxes[index]
            found = target["annotation"]["object"]
            counted = Counter(item["name"] for item in found)
            assert counted == OBJECTS + Counter(robot=1)
            classes = np.array(pixels[index][1])
            assert image.size == pixels[index][1].size
            assert set(np.unique(classes)) == {1, 2, 3, 4, 5, 255}


def test_torchvision_loads_label_maps(torchvision: ModuleType, convert: Convert) -> None:
    kinds = ("labelIds", "instanceIds", "color")
    out = convert("labelmap", *(word for kind in kinds for word in ("--kind", kind)))
    for split, images in IMAGES.items():
        loaded = torchvision.datasets.Cityscapes(
            str(out), split=split, mode="fine", target_type=["semantic", "instance", "color"]
        )
        assert len(loaded) == len(images)
        for image, (semantic, instance, color) in loaded:
            assert image.size == semantic.size == instance.size == color.size
            assert set(np.unique(np.array(semantic))) == {0, 1, 2, 3, 4, 5}
            numbered = Counter((np.unique(np.array(instance)[np.array(instance) >= 1000]) // 1000).tolist())
            assert numbered == {3: 2, 4: 1, 5: 1}  # scooters, a robot, a hub
