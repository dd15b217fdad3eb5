"""Cityscapes polygon annotations to COCO, panoptic, YOLO, Pascal VOC and label-map PNGs.

The names below are the public API; `docs/api.md` shows them at work. They are imported when first used, so that the
command line starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cityconv.engine.convert import Output, Plan, Settings, convert
    from cityconv.errors import CityconvError
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import read_class_map, select_classes
    from cityconv.source.layout import find_frames
    from cityconv.source.polygons import parse_annotation

__version__ = "0.1.0"

__all__ = [
    "CityconvError",
    "RasterizedFrame",
    "Output",
    "Plan",
    "Settings",
    "convert",
    "find_frames",
    "parse_annotation",
    "read_class_map",
    "select_classes",
]

_HOMES = {
    "CityconvError": "cityconv.errors",
    "RasterizedFrame": "cityconv.frame.rasterized",
    "Output": "cityconv.engine.convert",
    "Plan": "cityconv.engine.convert",
    "Settings": "cityconv.engine.convert",
    "convert": "cityconv.engine.convert",
    "find_frames": "cityconv.source.layout",
    "parse_annotation": "cityconv.source.polygons",
    "read_class_map": "cityconv.source.classes",
    "select_classes": "cityconv.source.classes",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name not in _HOMES:
        raise AttributeError(f"module 'cityconv' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
