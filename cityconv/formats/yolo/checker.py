"""YOLO data sets: `data.yaml`, and the text files or masks of the frames."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from cityconv.check.expected_files import (
    file_findings,
    has_images_by_subset,
    image_paths,
    images_by_subset_findings,
    list_files,
)
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.numbering import expected_numbering
from cityconv.check.reading import DamagedError, decode_text, read_bytes
from cityconv.formats.yolo.compare_masks import CompareMasks
from cityconv.formats.yolo.compare_rows import CompareRows
from cityconv.formats.yolo.description import DESCRIPTION, MASKS, description_findings
from cityconv.formats.yolo.reader import MAX_DESCRIPTION, parse_description, task_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.formats.yolo.reader import Description
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame

_TASKS = ("detect", "segment", "obb", "semantic")
_TEXTS = "labels"  # the folder of text files
_SAMPLED_FILES = 100  # to infer the task
_SAMPLED_BYTES = 2**20  # of a file; larger ones are not considered


def is_present(out: Path) -> bool:
    """Return whether an output folder holds YOLO files."""
    return (out / DESCRIPTION).exists() or (out / _TEXTS).is_dir()


def has_images(out: Path) -> bool:
    """Return whether an output folder holds images beside text files or masks."""
    return has_images_by_subset(out)


def checks(out: Path, frames: Sequence[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's YOLO files; see `Checker.checks`."""
    if not is_present(out):
        return []
    notes: list[str] = []
    findings: list[Finding] = []
    description = _description(out, findings)
    task = options.task_among(_TASKS) or _task(out, description)
    selection, values = _classes(options, task, description, notes)
    if description:
        findings += description_findings(out, description, frames, selection, values)
    folder, ending = (_TEXTS, ".txt") if values is None else (MASKS, ".png")
    expected = {
        frame.key: [
            f"{folder}/{frame.subset}/{path.rpartition('.')[0]}{ending}"
            for path in image_paths(frame, is_flat=not options.is_nested)
        ]
        for frame in frames
    }
    there = (path for path in list_files(out, folder) if path.endswith(ending))
    findings += file_findings(out, there, (path for paths in expected.values() for path in paths))
    findings += images_by_subset_findings(out, frames, options, is_flat=not options.is_nested)
    present = {  # missing ones are findings
        key: [path for path in paths if os.path.lexists(out / path)] for key, paths in expected.items()
    }
    work: Callable[[Frame], Checked]
    if values is None:
        work = CompareRows(options.reader, out, present, selection, task, options.extent, options.min_area)
    else:
        work = CompareMasks(options.reader, out, present, selection, values, options.min_area)
    return [Check("yolo", [frame for frame in frames if present[frame.key]], work, _TASKS, findings, notes)]


def _description(out: Path, findings: list[Finding]) -> Description | None:
    """Return the content of `data.yaml`; None if it cannot be read, which is a finding."""
    try:
        return parse_description(decode_text(read_bytes(out, out / DESCRIPTION, MAX_DESCRIPTION)))
    except DamagedError as error:
        findings.append(error.finding(str(out / DESCRIPTION)))
        return None


def _classes(
    options: ExpectedOptions, task: str, description: Description | None, notes: list[str]
) -> tuple[Selection, tuple[int, ...] | None]:
    """Return the classes, and what masks hold for each; None for text files."""
    names, mapping = (description.names, description.mapping) if description else ([], {})
    if task != "semantic":
        selection = options.classes_of("instances", names, notes)
        return selection._replace(groups="drop") if selection.groups == "crowd" else selection, None  # without crowds
    if options.category_ids or mapping:
        value_of = {index: value for value, index in mapping.items()}
        listed = [(value_of.get(index, index), name) for index, name in enumerate(names)]
        return expected_numbering(options, "eval", listed, notes)
    selection = options.classes_of("eval", names, notes)
    return selection, tuple(range(len(selection.classes)))


def _task(out: Path, description: Description | None) -> str:
    """Return the task that the description, or else the first text files belong to."""
    if description and description.masks:
        return "semantic"
    paths = sorted(path for path in list_files(out, _TEXTS) if path.endswith(".txt"))
    return task_of(_sampled_texts(out, paths[:_SAMPLED_FILES]))


def _sampled_texts(out: Path, paths: list[str]) -> Iterator[str]:
    """Yield the texts of files that can be read and are not large. Unreadable ones become findings later."""
    for path in paths:
        with suppress(DamagedError):
            yield decode_text(read_bytes(out, out / path, _SAMPLED_BYTES))
