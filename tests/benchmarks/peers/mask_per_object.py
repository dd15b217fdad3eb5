"""The usual way to COCO instances, that of mmdetection: from ready PNGs, one full-size mask for each object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from pycocotools import mask as masks

from tests.benchmarks.frames import annotation_files
from tests.benchmarks.peers.things import CATEGORIES, IDS, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_INSTANCES_PER_CLASS = 1000


def coco(source: Path, out: Path) -> None:
    """Write one COCO file with run-length codes."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, file in enumerate(annotation_files(source)):
        instances = cv2.imread(str(file).replace("polygons.json", "instanceIds.png"), cv2.IMREAD_UNCHANGED)
        assert instances is not None
        height, width = instances.shape
        images.append({"id": image_id, "file_name": file.name, "height": height, "width": width})
        for annotation in _annotations(instances):
            annotations.append({"id": len(annotations), "image_id": image_id, **annotation})
    content = {"images": images, "categories": CATEGORIES, "annotations": annotations}
    (out / "instances.json").write_text(json.dumps(content))


def _annotations(instances: NDArray[Any]) -> Iterator[dict[str, Any]]:
    for value in np.unique(instances[instances >= min(IDS.values())]).tolist():
        is_crowd = value < _INSTANCES_PER_CLASS
        category = value if is_crowd else value // _INSTANCES_PER_CLASS
        if category in NAMES:
            code = masks.encode(np.asfortranarray(instances == value, np.uint8))
            yield {
                "category_id": category,
                "iscrowd": int(is_crowd),
                "bbox": masks.toBbox(code).tolist(),
                "area": int(masks.area(code)),
                "segmentation": {"size": code["size"], "counts": code["counts"].decode()},
            }
