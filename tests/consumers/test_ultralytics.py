"""YOLO data sets as Ultralytics checks and loads them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.consumers.conftest import Convert, Instance

TASKS = ("detect", "segment", "obb")
SPLITS = ("train", "val", "test")
WIDTH, HEIGHT = 2048, 1024

pytestmark = pytest.mark.usefixtures("ultralytics")


def checked(folder: Path) -> dict[str, Any]:
    from ultralytics.data.utils import check_det_dataset

    description: dict[str, Any] = check_det_dataset(str(folder / "data.yaml"), autodownload=False)
    return description


def dataset(folder: Path, task: str, split: str) -> Any:
    """Return a split as Ultralytics loads it, images and masks in their full size."""
    from ultralytics.cfg import get_cfg
    from ultralytics.data.dataset import YOLODataset

    data = checked(folder)
    settings = get_cfg(overrides={"mask_ratio": 1, "overlap_mask": False})
    return YOLODataset(img_path=data[split], data=data, task=task, imgsz=WIDTH, augment=False, hyp=settings)


def frame_of(item: dict[str, Any]) -> str:
    return Path(item["im_file"]).name.removesuffix("_leftImg8bit.png")


def yolo(convert: Convert, task: str) -> Path:
    return convert("yolo", "--task", task, "--images", "symlink")


@pytest.mark.parametrize("task", TASKS)
def test_no_image_is_rejected_and_no_row_dropped(task: str, convert: Convert, tmp_path: Path) -> None:
    for split in SPLITS:
        images = len(list((yolo(convert, task) / "images" / split).rglob("*.png")))
        scan = dataset(yolo(convert, task), task, split).cache_labels(tmp_path / f"{split}.cache")
        found, missing, _empty, corrupt, total = scan["results"]
        assert (found, missing, corrupt, total) == (images, 0, 0, images)
        assert scan["msgs"] == []


@pytest.mark.parametrize("task", TASKS)
def test_it_counts_as_many_instances_of_each_class_in_each_image_as_we_do(
    task: str, convert: Convert, instances: dict[str, list[Instance]]
) -> None:
    total = 0
    for split in SPLITS:
        loaded = dataset(yolo(convert, task), task, split)
        for item in loaded.labels:
            counted = Counter(loaded.data["names"][int(number)] for number in item["cls"].ravel())
            assert counted == Counter(item.name for item in instances[frame_of(item)] if not item.is_crowd)
            total += counted.total()
    report = json.loads((yolo(convert, task) / "report.json").read_bytes())
    assert total == report["outputs"][0]["written"]


@pytest.mark.parametrize("where", ["beside", "above", "elsewhere"])
def test_data_yaml_is_found_and_understood_from_any_working_directory(
    where: str, convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = yolo(convert, "detect")
    folder, named = {"beside": (out, Path()), "above": (out.parent, Path(out.name)), "elsewhere": (tmp_path, out)}[
        where
    ]
    monkeypatch.chdir(folder)
    data = checked(named)
    assert {split: Path(data[split]) for split in SPLITS} == {split: out / "images" / split for split in SPLITS}
    assert list(data["names"].values())[:3] == ["person", "rider", "car"]


def test_data_yaml_names_all_cities_of_a_split_when_divided_by_city(convert: Convert) -> None:
    loaded = dataset(convert("yolo", "--images", "symlink", "--split-by", "city"), "detect", "train")
    assert {frame_of(item) for item in loaded.labels} == {
        frame_of(item) for item in dataset(yolo(convert, "detect"), "detect", "train").labels
    }


def test_boxes_are_those_of_the_visible_masks(convert: Convert, instances: dict[str, list[Instance]]) -> None:
    for item in dataset(yolo(convert, "detect"), "detect", "train").labels:
        single = [instance for instance in instances[frame_of(item)] if not instance.is_crowd]
        x, y, width, height = item["bboxes"].T * np.array([WIDTH, HEIGHT] * 2)[:, None]
        corners = np.stack((x - width / 2, y - height / 2, width, height), axis=1)
        np.testing.assert_allclose(corners, [instance.box for instance in single], atol=0.01)


def test_the_masks_that_it_fills_are_the_visible_ones(convert: Convert, instances: dict[str, list[Instance]]) -> None:
    overlaps = []
    for split in ("train", "val"):
        for item in dataset(yolo(convert, "segment"), "segment", split):
            single = [instance.mask for instance in instances[frame_of(item)] if not instance.is_crowd]
            top = item["ratio_pad"][1][1]
            masks = item["masks"].numpy()[:, top : top + HEIGHT]
            assert len(masks) == len(single)
            overlaps += [(mask & own).sum() / (mask | own).sum() for mask, own in zip(masks, single, strict=True)]
    assert np.mean(overlaps) >= 0.99


def test_oriented_boxes_enclose_the_visible_masks_and_are_no_larger_than_upright_ones(
    convert: Convert, instances: dict[str, list[Instance]]
) -> None:
    number = 0
    for item in dataset(yolo(convert, "obb"), "obb", "train"):
        single = [instance for instance in instances[frame_of(item)] if not instance.is_crowd]
        size = np.array([WIDTH, WIDTH, WIDTH, WIDTH, 1.0])  # the image stands in a square
        for oriented, instance in zip(item["bboxes"].numpy() * size, single, strict=True):
            x, y, width, height, angle = oriented
            rows, columns = np.nonzero(instance.mask)
            right, down = columns + 0.5 - x, rows + 0.5 + item["ratio_pad"][1][1] - y
            along = np.abs(right * np.cos(angle) + down * np.sin(angle))
            across = np.abs(down * np.cos(angle) - right * np.sin(angle))
            assert along.max() <= width / 2 + 0.5
            assert across.max() <= height / 2 + 0.5
            assert width * height <= instance.box[2] * instance.box[3] * 1.02 + 1
            number += 1
    assert number > 20
