"""Cityscapes polygon annotations to COCO, panoptic, YOLO, Pascal VOC, CSV and label-map PNGs.

The names below are the public API; `docs/api.md` shows them at work. They are imported on first use, so that the
command line starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cityconv.version import __version__

if TYPE_CHECKING:
    from cityconv.check.findings import Check, Finding
    from cityconv.engine.convert import Output, Plan, Settings, convert
    from cityconv.errors import CityconvError
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import read_class_map, select_classes
    from cityconv.source.layout import find_frames
    from cityconv.source.polygons import parse_annotation
    from cityconv.verification.options import ContentOptions, TargetOptions
    from cityconv.verification.verify import Verification, verify

__all__ = [
    "Check",
    "CityconvError",
    "ContentOptions",
    "Finding",
    "Output",
    "Plan",
    "RasterizedFrame",
    "Settings",
    "TargetOptions",
    "Verification",
    "__version__",
    "convert",
    "find_frames",
    "parse_annotation",
    "read_class_map",
    "select_classes",
    "verify",
]

_MODULES = {
    "Check": "cityconv.check.findings",
    "CityconvError": "cityconv.errors",
    "ContentOptions": "cityconv.verification.options",
    "Finding": "cityconv.check.findings",
    "Output": "cityconv.engine.convert",
    "Plan": "cityconv.engine.convert",
    "RasterizedFrame": "cityconv.frame.rasterized",
    "Settings": "cityconv.engine.convert",
    "TargetOptions": "cityconv.verification.options",
    "Verification": "cityconv.verification.verify",
    "convert": "cityconv.engine.convert",
    "find_frames": "cityconv.source.layout",
    "parse_annotation": "cityconv.source.polygons",
    "read_class_map": "cityconv.source.classes",
    "select_classes": "cityconv.source.classes",
    "verify": "cityconv.verification.verify",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a name of any type
    if name not in _MODULES:
        raise AttributeError(f"module 'cityconv' has no attribute {name!r}")
    # Kept, since importing `cityconv.verification` would bind the module to the same name.
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value
