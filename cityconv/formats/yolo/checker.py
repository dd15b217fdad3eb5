"""YOLO files: `data.yaml`, and the rows of text files, filled as Ultralytics fills them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.check.bridges import equals_but_bridges
from cityconv.check.expected_files import file_findings, image_findings, images_by_subset
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.matching import MatchedObject, Matching, match, object_findings
from cityconv.check.reading import DamagedError, read_text
from cityconv.check.rectangles import box_around, rectangle_similarity, smallest_rectangles
from cityconv.check.reference import ExpectedObject, check_frame, expected_objects
from cityconv.formats.yolo.reader import (
    RESERVED_KEYS,
    RESOLVED_SPLITS,
    Row,
    fill,
    parse_row,
    read_description,
    row_box,
    row_points,
    task_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.check.bounded_mask import Box
    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.formats.yolo.reader import Description
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame
    from cityconv.vocabulary import Extent

_TASKS = ("detect", "segment", "obb")
_DESCRIPTION = "data.yaml"
_SAMPLED_FILES = 100  # to infer the task
_REQUIRED_SPLITS = ("train", "val")  # by Ultralytics


def is_present(out: Path) -> bool:
    """Return whether an output folder holds YOLO files."""
    return (out / _DESCRIPTION).exists() or (out / "labels").is_dir()


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's YOLO files; see `Checker.checks`."""
    if not is_present(out):
        return []
    notes: list[str] = []
    findings: list[Finding] = []
    description = None
    try:
        description = read_description(out / _DESCRIPTION)
    except DamagedError as error:
        findings.append(error.finding(str(out / _DESCRIPTION)))
    selection = options.classes_of("instances", description.names if description else [], notes)
    if selection.groups == "crowd":  # YOLO has no crowds
        selection = selection._replace(groups="drop")
    if description:
        findings += _path_findings(out, description)
        findings += _split_findings(str(out / _DESCRIPTION), description.folders, frames)
        findings += _name_findings(str(out / _DESCRIPTION), description.names, selection)
    stem = options.image_suffix.rpartition(".")[0]
    paths = {frame.name: out / "labels" / frame.subset / frame.city / f"{frame.name}{stem}.txt" for frame in frames}
    findings += file_findings(out, "labels/**/*.txt", (path.relative_to(out).as_posix() for path in paths.values()))
    findings += image_findings(out, "images", images_by_subset(frames, options.image_suffix))
    present = [frame for frame in frames if paths[frame.name].is_file()]
    task = options.task_among(_TASKS) or _task([paths[frame.name] for frame in present])
    work = _CompareFrame(paths, selection, task, options.extent, options.min_area)
    return [Check("yolo", present, work, _TASKS, findings, notes)]


def _task(paths: list[Path]) -> str:
    """Return the task of the first files. Unreadable ones become findings later."""
    texts = []
    for path in paths[:_SAMPLED_FILES]:
        with suppress(DamagedError):
            texts.append(read_text(path))
    return task_of(texts)


def _path_findings(out: Path, description: Description) -> Iterator[Finding]:
    """Yield a finding if the folders are not below the output. A relative path depends on Ultralytics' settings."""
    if description.path is not None and description.path not in (str(out.absolute()), str(out.resolve())):
        yield Finding("value", str(out / _DESCRIPTION), f"path: {description.path!r} is not the folder of this file")


def _split_findings(file: str, folders: dict[str, list[str]], frames: list[Frame]) -> Iterator[Finding]:
    """Yield the splits of `data.yaml` that are missing or have other folders than those of their images.

    If there are no frames of train or val, the split may have the folders of any other. Splits that Ultralytics does
    not know and that have no frames do not matter.
    """
    expected: dict[str, list[str]] = {}
    for frame in frames:
        own = expected.setdefault(frame.split, [])
        if (folder := f"images/{frame.subset}") not in own:
            own.append(folder)
    known = {split for split in folders if split in RESOLVED_SPLITS}
    for split in sorted({*expected, *known, *_REQUIRED_SPLITS}.difference(RESERVED_KEYS)):
        stand_ins = list(expected.values()) if split in _REQUIRED_SPLITS else []
        correct = [expected[split]] if split in expected else stand_ins
        if split not in folders:
            yield Finding("missing", file, f"missing split {split}")
        elif not correct:
            yield Finding("value", file, f"unexpected split {split}: {', '.join(folders[split])}")
        elif [folder.rstrip("/") for folder in folders[split]] not in correct:
            message = f"{split}: {', '.join(folders[split])} where {', '.join(correct[0])} is expected"
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
    """Compares the rows of one frame. The attributes are the paths of the files by frame, and the format's options."""

    paths: dict[str, Path]
    selection: Selection
    task: str
    extent: Extent
    min_area: int

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        path = self.paths[rasterized.frame.name]
        try:
            text = read_text(path)
        except DamagedError as error:
            return Checked(rasterized.frame, {}, [error.finding(str(path))])
        rows, findings = self._parse(text, str(path))
        expected = expected_objects(rasterized, self.selection, extent=self.extent, min_area=self.min_area)
        height, width = rasterized.annotation.height, rasterized.annotation.width
        wanted = [item.to_match(self.selection) for item in expected]
        found, matching = self._match(expected, wanted, rows, height, width)
        findings += object_findings(matching, wanted, found, str(path))
        return Checked(rasterized.frame, {"rows": len(text.splitlines())}, findings)

    def _parse(self, text: str, file: str) -> tuple[dict[int, Row], list[Finding]]:
        """Return the valid rows by line number, and the findings for all others."""
        rows: dict[int, Row] = {}
        findings: list[Finding] = []
        if text and not text.endswith("\n"):
            findings.append(Finding("unreadable", file, "the last line is truncated"))
        for number, line in enumerate(text.splitlines(), 1):
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
            return found, match(wanted, found, lambda i, j: rectangle_similarity(smallest[i], points[j]))
        masks = [fill(outline) for outline in points]
        found = [
            self._to_match(*row, mask.box)._replace(mask=mask) for row, mask in zip(rows.items(), masks, strict=True)
        ]
        matching = match(wanted, found)
        pairs = [
            pair._replace(similarity=1.0)
            if equals_but_bridges(expected[pair.expected].mask, masks[pair.actual], points[pair.actual])
            else pair
            for pair in matching.pairs
        ]
        return found, matching._replace(pairs=pairs)

    def _to_match(self, number: int, row: Row, box: Box) -> MatchedObject:
        return MatchedObject(self.selection.classes[row.class_index].name, False, box, None, f"line {number}")
