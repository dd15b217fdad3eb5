"""The images of outputs, as scenes: each format is read from its own files alone, by its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.preview.outputs import coco, csv, panoptic, voc, yolo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cityconv.preview.outputs.images import Output, OutputImage

# Label maps are read as a data set of label maps is.
IMAGES_OF: dict[str, Callable[[Output], Iterator[OutputImage]]] = {
    "coco": coco.images,
    "panoptic": panoptic.images,
    "yolo": yolo.images,
    "voc": voc.images,
    "csv": csv.images,
}
