"""CSV tables, compared row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.check.expected_files import file_findings, image_findings, images_by_subset
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.matching import MatchedObject, match, object_findings
from cityconv.check.reading import DamagedError, check_box, check_size
from cityconv.check.reference import check_frame, expected_objects, object_masks
from cityconv.formats.csv.reader import Row, read_table
from cityconv.frame.category_ids import category_ids

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.check.reference import ExpectedObject
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame
    from cityconv.vocabulary import Extent

_TASKS = ("instance", "semantic")
_PATTERN = "annotations_*.csv"
_ROUNDING = 0.5e-6 + 1e-12  # visible fractions have six decimals


def is_present(out: Path) -> bool:
    """Return whether an output folder holds CSV tables."""
    return any(out.glob(_PATTERN))


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's CSV tables; see `Checker.checks`."""
    if not is_present(out):
        return []
    task = options.task_among(_TASKS) or "instance"
    selection = options.select("eval" if task == "semantic" else "instances")
    findings = file_findings(out, _PATTERN, {_path(frame) for frame in frames})
    findings += image_findings(out, "images", images_by_subset(frames, options.image_suffix))
    images = {(_path(frame), f"{frame.city}/{frame.name}{options.image_suffix}"): frame for frame in frames}
    rows: dict[Frame, list[Row]] = {frame: [] for frame in frames if (out / _path(frame)).is_file()}
    for path in sorted({_path(frame) for frame in rows}):
        for row in _rows(out / path, findings):
            if frame := images.get((path, row.image)):
                rows[frame].append(row)
            else:
                findings.append(Finding("extra", str(out / path), f"{row.label}: {row.image!r} belongs to no frame"))
    ids = tuple(category_ids(selection.classes, options.category_ids))
    work = _CompareFrame(out, rows, selection, ids, task, options.extent, options.min_area)
    return [Check("csv", list(rows), work, _TASKS, findings)]


def _path(frame: Frame) -> str:
    return f"annotations_{frame.subset}.csv"


def _rows(path: Path, findings: list[Finding]) -> Iterator[Row]:
    """Yield the rows of a table that can be read; the others become findings."""
    try:
        for row in read_table(path):
            if isinstance(row, Row):
                yield row
            else:
                findings.append(row.finding(str(path)))
    except DamagedError as error:
        findings.append(error.finding(str(path)))


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the rows of one frame. The attributes are the rows and the options of the format."""

    out: Path
    rows: dict[Frame, list[Row]]
    selection: Selection
    class_ids: tuple[int, ...]
    task: str
    extent: Extent
    min_area: int

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        frame = rasterized.frame
        path = str(self.out / _path(frame))
        expected = expected_objects(
            rasterized,
            self.selection,
            per_class=self.task == "semantic",
            merge_crowds=False,
            extent=self.extent,
            min_area=self.min_area,
        )
        rows, findings = self._valid_rows(rasterized, path)
        wanted = [item.to_match(self.selection)._replace(mask=None) for item in expected]
        found = [MatchedObject(row.name, row.is_crowd, row.box, None, row.label) for row in rows]
        matching = match(wanted, found)
        findings += object_findings(matching, wanted, found, path, frame.name)
        fractions = self._visible_fractions(rasterized, expected)
        for pair in matching.pairs:
            item, row = expected[pair.expected], rows[pair.actual]
            findings += self._value_findings(row, item, fractions[pair.expected], path, frame.name)
        return Checked(frame, {"rows": len(self.rows[frame])}, findings)

    def _valid_rows(self, rasterized: RasterizedFrame, path: str) -> tuple[list[Row], list[Finding]]:
        frame, annotation = rasterized.frame, rasterized.annotation
        rows: list[Row] = []
        findings: list[Finding] = []
        for row in self.rows[frame]:
            try:
                check_size(row.size, annotation.height, annotation.width)
                check_box(row.label, row.box, annotation.height, annotation.width)
            except DamagedError as error:
                findings.append(error.finding(path, frame.name))
                continue
            if (row.split, row.city) != (frame.split, frame.city):
                message = f"{row.label}: {row.split}, {row.city} where {frame.split}, {frame.city} is expected"
                findings.append(Finding("value", path, message, frame.name))
            rows.append(row)
        return rows, findings

    def _visible_fractions(self, rasterized: RasterizedFrame, expected: list[ExpectedObject]) -> list[float]:
        shown = rasterized.shown(self.extent, self.selection.has_plates)
        members = [[member for member in item.members if shown[member]] for item in expected]
        visible = object_masks(rasterized, members, "visible", self.selection.has_plates)
        full = object_masks(rasterized, members, "full", self.selection.has_plates)
        return [seen.area / whole.area for seen, whole in zip(visible, full, strict=True)]

    def _value_findings(
        self, row: Row, expected: ExpectedObject, fraction: float, path: str, frame: str
    ) -> Iterator[Finding]:
        if row.area != expected.mask.area:
            yield Finding("value", path, f"{row.label}: area {row.area} where {expected.mask.area} is expected", frame)
        if row.class_id != (class_id := self.class_ids[expected.class_index]):
            yield Finding("class", path, f"{row.label}: class_id {row.class_id} where {class_id} is expected", frame)
        if abs(row.visible_fraction - fraction) > _ROUNDING:
            message = f"{row.label}: visible_fraction {row.visible_fraction} where {fraction:.6f} is expected"
            yield Finding("value", path, message, frame)
