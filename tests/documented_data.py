"""Small data sets in the layouts that docs/own-data.md speaks of, made in code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from tests.builders import HEIGHT, WIDTH, Document, box, document, street, write_annotation
from tests.coco_exports import write_cvat, write_labelme

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE = """\
labels = [
    {name = "unlabeled", id = 0},
    {name = "road", id = 1, trainId = 0, category = "flat", hasInstances = false, color = [128, 64, 128]},
    {name = "crossing", id = 2, trainId = 0, category = "flat", hasInstances = false, color = [200, 200, 200]},
    {name = "scooter", id = 3, trainId = 1, category = "vehicle", color = [0, 0, 230]},
    {name = "robot", id = 4, trainId = 2, category = "vehicle", color = [220, 20, 60]},
    {name = "hub", id = 5, trainId = 255, category = "vehicle", ignoreInEval = true, color = [250, 170, 30]},
]
"""


def own_street(shift: int = 0) -> Document:
    """Return a scene of the labels in TABLE, a group among them."""
    return document(
        ("road", box(0, 10, 64, 22)),
        ("crossing", box(20, 10, 8, 22)),
        ("scooter", box(4 + shift, 14, 8, 10)),
        ("scooter", box(30, 16, 6, 8)),
        ("robot", box(44, 12, 8, 14)),
        ("hub", box(54, 20, 6, 6)),
        ("robotgroup", box(56, 10, 6, 4)),
        ("robot", []),
        ("scooter", box(100, 100, 4, 4)),
    )


def make_datasets(folder: Path) -> None:
    """Write all data sets into a folder."""
    for make in (write_mydata, _homemade, _idd, _kitti360, _acdc, _kitti, _cvat, _supervisely, _foggy, _predictions):
        make(folder)
    write_cvat(folder / "cvat-coco")
    write_labelme(folder / "labelme-coco")


def write_photograph(path: Path) -> None:
    """Write a photograph of the size of the scenes."""
    _write_png(path, np.full((HEIGHT, WIDTH, 3), 90, np.uint8))


def write_mydata(folder: Path) -> None:
    """Write a data set of labels of one's own, in the layout of the official label tool, with JPEG photographs."""
    for index, key in enumerate(("train/drive_1/0001", "train/drive_2/0001", "val/drive_3/0001")):
        write_annotation(folder / f"mydata/gtFine/{key}_gtFine_polygons.json", own_street(index))
        write_photograph(folder / f"mydata/leftImg8bit/{key}_leftImg8bit.jpg")


def _homemade(folder: Path) -> None:
    for index, key in enumerate(("day/pano12", "day/pano13", "night/pano12")):
        write_annotation(folder / f"homemade/gt/{key}_polygons.json", own_street(index))
        write_photograph(folder / f"homemade/images/{key}.jpg")


def _idd(folder: Path) -> None:
    for index, key in enumerate(("train/0/frame0029", "train/1/frame0029", "val/2/frame0029")):
        scene = document(
            ("road", box(0, 10, 64, 22)),
            ("sky", box(0, 0, 64, 10)),
            ("autorickshaw", box(4 + index, 14, 8, 10)),
            ("animal", []),
        )
        write_annotation(folder / f"idd/gtFine/{key}_gtFine_polygons.json", scene)
        write_photograph(folder / f"idd/leftImg8bit/{key}_leftImg8bit.{'png' if index else 'jpg'}")


def _kitti360(folder: Path) -> None:
    drive = "2013_05_28_drive_0000_sync/image_00"
    for name in ("0000000250", "0000000251"):
        values = _painted(np.uint16, 7000, (4, 14, 8, 10, 26001), (20, 0, 20, 12, 11002), (50, 4, 2, 20, 37000))
        _write_png(folder / f"KITTI-360/data_2d_semantics/train/{drive}/instance/{name}.png", values)
        write_photograph(folder / f"KITTI-360/data_2d_raw/{drive}/data_rect/{name}.png")


