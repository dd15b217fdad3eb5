"""The names that options, formats and checkers share. Nothing heavy is imported here."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Task = Literal["instance", "semantic", "detection"]
YoloTask = Literal["detect", "segment", "obb", "semantic"]
Extent = Literal["visible", "full"]
Groups = Literal["crowd", "drop", "merge", "class"]
Preset = Literal["instances", "things", "eval", "labels", "raw"]
Segmentation = Literal["rle", "uncompressed-rle", "polygon", "none"]
CocoLayout = Literal["coco", "roboflow"]
PanopticLayout = Literal["cityscapes", "coco"]
LabelIdScheme = Literal["label", "train"]
SubsetBy = Literal["split", "city"]
SkipReason = Literal["class", "group", "hidden", "outside", "size", "empty", "unknown", "min_area"]
LinkMode = Literal["symlink", "hardlink", "copy"]
OnError = Literal["fail", "skip"]
Front = Literal["last", "smaller", "larger"]
UnknownLabels = Literal["fail", "drop"]
Layer = Literal["masks", "outlines", "boxes", "names"]
ReadKind = Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"]

DEFAULT_TABLE = "cityscapes"  # the built-in label table that is used when none is given
IMAGE_SUFFIX = "_leftImg8bit.png"  # follows the name of a frame in the name of its photograph
COCO_FILE_NAME = "instances_{split}.json"
VOC_YEAR = 2012
STAGING_FOLDER = ".cityconv"  # below an output that is not complete yet


class LabelMapKind(StrEnum):
    """What the pixels of a label map stand for. The values end the released file names."""

    LABEL_IDS = "labelIds"
    LABEL_TRAIN_IDS = "labelTrainIds"
    INSTANCE_IDS = "instanceIds"
    INSTANCE_TRAIN_IDS = "instanceTrainIds"
    COLOR = "color"
    CATEGORY_IDS = "categoryIds"
    MASKS = "masks"
