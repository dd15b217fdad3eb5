"""FiftyOne's importers; see `readers`. They parse without its database."""

from __future__ import annotations

from tests.consumers.reader import Reader

_FIFTYONE = "fiftyone==1.22.1"
_COCO = "cityconv coco city -o coco --images copy"
_BY_HAND = "needs some forty further packages, so not run here. It loads"

FIFTYONE_READERS = (
    Reader(
        "FiftyOne `COCODetectionDatasetImporter`, detections",
        _FIFTYONE,
        _COCO,
        reason=f"{_BY_HAND} 4 images and 59 objects",
    ),
    Reader(
        "FiftyOne `COCODetectionDatasetImporter`, segmentations",
        _FIFTYONE,
        _COCO,
        reason=f"{_BY_HAND} 4 images and 59 objects",
    ),
    Reader(
        "FiftyOne `VOCDetectionDatasetImporter`",
        _FIFTYONE,
        "cityconv voc city -o voc --task instance --images copy",
        reason=f"{_BY_HAND} 8 images and 80 objects",
    ),
    Reader(
        "FiftyOne `YOLOv5DatasetImporter`, detections",
        _FIFTYONE,
        "cityconv yolo city -o yolo --images hardlink",
        reason=f"{_BY_HAND} 4 images and 53 objects",
    ),
    Reader(
        "FiftyOne `YOLOv5DatasetImporter`, polylines",
        _FIFTYONE,
        "cityconv yolo city -o outlines --task segment --images hardlink",
        reason=f'{_BY_HAND} 4 images and 53 objects. `label_type="instances"` fails on objects one pixel high or wide',
    ),
)
