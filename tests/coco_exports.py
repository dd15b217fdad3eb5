"""COCO files in the form in which labeling tools export them, made by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.builders import HEIGHT, WIDTH, write_images

if TYPE_CHECKING:
    from pathlib import Path

CAR, ROAD = ({"id": number, "name": name, "supercategory": ""} for number, name in ((1, "car"), (2, "road")))


def write_cvat(root: Path) -> Path:
    """Write what CVAT exports: polygons with fractions, and a mask, which it calls a crowd."""
    images = [
        {
            "id": 1, "width": WIDTH, "height": HEIGHT, "file_name": "ulm/ulm_1.png", "license": 0,
            "flickr_url": "", "coco_url": "", "date_captured": 0,
        }
    ]  # fmt: skip
    counts = [HEIGHT * 40, HEIGHT * 10, HEIGHT * 14]
    annotations = [
        {
            "id": 1, "image_id": 1, "category_id": 2, "area": 640.0, "bbox": [0.0, 20.5, 64.0, 11.5], "iscrowd": 0,
            "segmentation": [[-0.4, 20.5, 64.3, 20.5, 64.3, 32.2, -0.4, 32.2]], "attributes": {"occluded": False},
        },
        {
            "id": 2, "image_id": 1, "category_id": 1, "area": 320.0, "bbox": [40.0, 0.0, 9.0, 31.0], "iscrowd": 1,
            "segmentation": {"counts": counts, "size": [HEIGHT, WIDTH]}, "attributes": {"occluded": False},
        },
    ]  # fmt: skip
    info = {"contributor": "", "date_created": "", "description": "", "url": "", "version": "", "year": ""}
    licenses = [{"name": "", "id": 0, "url": ""}]
    document = {"licenses": licenses, "info": info, "categories": [CAR, ROAD], "images": images}
    write_images(root / "images/default", "ulm/ulm_1")
    (root / "images/default/ulm/ulm_1_leftImg8bit.png").rename(root / "images/default/ulm/ulm_1.png")
    (root / "annotations").mkdir()
    path = root / "annotations/instances_default.json"
    path.write_text(json.dumps({**document, "annotations": annotations}))
    return root


def write_labelme(root: Path) -> Path:
    """Write what labelme's `labelme2coco.py` writes: one file beside the folder of images, an object of two parts."""
    rings = [[2.0, 2.0, 9.0, 2.0, 9.0, 9.0, 2.0, 9.0], [20.0, 2.0, 29.0, 2.0, 29.0, 9.0]]
    document = {
        "info": {"description": None, "url": None, "version": None, "year": 2024, "contributor": None},
        "licenses": [{"url": None, "id": 0, "name": None}],
        "images": [
            {
                "license": 0, "url": None, "file_name": "JPEGImages/ulm_1.jpg", "height": HEIGHT, "width": WIDTH,
                "date_captured": None, "id": 0,
            }
        ],
        "type": "instances",
        "annotations": [
            {
                "id": 0, "image_id": 0, "category_id": 1, "segmentation": rings, "area": 81.0,
                "bbox": [2.0, 2.0, 27.0, 7.0], "iscrowd": 0,
            }
        ],
        "categories": [{"supercategory": None, "id": 0, "name": "_background_"}, CAR],
    }  # fmt: skip
    write_images(root / "JPEGImages", "ulm_1")
    (root / "JPEGImages/ulm_1_leftImg8bit.png").rename(root / "JPEGImages/ulm_1.png")
    (root / "annotations.json").write_text(json.dumps(document))
    return root
