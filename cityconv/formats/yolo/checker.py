"""YOLO text files, read plainly and drawn as Ultralytics draws them."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.check.file_listing import file_findings, image_findings, images_by_subset, read_text
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.matching import MatchedObject, Matching, match, object_findings
from cityconv.check.png import DamagedError
from cityconv.check.rectangles import box_around, rectangle_similarity, smallest_rectangles
from cityconv.check.reference import Expected, check_frame, expected_objects
from cityconv.formats.yolo.reader import RangeError, Row, fill, is_joined, read_row, row_box, row_points, task_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.vocabulary import Extent
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame

_TASKS = ("detect", "segment", "obb")
_DESCRIPTION = "data.yaml"
_FOLDERS = re.compile(r"(\w+): (\[.+\]|[^\[].*)")
_NAME = re.compile(r'  (\d+): "(.+)"')
_ENOUGH_FILES = 100
_NEEDED = ("train", "val")  # Ultralytics insists on both


def is_present(out: Path) -> bool:
    """Return whether an output folder holds YOLO files."""
    return (out / _DESCRIPTION).exists() or (out / "labels").is_dir()


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's YOLO files; see `Checker.checks`."""
    if not is_present(out):
        return []
    notes: list[str] = []
    folders, names, findings = _read_description(out / _DESCRIPTION)
    selection = options.classes_of("instances", list(names.values()), notes)
    if selection.groups == "crowd":  # which cannot be expressed
        selection = selection._replace(groups="drop")
    if folders:
        findings += _description_findings(str(out / _DESCRIPTION), folders, names, frames, selection)
    stem = options.image_suffix.rpartition(".")[0]
    paths = {frame.name: out / "labels" / frame.subset / frame.city / f"{frame.name}{stem}.txt" for frame in frames}
    findings += file_findings(out, "labels/**/*.txt", (str(path.relative_to(out)) for path in paths.values()))
    findings += image_findings(out, "images", images_by_subset(frames, options.image_suffix))
    present = [frame for frame in frames if paths[frame.name].is_file()]
    task = options.task_among(_TASKS) or _task([paths[frame.name] for frame in present])
    work = _CompareFrame(paths, selection, task, options.extent, options.min_area)
    return [Check("yolo", present, work, _TASKS, findings, notes)]


def _task(paths: list[Path]) -> str:
    """Return the task that the first files are written for; those that cannot be read are found later."""
    texts = []
    for path in paths[:_ENOUGH_FILES]:
        with suppress(DamagedError):
            texts.append(read_text(path))
    return task_of(texts)


def _read_description(path: Path) -> tuple[dict[str, list[str]], dict[int, str], list[Finding]]:
    """Return the folders of each split and the names of classes, and what is wrong with the file."""
    folders: dict[str, list[str]] = {}
    names: dict[int, str] = {}
    findings: list[Finding] = []
    try:
        lines = read_text(path).splitlines()
    except DamagedError as error:
        return {}, {}, [Finding("unreadable" if path.exists() else "missing", str(path), str(error))]
    for number, line in enumerate(lines, 1):
        if found := _NAME.fullmatch(line):
            names[int(found[1])] = found[2]
        elif found := _FOLDERS.fullmatch(line):
            folders[found[1]] = found[2].strip("[]").split(", ")
        elif line != "names:" and not line.startswith("#"):
            findings.append(Finding("unreadable", str(path), f"line {number}: {line!r} is not understood"))
    return folders, names, findings


