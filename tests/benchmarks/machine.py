"""What was measured on, and with."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_PACKAGES = (
    "cityconv", "numpy", "zlib-ng", "msgspec", "opencv-python-headless", "pycocotools", "cityscapesScripts", "pillow",
)  # fmt: skip


def describe() -> str:
    """Return date, machine and versions as Markdown."""
    versions = ", ".join(f"{package} {version(package)}" for package in _PACKAGES)
    cores = len(os.sched_getaffinity(0))
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores, {_processor()}, {platform.system()}, "
        f"Python {platform.python_version()}, {versions}. "
        f"Load of the machine before the start: {os.getloadavg()[0]:.1f}."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
