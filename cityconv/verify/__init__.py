"""Comparing released PNGs, or an output of cityconv, with the annotations; outputs are read by independent readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.check.expected_options import ExpectedOptions
from cityconv.check.findings import Check, Checked, Finding, report_json
from cityconv.errors import SourceError, UsageError
from cityconv.formats.coco import checker as coco
from cityconv.formats.labelmap import checker as labelmap
from cityconv.formats.panoptic import checker as panoptic
from cityconv.formats.voc import checker as voc
from cityconv.formats.yolo import checker as yolo
from cityconv.verify.ground_truth import check_ground_truth

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.check.checker import Checker
    from cityconv.source.layout import Frame

__all__ = ["Check", "Checked", "ExpectedOptions", "Finding", "check_ground_truth", "check_output", "report_json"]

_CHECKERS: tuple[Checker, ...] = (coco, panoptic, yolo, voc, labelmap)
_UNFINISHED = ".cityconv"


def check_output(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the comparisons of all formats that are found in an output; the frames of each are still to be done.

    Raises:
        SourceError: there is no such folder, or none of the formats in it.
        UsageError: the options do not fit together.
    """
    if not out.is_dir():
        raise SourceError(f"{out}: no such folder")
    checks = _checks(out, frames, options)
    if not checks:
        raise SourceError(f"{out}: found no output of cityconv here", _hint(out))
    if options.task and not any(options.task in check.tasks for check in checks):
        raise UsageError(f"--task {options.task}: nothing in {out} has such a task")
    if (out / _UNFINISHED).exists():
        checks[0].findings.insert(0, Finding("extra", str(out / _UNFINISHED), "an unfinished run is here"))
    return checks


def _checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    return [check for checker in _CHECKERS for check in checker.checks(out, frames, options)]


def _hint(out: Path) -> str:
    """Return what to try when a folder holds no output: one below it may, as a recipe puts them there."""
    below = [path.name for path in sorted(out.iterdir()) if path.is_dir() and _holds_output(path)]
    return f"but there is in {', '.join(below)}; verify each with the options it was made with" if below else ""


def _holds_output(out: Path) -> bool:
    return any(checker.is_present(out) for checker in _CHECKERS)