def _description_findings(
    file: str, folders: dict[str, list[str]], names: dict[int, str], frames: list[Frame], selection: Selection
) -> Iterator[Finding]:
    """Yield what `data.yaml` says wrongly."""
    wanted: dict[str, list[str]] = {}
    for frame in frames:
        wanted.setdefault(frame.split, [])
        if (folder := f"images/{frame.subset}") not in wanted[frame.split]:
            wanted[frame.split].append(folder)
    known = [*wanted.values()]
    for split in sorted({*wanted, *folders, *_NEEDED}):
        right = [wanted[split]] if split in wanted else known if split in _NEEDED else []
        if split not in folders:
            yield Finding("missing", file, f"no {split}")
        elif folders[split] not in right:
            yield Finding("value", file, f"{split}: {', '.join(folders[split])}, which holds no images of it")
    right_names = {index: item.name for index, item in enumerate(selection.classes)}
    for index in sorted(names.keys() | right_names):
        if names.get(index) != right_names.get(index):
            what = f"class {index} is {names.get(index)!r} where {right_names.get(index)!r} is expected"
            yield Finding("class", file, what)


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the rows of one frame; the attributes are the options of the format, and where the files are."""

    paths: dict[str, Path]
    selection: Selection
    task: str
    extent: Extent
    min_area: int

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, drawn: RasterizedFrame) -> Checked:
        path = self.paths[drawn.frame.name]
        try:
            text = read_text(path)
        except DamagedError as error:
            return Checked(drawn.frame, {}, [Finding("unreadable", str(path), str(error))])
        rows, findings = self._rows(text, str(path))
        expected = expected_objects(drawn, self.selection, extent=self.extent, min_area=self.min_area)
        size = drawn.annotation.height, drawn.annotation.width
        ours, theirs, matching = self._match(expected, rows, *size)
        findings += object_findings(matching, ours, theirs, str(path))
        return Checked(drawn.frame, {"rows": len(text.splitlines())}, findings)

    def _rows(self, text: str, file: str) -> tuple[dict[int, Row], list[Finding]]:
        """Return the rows that are in order by the number of their lines, and what is wrong with the others."""
        rows: dict[int, Row] = {}
        findings: list[Finding] = []
        if text and not text.endswith("\n"):
            findings.append(Finding("unreadable", file, "ends within a line"))
        for number, line in enumerate(text.splitlines(), 1):
            try:
                row = read_row(line, self.task)
            except DamagedError as error:
                kind = "range" if isinstance(error, RangeError) else "unreadable"
                findings.append(Finding(kind, file, f"line {number}: {error}"))  # type: ignore[arg-type]
                continue
            if row.class_index < len(self.selection.classes):
                rows[number] = row
            else:
                what = f"line {number}: class {row.class_index} of {len(self.selection.classes)}"
                findings.append(Finding("class", file, what))
        return rows, findings

    def _match(
        self, expected: list[Expected], rows: dict[int, Row], height: int, width: int
    ) -> tuple[list[MatchedObject], list[MatchedObject], Matching]:
        ours = [item.thing(self.selection) for item in expected]
        if self.task == "detect":
            theirs = [self._thing(number, row, row_box(row, height, width)) for number, row in rows.items()]
            return ours, theirs, match(ours, theirs)
        points = [row_points(row, height, width) for row in rows.values()]
        if self.task == "obb":
            theirs = [
                self._thing(*item, box_around(corners)) for item, corners in zip(rows.items(), points, strict=True)
            ]
            smallest = [smallest_rectangles(item.mask, height, width) for item in expected]
            return ours, theirs, match(ours, theirs, lambda a, b: rectangle_similarity(smallest[a], points[b]))
        masks = [fill(outline) for outline in points]
        theirs = [
            self._thing(*item, mask.box)._replace(mask=mask) for item, mask in zip(rows.items(), masks, strict=True)
        ]
        matching = match(ours, theirs)
        pairs = [
            pair._replace(similarity=1.0)
            if is_joined(expected[pair.expected].mask, masks[pair.actual], points[pair.actual])
            else pair
            for pair in matching.pairs
        ]
        return ours, theirs, matching._replace(pairs=pairs)

    def _thing(self, number: int, row: Row, box: tuple[float, float, float, float]) -> MatchedObject:
        return MatchedObject(self.selection.classes[row.class_index].name, False, box, None, f"line {number}")
