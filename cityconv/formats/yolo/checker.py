"""YOLO files: `data.yaml`, and the rows of text files, filled as Ultralytics fills them."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.check.allowance import MaskAllowance
from cityconv.check.bridges import equals_but_bridges, has_slanted_lines
from cityconv.check.expected_files import file_findings, has_images_by_subset, images_by_subset_findings, list_files
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.matching import MatchedObject, Matching, match, object_findings
from cityconv.check.reading import DamagedError, check_number, decode_text, read_bytes, read_frame_file, text_lines
from cityconv.check.rectangles import box_around, rectangle_similarity, smallest_rectangles
from cityconv.check.reference import ExpectedObject, check_frame, expected_objects
from cityconv.formats.yolo.reader import (
    MAX_DESCRIPTION,
    RESERVED_KEYS,
    RESOLVED_SPLITS,
    Row,
    fill,
    parse_description,
    parse_row,
    row_box,
    row_points,
    task_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cityconv.check.bounded_mask import Box
    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.formats.yolo.reader import Description
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame, FrameKey
    from cityconv.vocabulary import Extent

_TASKS = ("detect", "segment", "obb")
_DESCRIPTION = "data.yaml"
_SAMPLED_FILES = 100  # to infer the task
_SAMPLED_BYTES = 2**20  # of a file; larger ones are not considered
_REQUIRED_SPLITS = ("train", "val")  # by Ultralytics
_SPLIT_KEYS = {  # what folders of splits are called in `data.yaml`, by their name in lower case
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


def is_present(out: Path) -> bool:
    """Return whether an output folder holds YOLO files."""
    return (out / _DESCRIPTION).exists() or (out / "labels").is_dir()


def has_images(out: Path) -> bool:
    """Return whether an output folder holds images beside text files."""
    return has_images_by_subset(out)


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's YOLO files; see `Checker.checks`."""
    if not is_present(out):
        return []
    notes: list[str] = []
    findings: list[Finding] = []
    description = None
    try:
        description = parse_description(decode_text(read_bytes(out, out / _DESCRIPTION, MAX_DESCRIPTION)))
    except DamagedError as error:
        findings.append(error.finding(str(out / _DESCRIPTION)))
    selection = options.classes_of("instances", description.names if description else [], notes)
    if selection.groups == "crowd":  # YOLO has no crowds
        selection = selection._replace(groups="drop")
    if description:
        findings += _path_findings(out, description)
        findings += _split_findings(str(out / _DESCRIPTION), description.folders, frames)
        findings += _name_findings(str(out / _DESCRIPTION), description.names, selection)
    texts = (path for path in list_files(out, "labels") if path.endswith(".txt"))
    findings += file_findings(out, texts, (path for frame in frames for path in _text_files(frame)))
    findings += images_by_subset_findings(out, frames)
    present = {
        frame.key: [path for path in _text_files(frame) if os.path.lexists(out / path)]  # missing ones are findings
        for frame in frames
    }
    task = options.task_among(_TASKS) or _task(out, [path for paths in present.values() for path in paths])
    work = _CompareFrame(options.reader, out, present, selection, task, options.extent, options.min_area)
    return [Check("yolo", [frame for frame in frames if present[frame.key]], work, _TASKS, findings, notes)]


def _text_files(frame: Frame) -> list[str]:
    """Return the paths of the text files of a frame's images, below the output."""
    return [f"labels/{frame.subset}/{path.rpartition('.')[0]}.txt" for path in frame.image_paths]


def _task(out: Path, paths: list[str]) -> str:
    """Return the task of the first files. Unreadable ones become findings later."""
    return task_of(_sampled_texts(out, paths[:_SAMPLED_FILES]))


def _sampled_texts(out: Path, paths: list[str]) -> Iterator[str]:
    """Yield the texts of files that can be read and are not large."""
    for path in paths:
        with suppress(DamagedError):
            yield decode_text(read_bytes(out, out / path, _SAMPLED_BYTES))


def _slant_findings(
    matching: Matching, outlines: list[NDArray[np.float64]], found: list[MatchedObject], file: str
) -> Iterator[Finding]:
    """Yield the outlines that enclose the right pixels, but with lines that lack a vertex."""
    for pair in sorted(matching.pairs, key=lambda pair: pair.actual):
        if pair.similarity == 1 and has_slanted_lines(outlines[pair.actual]):
            message = f"{found[pair.actual].label}: a line of the outline is neither along a row nor along a column"
            yield Finding("mask", file, message)


def _path_findings(out: Path, description: Description) -> Iterator[Finding]:
    """Yield a finding if the folders are not below the output. A relative path depends on Ultralytics' settings."""
    if description.path is not None and description.path not in (str(out.absolute()), str(out.resolve())):
        yield Finding("value", str(out / _DESCRIPTION), f"path: {description.path!r} is not the folder of this file")


