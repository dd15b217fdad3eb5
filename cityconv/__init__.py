"""Cityscapes polygon annotations to COCO, panoptic, YOLO, Pascal VOC, CSV and label-map PNGs.

The names below are the public API: a function for each command, `open` to iterate over frames, and the types of their
results. `docs/api.md` has examples. They are imported on first use, so that the command line starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cityconv.version import __version__

if TYPE_CHECKING:
    from cityconv.api.frames import AnnotatedFrame, AnnotatedObject, Frames
    from cityconv.api.functions import (
        cityscapes,
        coco,
        csv,
        labelmap,
        labels,
        merge,
        open,
        panoptic,
        preview,
        run,
        sample,
        stats,
        verify,
        voc,
        yolo,
    )
    from cityconv.check.findings import Check, Finding
    from cityconv.engine.report import Summary
    from cityconv.errors import (
        AnnotationError,
        BadFramesError,
        CityconvError,
        OutputError,
        SourceError,
        UsageError,
        WorkerError,
    )
    from cityconv.previews.make import Previewed
    from cityconv.source.labels.table import Label, LabelTable
    from cityconv.statistics.collect import Collected
    from cityconv.statistics.document import Statistics
    from cityconv.verification.result import Verification

_MODULES = {
    **dict.fromkeys(("AnnotatedFrame", "AnnotatedObject", "Frames"), "cityconv.api.frames"),
    **dict.fromkeys(
        (
            "cityscapes",
            "coco",
            "csv",
            "labelmap",
            "labels",
            "merge",
            "open",
            "panoptic",
            "preview",
            "run",
            "sample",
            "stats",
            "verify",
            "voc",
            "yolo",
        ),
        "cityconv.api.functions",
    ),
    **dict.fromkeys(("Check", "Finding"), "cityconv.check.findings"),
    "Summary": "cityconv.engine.report",
    "Previewed": "cityconv.previews.make",
    **dict.fromkeys(
        (
            *("AnnotationError", "BadFramesError", "CityconvError", "OutputError", "SourceError", "UsageError"),
            "WorkerError",
        ),
        "cityconv.errors",
    ),
    **dict.fromkeys(("Label", "LabelTable"), "cityconv.source.labels.table"),
    "Collected": "cityconv.statistics.collect",
    "Statistics": "cityconv.statistics.document",
    "Verification": "cityconv.verification.result",
}

__all__ = [
    "AnnotatedFrame",
    "AnnotatedObject",
    "AnnotationError",
    "BadFramesError",
    "Check",
    "CityconvError",
    "Collected",
    "Finding",
    "Frames",
    "Label",
    "LabelTable",
    "OutputError",
    "Previewed",
    "SourceError",
    "Statistics",
    "Summary",
    "UsageError",
    "Verification",
    "WorkerError",
    "__version__",
    "cityscapes",
    "coco",
    "csv",
    "labelmap",
    "labels",
    "merge",
    "open",
    "panoptic",
    "preview",
    "run",
    "sample",
    "stats",
    "verify",
    "voc",
    "yolo",
]


if not TYPE_CHECKING:  # to type checkers, only the names above exist

    def __getattr__(name: str) -> Any:  # noqa: ANN401 - a name of any type
        if name not in _MODULES:
            raise AttributeError(f"module 'cityconv' has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)
