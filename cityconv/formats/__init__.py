"""The formats: one folder each, with its options, writer, reader and checker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.formats.cityscapes.options import CityscapesOptions
from cityconv.formats.coco.options import CocoOptions
from cityconv.formats.csv.options import CsvOptions
from cityconv.formats.labelmap.options import LabelMapOptions
from cityconv.formats.panoptic.options import PanopticOptions
from cityconv.formats.voc.options import VocOptions
from cityconv.formats.yolo.options import YoloOptions

if TYPE_CHECKING:
    from cityconv.formats.base import FormatOptions

# The one list of formats: command lines, recipes, verification and tests iterate over it.
FORMATS: dict[str, type[FormatOptions]] = {
    "coco": CocoOptions,
    "panoptic": PanopticOptions,
    "yolo": YoloOptions,
    "voc": VocOptions,
    "labelmap": LabelMapOptions,
    "csv": CsvOptions,
    "cityscapes": CityscapesOptions,
}