def _split_findings(file: str, folders: dict[str, list[str]], frames: list[Frame]) -> Iterator[Finding]:
    """Yield the splits of `data.yaml` that are missing or have other folders than those of their images.

    If there are no frames of train, the split has the folders of val, and vice versa; if there are none of both, both
    have those of the first split. Splits that Ultralytics does not know and that have no frames do not matter.
    """
    expected: dict[str, list[str]] = {}
    for frame in frames:
        own = expected.setdefault(_SPLIT_KEYS.get(frame.split.lower(), frame.split), [])
        if (folder := f"images/{frame.subset}") not in own:
            own.append(folder)
    first = next(iter(expected.values()))
    stand_in = expected.get("train", expected.get("val", first))
    expected = dict.fromkeys(_REQUIRED_SPLITS, stand_in) | expected
    known = {split for split in folders if split in RESOLVED_SPLITS}
    for split in sorted({*expected, *known}.difference(RESERVED_KEYS)):
        if split not in folders:
            yield Finding("missing", file, f"missing split {split}")
        elif split not in expected:
            yield Finding("value", file, f"unexpected split {split}: {', '.join(folders[split])}")
        elif [folder.rstrip("/") for folder in folders[split]] != expected[split]:
            message = f"{split}: {', '.join(folders[split])} where {', '.join(expected[split])} is expected"
            yield Finding("value", file, message)


def _name_findings(file: str, names: list[str], selection: Selection) -> Iterator[Finding]:
    expected = [item.name for item in selection.classes]
    if not names:
        yield Finding("missing", file, "missing names")
        return
    for index in range(max(len(names), len(expected))):
        found, wanted = (side[index] if index < len(side) else None for side in (names, expected))
        if found is None:
            yield Finding("class", file, f"missing class {index}, {wanted!r}")
        elif wanted is None:
            yield Finding("class", file, f"extra class {index}, {found!r}")
        elif found != wanted:
            yield Finding("class", file, f"class {index} is {found!r} where {wanted!r} is expected")


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the rows of the images of one frame.

    The attributes are the reader, the output folder, the text files by frame, and the options of the format.
    """

    reader: FrameReader
    out: Path
    paths: dict[FrameKey, list[str]]
    selection: Selection
    task: str
    extent: Extent
    min_area: int

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self.reader, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        expected = expected_objects(rasterized, self.selection, extent=self.extent, min_area=self.min_area)
        size = rasterized.height, rasterized.width
        count = 0
        findings: list[Finding] = []
        for path in self.paths[rasterized.frame.key]:
            file = str(self.out / path)
            try:
                text = decode_text(read_frame_file(self.out, self.out / path))
                lines = text_lines(text)
                count += len(lines)
                if text and not text.endswith("\n"):
                    findings.append(Finding("unreadable", file, "the last line is truncated"))
                check_number(len(lines), len(expected), "rows")
                findings += self._compare_lines(lines, file, expected, *size)
            except DamagedError as error:
                findings.append(error.finding(file))
        return Checked(rasterized.frame, {"rows": count}, findings)

    def _compare_lines(
        self, lines: list[str], file: str, expected: list[ExpectedObject], height: int, width: int
    ) -> list[Finding]:
        rows, findings = self._parse(lines, file)
        wanted = [item.to_match(self.selection) for item in expected]
        found, matching = self._match(expected, wanted, rows, height, width)
        findings += object_findings(matching, wanted, found, file)
        if self.task == "segment":
            outlines = [row_points(row, height, width) for row in rows.values()]
            findings += _slant_findings(matching, outlines, found, file)
        return findings

    def _parse(self, lines: list[str], file: str) -> tuple[dict[int, Row], list[Finding]]:
        """Return the valid rows by line number, and the findings for all others."""
        rows: dict[int, Row] = {}
        findings: list[Finding] = []
        for number, line in enumerate(lines, 1):
            try:
                row = parse_row(line, self.task)
            except DamagedError as error:
                findings.append(Finding(error.kind, file, f"line {number}: {error}"))
                continue
            if row.class_index < len(self.selection.classes):
                rows[number] = row
            else:
                message = f"line {number}: class {row.class_index} of {len(self.selection.classes)} classes"
                findings.append(Finding("class", file, message))
        return rows, findings

    def _match(
        self, expected: list[ExpectedObject], wanted: list[MatchedObject], rows: dict[int, Row], height: int, width: int
    ) -> tuple[list[MatchedObject], Matching]:
        """Return the objects of the rows, and their matching with the expected ones."""
        if self.task == "detect":
            found = [self._to_match(number, row, row_box(row, height, width)) for number, row in rows.items()]
            return found, match(wanted, found)
        points = [row_points(row, height, width) for row in rows.values()]
        if self.task == "obb":
            boxes = map(box_around, points)
            found = [self._to_match(*row, box) for row, box in zip(rows.items(), boxes, strict=True)]
            smallest = [smallest_rectangles(item.mask, height, width) for item in expected]
            around = [
                item._replace(box=box_around(rectangles[0]), mask=None)
                for item, rectangles in zip(wanted, smallest, strict=True)
            ]
            return found, match(around, found, lambda i, j: rectangle_similarity(smallest[i], points[j]))
        allowance = MaskAllowance(height, width)
        masks = [fill(outline, allowance.take) for outline in points]
        found = [
            self._to_match(*row, mask.box)._replace(mask=mask) for row, mask in zip(rows.items(), masks, strict=True)
        ]
        matching = match(wanted, found)
        pairs = [
            pair._replace(similarity=1.0)
            if pair.similarity < 1
            and equals_but_bridges(
                expected[pair.expected].mask, masks[pair.actual], points[pair.actual], allowance.take
            )
            else pair
            for pair in matching.pairs
        ]
        return found, matching._replace(pairs=pairs)

    def _to_match(self, number: int, row: Row, box: Box) -> MatchedObject:
        return MatchedObject(self.selection.classes[row.class_index].name, False, box, None, f"line {number}")
