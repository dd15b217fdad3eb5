"""What most scripts do: fill a full-size mask for each polygon with OpenCV, and trace the contours of what is visible.

It loses pixels and adds others: `cv2.fillPoly` draws the outline too, and contours run through pixel centers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

import cv2
import numpy as np

from tests.benchmarks.frames import annotation_files
from tests.benchmarks.peers.things import CATEGORIES, IDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_FEWEST_POINTS = 3


class _Instance(NamedTuple):
    name: str
    mask: NDArray[np.uint8]


def coco(source: Path, out: Path) -> None:
    """Write one COCO file with polygons."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, file in enumerate(annotation_files(source)):
        content = json.loads(file.read_bytes())
        images.append(
            {"id": image_id, "file_name": file.name, "height": content["imgHeight"], "width": content["imgWidth"]}
        )
        for instance in _visible_instances(content):
            annotations.append(
                {
                    "id": len(annotations),
                    "image_id": image_id,
                    "category_id": IDS[instance.name],
                    "iscrowd": 0,
                    "area": int(np.count_nonzero(instance.mask)),
                    "bbox": list(cv2.boundingRect(instance.mask)),
                    "segmentation": [contour.ravel().tolist() for contour in _contours(instance.mask)],
                }
            )
    content = {"images": images, "categories": CATEGORIES, "annotations": annotations}
    (out / "instances.json").write_text(json.dumps(content))


def yolo(source: Path, out: Path) -> None:
    """Write a text file a frame, a row for each contour."""
    numbers = {name: number for number, name in enumerate(IDS)}
    for file in annotation_files(source):
        content = json.loads(file.read_bytes())
        size = np.array([content["imgWidth"], content["imgHeight"]])
        rows = [
            f"{numbers[instance.name]} " + " ".join(f"{part:.6f}" for part in (contour / size).ravel())
            for instance in _visible_instances(content)
            for contour in _contours(instance.mask)
        ]
        (out / file.name).with_suffix(".txt").write_text("\n".join(rows))


def voc(source: Path, out: Path) -> None:
    """Write an XML file a frame, a box for each object."""
    for file in annotation_files(source):
        content = json.loads(file.read_bytes())
        root = ElementTree.Element("annotation")
        _add(root, {"folder": "VOC2012", "filename": file.name})
        _add(
            ElementTree.SubElement(root, "size"),
            {"width": content["imgWidth"], "height": content["imgHeight"], "depth": 3},
        )
        for instance in _visible_instances(content):
            x, y, width, height = cv2.boundingRect(instance.mask)
            item = ElementTree.SubElement(root, "object")
            _add(item, {"name": instance.name, "truncated": 0, "difficult": 0})
            _add(
                ElementTree.SubElement(item, "bndbox"),
                {"xmin": x + 1, "ymin": y + 1, "xmax": x + width, "ymax": y + height},
            )
        ElementTree.ElementTree(root).write((out / file.name).with_suffix(".xml"))


def _visible_instances(content: dict[str, Any]) -> Iterator[_Instance]:
    """Yield the instances of a frame that are visible, each with its mask."""
    instances = np.zeros((content["imgHeight"], content["imgWidth"]), np.uint16)
    names: list[str] = []
    for item in content["objects"]:
        mask = np.zeros(instances.shape, np.uint8)
        cv2.fillPoly(mask, [np.array(item["polygon"], np.int32)], 1)
        is_instance = item["label"] in IDS
        if is_instance:
            names.append(item["label"])
        instances[mask > 0] = len(names) if is_instance else 0
    for number, name in enumerate(names, 1):
        mask = (instances == number).astype(np.uint8)
        if mask.any():
            yield _Instance(name, mask)


def _contours(mask: NDArray[np.uint8]) -> Iterator[NDArray[np.int32]]:
    """Yield the outer contours of a mask, each int32 (K, 2); those too small for a polygon are dropped."""
    found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    yield from (contour.reshape(-1, 2).astype(np.int32) for contour in found if len(contour) >= _FEWEST_POINTS)


def _add(parent: ElementTree.Element, values: dict[str, object]) -> None:
    for name, value in values.items():
        ElementTree.SubElement(parent, name).text = str(value)
