"""Which tests should notice a change in a module, those that are nearest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_COMMANDS = ("tests/cli", "tests/test_docs.py")
_TARGETS = {
    "": _COMMANDS,
    "source": ("tests/source", "tests/layouts", "tests/robustness/malformed"),
    "raster": ("tests/raster", "tests/frame", "tests/formats/coco", "tests/formats/yolo"),
    "frame": ("tests/frame", "tests/formats/labelmap", "tests/formats/coco", "tests/source", "tests/layouts"),
    "check": ("tests/check", "tests/formats", "tests/verification", "tests/robustness/outputs"),
    "formats": ("tests/formats/test_selections.py", "tests/verification", "tests/robustness/outputs"),
    "engine": ("tests/engine", *_COMMANDS, "tests/robustness/faults", "tests/robustness/signals"),
    "verification": ("tests/verification", "tests/cli/test_verify.py", "tests/robustness/outputs"),
    "sample": ("tests/sample",),
    "cli": (*_COMMANDS, "tests/engine", "tests/robustness/malformed"),
}


def targets_of(root: Path, module: Path) -> list[str]:
    """Return the tests to run for a module, as paths relative to the root of the repository.

    Args:
        root: the root of the repository.
        module: path of the module, relative to the root.
    """
    below = module.relative_to("cityconv")
    folder = "tests" / below.parent
    package = below.parts[0] if len(below.parts) > 1 else ""
    near = [folder / f"test_{module.name}", *([folder] if package else [])]
    return list(dict.fromkeys([*(str(path) for path in near if (root / path).exists()), *_TARGETS[package]]))
