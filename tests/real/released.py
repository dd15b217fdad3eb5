"""What the released PNGs say that the converters must give; slow, and in the words of other people's tools."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from cityconv.source.labels.files import load_table
from tests.pngs import read_image

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SHIPPED = ("labelIds", "instanceIds", "color")
DERIVED = {"labelTrainIds": "labelIds", "instanceTrainIds": "instanceIds"}
KINDS = (*SHIPPED, *DERIVED)
VOID = 255
_BY_ID = {label.id: label for label in load_table("cityscapes").labels}


class Pair(NamedTuple):
    """One frame in the release and in an output: the paths of both without `_<kind>.png`."""

    released: str
    converted: str


class Annotation(NamedTuple):
    """What COCO says of an object."""

    category_id: int
    iscrowd: int
    box: tuple[float, ...]
    area: int
    counts: bytes


def differing_pixels(pair: Pair) -> dict[str, int]:
    """Return how many pixels of each kind of map differ from the release; kinds that do not differ are left out."""
    released = {kind: _read(pair.released, kind) for kind in SHIPPED}
    expected = released | {kind: _through(_train_table(), released[shipped]) for kind, shipped in DERIVED.items()}
    differing = {kind: _difference(_read(pair.converted, kind), image) for kind, image in expected.items()}
    return {kind: number for kind, number in differing.items() if number}


def mmdetection_annotations(path: Path) -> list[Annotation]:
    """Return the annotations of an `instanceIds` image by the rule of mmdetection's Cityscapes converter, sorted."""
    by_columns = np.ascontiguousarray(read_image(path).T)
    found = (_annotation(by_columns, value) for value in np.unique(by_columns[by_columns >= 24]).tolist())
    return sorted(annotation for annotation in found if annotation)


def _annotation(by_columns: NDArray[np.uint16], value: int) -> Annotation | None:
    label = _BY_ID[value // 1000 if value >= 1000 else value]
    if not label.has_instances or label.ignore_in_eval:
        return None
    code = coco_mask.encode((by_columns == value).view(np.uint8).T)
    box = tuple(coco_mask.toBbox(code).tolist())
    return Annotation(label.id, int(value < 1000), box, int(coco_mask.area(code)), code["counts"])


def _read(path: str, kind: str) -> NDArray[Any]:
    image = cv2.imread(f"{path}_{kind}.png", cv2.IMREAD_UNCHANGED)
    assert image is not None, f"{path}_{kind}.png cannot be read"
    return image


def _difference(image: NDArray[Any], expected: NDArray[Any]) -> int:
    assert image.shape == expected.shape
    assert image.dtype == expected.dtype
    differs = image != expected
    return int(np.count_nonzero(differs.any(axis=2) if differs.ndim == 3 else differs))


def _through(table: NDArray[np.uint16], image: NDArray[Any]) -> NDArray[Any]:
    mapped: NDArray[Any] = table[image].astype(image.dtype)
    return mapped


@cache
def _train_table() -> NDArray[np.uint16]:
    """Return the value in train-id maps of each value in label-id maps: one table for classes and instances alike."""
    table = np.full(34 * 1000, VOID, np.uint16)
    for label in load_table("cityscapes").labels:
        if label.id >= 0:
            table[label.id] = label.train_id
            if label.has_instances and label.train_id != VOID:
                table[label.id * 1000 : (label.id + 1) * 1000] = label.train_id * 1000 + np.arange(1000)
    return table
