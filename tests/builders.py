"""Tiny scenes and data sets, made in code."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cityconv.source.layout import find_frames

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.source.frame import Frame

WIDTH, HEIGHT = 64, 32
FRAME = "train/aachen/aachen_000000_000019"
FLAT_FRAME = "train/aachen_000000_000019"  # in outputs without folders of cities

Polygon = Sequence[Sequence[float]]
DrawnObject = tuple[str, Sequence[Any]] | tuple[str, Sequence[Any], Mapping[str, object]]  # Any: may be malformed
Document = dict[str, Any]


def box(x: int, y: int, width: int, height: int) -> Polygon:
    """Return the polygon that covers exactly these pixels: the rule fills the columns of both its sides."""
    right, bottom = x + width - 1, y + height
    return [[x, y], [right, y], [right, bottom], [x, bottom]]


def document(*objects: DrawnObject, width: int = WIDTH, height: int = HEIGHT) -> Document:
    """Return an annotation document of (label, polygon) pairs, back to front; a third item gives further keys."""
    return {
        "imgHeight": height,
        "imgWidth": width,
        "objects": [{"label": label, "polygon": polygon, **dict(*more)} for label, polygon, *more in objects],
    }


def street(shift: int = 0) -> Document:
    """Return a small street: things in front of stuff, a group, a hidden car, a license plate."""
    return document(
        ("out of roi", [[0, 0], [64, 0], [64, 32], [0, 32], [0, 0], [1, 1], [1, 31], [63, 31], [63, 1], [1, 1]]),
        ("sky", box(1, 1, 62, 12)),
        ("road", [[-2, 31], [20, 13], [44, 13], [66, 31]]),
        ("cargroup", box(30, 14, 12, 5)),
        ("car", box(14, 16, 4, 3)),
        ("car", box(8 + shift, 15, 12, 8)),
        ("license plate", box(12 + shift, 19, 3, 2)),
        ("person", [[46, 28], [48, 14], [50, 28]]),
        ("cargroup", box(52, 20, 6, 4)),
        ("car", box(50, 22, 6, 6)),
    )


SCENES = {
    "train/aachen/aachen_000000_000019": street(),
    "train/aachen/aachen_000001_000019": street(2),
    "train/ulm/ulm_000000_000019": street(4),
    "val/munster/munster_000000_000019": street(6),
    "test/bonn/bonn_000000_000019": document(("ego vehicle", box(0, 28, 64, 4))),
}


def annotation_path(root: Path, key: str, tree: str = "gtFine") -> Path:
    """Return where a data set has the annotation of a frame, given as `<split>/<city>/<name>`."""
    return root / tree / f"{key}_{tree}_polygons.json"


def write_annotation(path: Path, content: Document | bytes) -> Path:
    """Write one annotation file and the folders above it, and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def write_dataset(root: Path, scenes: Mapping[str, Document | bytes] = SCENES, tree: str = "gtFine") -> Path:
    """Write a data set in the layout of Cityscapes, and return its root."""
    for key, content in scenes.items():
        write_annotation(annotation_path(root, key, tree), content)
    return root


def write_images(root: Path, *keys: str, shade: int = 90) -> None:
    """Write an image of one gray for each frame, in the layout of leftImg8bit."""
    content = cv2.imencode(".png", np.full((HEIGHT, WIDTH, 3), shade, np.uint8))[1].tobytes()
    for key in keys:
        write_annotation(root / f"{key}_leftImg8bit.png", content)


def zip_folder(folder: Path, archive: Path) -> Path:
    """Write all files below a folder to a zip, named as below the folder, and return the zip."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(folder.rglob("*")):
            opened.write(path, path.relative_to(folder))
    return archive


def write_frame(root: Path, *objects: DrawnObject, **size: int) -> Frame:
    """Write a data set of one frame with these objects, and return the frame."""
    write_dataset(root, {FRAME: document(*objects, **size)})
    return find_frames(root)[0]


def tree_of(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, hidden ones included, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def data_of(tree: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a tree without the manifest and the records that every output has beside its data."""
    return {
        path: content
        for path, content in tree.items()
        if path.rpartition("/")[2] != "cityconv.json" and not path.endswith(".records")
    }