def _acdc(folder: Path) -> None:
    for condition, split in (("fog", "train"), ("night", "train"), ("night", "val")):
        key = f"{condition}/{split}/GOPR0475/GOPR0475_frame_000041"
        values = _painted(np.uint8, 7, (4, 14, 8, 10, 26), (0, 0, 64, 8, 23))
        _write_png(folder / f"acdc/gt/{key}_gt_labelIds.png", values)
        _write_png(folder / f"acdc/gt/{key}_gt_labelTrainIds.png", np.where(values == 7, 0, 255).astype(np.uint8))
        write_photograph(folder / f"acdc/rgb_anon/{key}_rgb_anon.png")


def _kitti(folder: Path) -> None:
    for name in ("000000_10", "000001_10"):
        values = _painted(np.uint16, 7 * 256, (4, 14, 8, 10, 26 * 256 + 1), (20, 14, 8, 10, 26 * 256))
        _write_png(folder / f"kitti/training/instance/{name}.png", values)
        _write_png(folder / f"kitti/training/semantic/{name}.png", (values // 256).astype(np.uint8))
        write_photograph(folder / f"kitti/training/image_2/{name}.png")


def _cvat(folder: Path) -> None:
    _write(folder / "cvat/label_colors.txt", "0 0 0 background\n128 64 128 road\n0 0 230 scooter\n")
    for key in ("train/frame_000000", "val/frame_000001"):
        instances = _painted(np.uint16, 1, (4, 14, 8, 10, 2000), (20, 14, 8, 10, 2001))
        _write_png(folder / f"cvat/gtFine/{key}_gtFine_instanceIds.png", instances)
        classes = np.where(instances > 1, 2, instances).astype(np.uint8)
        _write_png(folder / f"cvat/gtFine/{key}_gtFine_labelIds.png", classes)
        colors = np.array([[0, 0, 0], [128, 64, 128], [230, 0, 0]], np.uint8)[classes]
        _write_png(folder / f"cvat/gtFine/{key}_gtFine_color.png", colors)
        write_photograph(folder / f"cvat/leftImg8bit/{key}_leftImg8bit.png")


def _supervisely(folder: Path) -> None:
    table = [{"name": "road", "id": 1, "color": [128, 64, 128]}, {"name": "scooter", "id": 2, "color": [0, 0, 230]}]
    _write(folder / "supervisely/class_to_id.json", json.dumps(table))
    for key in ("train/ds1/street [1] (a)", "val/ds1/street [2] (a)"):
        scene = document(("road", box(0, 10, 64, 22)), ("scooter", box(4, 14, 8, 10)))
        write_annotation(folder / f"supervisely/gtFine/{key}_gtFine_polygons.json", scene)
        write_photograph(folder / f"supervisely/leftImg8bit/{key}_leftImg8bit.png")


def _foggy(folder: Path) -> None:
    for key in ("train/aachen/aachen_000000_000019", "val/munster/munster_000000_000019"):
        write_annotation(folder / f"foggy/gtFine/{key}_gtFine_polygons.json", street())
        for density in ("0.005", "0.01", "0.02"):
            write_photograph(folder / f"foggy/leftImg8bit_foggy/{key}_leftImg8bit_foggy_beta_{density}.png")


def _predictions(folder: Path) -> None:
    for name in ("berlin_000000_000019", "bonn_000000_000019"):
        values = _painted(np.uint8, 0, (4, 14, 8, 10, 13), (0, 0, 64, 8, 10))
        _write_png(folder / f"predictions/{name}_leftImg8bit.png", values)


def _painted(dtype: type[np.unsignedinteger], ground: int, *boxes: tuple[int, int, int, int, int]) -> NDArray[Any]:
    """Return a map of one value with boxes of others: x, y, width, height, value."""
    pixels = np.full((HEIGHT, WIDTH), ground, dtype)
    for x, y, width, height, value in boxes:
        pixels[y : y + height, x : x + width] = value
    return pixels


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_png(path: Path, pixels: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
