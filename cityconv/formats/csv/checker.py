"""CSV tables, compared row by row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.check.expected_files import file_findings, has_images_by_subset, images_by_subset_findings, list_files
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.matching import MatchedObject, match, object_findings
from cityconv.check.numbering import NumberedClasses, number_classes
from cityconv.check.reading import DamagedError, check_box, check_number, check_size, decode_text, read_dataset_file
from cityconv.check.reference import check_frame, expected_objects, object_masks
from cityconv.errors import quoted
from cityconv.formats.csv.reader import Row, parse_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.check.reference import ExpectedObject
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.frame import Frame, FrameKey
    from cityconv.vocabulary import Extent

_TASKS = ("instance", "semantic")
_MOST_BAD_ROWS = 1_000  # of a table; then the rest is not read
_ROUNDING = 0.5e-6 + 1e-12  # visible fractions have six decimals


def is_present(out: Path) -> bool:
    """Return whether an output folder holds CSV tables."""
    return bool(_tables(out))


def has_images(out: Path) -> bool:
    """Return whether an output folder holds images as CSV tables name them."""
    return has_images_by_subset(out)


def checks(out: Path, frames: Sequence[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's CSV tables; see `Checker.checks`."""
    if not is_present(out):
        return []
    task = options.task_among(_TASKS) or "instance"
    selection = options.select("eval" if task == "semantic" else "instances")
    classes = number_classes(selection, options.category_ids)
    findings = list(file_findings(out, _tables(out), {_path(frame) for frame in frames}, "subset"))
    findings += images_by_subset_findings(out, frames, options)
    tables = set(_tables(out))
    present = [frame for frame in frames if _path(frame) in tables]
    rows: dict[FrameKey, dict[str, list[Row]]] = {
        frame.key: {image: [] for image in frame.image_paths} for frame in present
    }
    owners = {(_path(frame), image): rows[frame.key][image] for frame in present for image in frame.image_paths}
    for path, images in Counter(path for path, _ in owners).items():
        findings += _take_rows(out, path, images, owners)
    work = _CompareFrame(options.reader, out, rows, classes, task, options.extent, options.min_area)
    return [Check("csv", present, work, _TASKS, findings)]


def _tables(out: Path) -> list[str]:
    """Return the tables in an output folder."""
    return [path for path in list_files(out, depth=0) if path.startswith("annotations_") and path.endswith(".csv")]


def _path(frame: Frame) -> str:
    return f"annotations_{frame.subset}.csv"


def _take_rows(out: Path, path: str, images: int, owners: dict[tuple[str, str], list[Row]]) -> Iterator[Finding]:
    """Add the rows of a table to those of their images; yield a finding for each that is damaged or of no image."""
    file, bad = str(out / path), 0
    try:
        for row in parse_table(decode_text(read_dataset_file(out, out / path, images))):
            if isinstance(row, Row) and (path, row.image) in owners:
                owners[path, row.image].append(row)
                continue
            if (bad := bad + 1) > _MOST_BAD_ROWS:
                raise DamagedError(f"more than {_MOST_BAD_ROWS:,} bad rows; the rest was not read")
            if isinstance(row, Row):
                yield Finding("extra", file, f"{row.label}: {quoted(row.image)} belongs to no frame")
            else:
                yield row.finding(file)
    except DamagedError as error:
        yield error.finding(file)


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the rows of the images of one frame.

    The attributes are the reader, the output folder, the rows by frame and image, and the options of the format.
    """

    reader: FrameReader
    out: Path
    rows: dict[FrameKey, dict[str, list[Row]]]
    classes: NumberedClasses
    task: str
    extent: Extent
    min_area: int

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self.reader, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        frame = rasterized.frame
        expected = expected_objects(
            rasterized,
            self.classes.selection,
            per_class=self.task == "semantic",
            merge_crowds=False,
            extent=self.extent,
            min_area=self.min_area,
        )
        fractions = self._visible_fractions(rasterized, expected)
        rows = self.rows[frame.key]
        findings = [
            finding
            for image in frame.image_paths
            for finding in self._compare_image(rasterized, expected, fractions, image)
        ]
        return Checked(frame, {"rows": sum(map(len, rows.values()))}, findings)

    def _compare_image(
        self,
        rasterized: RasterizedFrame,
        expected: list[ExpectedObject],
        fractions: Sequence[float | None],
        image: str,
    ) -> list[Finding]:
        path = str(self.out / _path(rasterized.frame))
        try:
            check_number(len(self.rows[rasterized.frame.key][image]), len(expected), "rows")
        except DamagedError as error:
            return [error.finding(path, image)]
        rows, findings = self._valid_rows(rasterized, path, image)
        wanted = [item.to_match(self.classes.selection)._replace(mask=None) for item in expected]
        found = [MatchedObject(row.name, row.is_crowd, row.box, None, row.label) for row in rows]
        matching = match(wanted, found)
        findings += object_findings(matching, wanted, found, path, image)
        for pair in matching.pairs:
            item, row = expected[pair.expected], rows[pair.actual]
            findings += self._value_findings(row, item, fractions[pair.expected], path)
        return findings

    def _valid_rows(self, rasterized: RasterizedFrame, path: str, image: str) -> tuple[list[Row], list[Finding]]:
        frame = rasterized.frame
        rows: list[Row] = []
        findings: list[Finding] = []
        for row in self.rows[frame.key][image]:
            try:
                check_size(row.size, rasterized.height, rasterized.width)
                check_box(row.label, row.box, rasterized.height, rasterized.width)
            except DamagedError as error:
                findings.append(error.finding(path, image))
                continue
            if (row.split, row.city) != (frame.split, frame.city):
                message = f"{row.label}: {row.split}, {row.city} where {frame.split}, {frame.city} is expected"
                findings.append(Finding("value", path, message, image))
            rows.append(row)
        return rows, findings

    def _visible_fractions(self, rasterized: RasterizedFrame, expected: list[ExpectedObject]) -> Sequence[float | None]:
        """Return the visible fraction of each object; None if there are no polygons that tell what is hidden."""
        if not rasterized.tells_hidden:
            return [None] * len(expected)
        with_plates = self.classes.selection.has_plates
        singles = [[member] for item in expected for member in item.members]
        masks = object_masks(rasterized, singles, self.extent, with_plates)
        shown = {member for (member,), mask in zip(singles, masks, strict=True) if mask.area}
        members = [[member for member in item.members if member in shown] for item in expected]
        visible = object_masks(rasterized, members, "visible", with_plates)
        full = object_masks(rasterized, members, "full", with_plates)
        return [seen.area / whole.area for seen, whole in zip(visible, full, strict=True)]

    def _value_findings(
        self, row: Row, expected: ExpectedObject, fraction: float | None, path: str
    ) -> Iterator[Finding]:
        class_id = self.classes.ids[expected.class_index]
        if row.area != expected.mask.area:
            message = f"{row.label}: area {row.area} where {expected.mask.area} is expected"
            yield Finding("value", path, message, row.image)
        if row.class_id != class_id:
            message = f"{row.label}: class_id {row.class_id} where {class_id} is expected"
            yield Finding("class", path, message, row.image)
        if not _is_rounded(row.visible_fraction, fraction):
            stated, correct = _cell(row.visible_fraction), _cell(fraction)
            message = f"{row.label}: visible_fraction {stated} where {correct} is expected"
            yield Finding("value", path, message, row.image)


def _is_rounded(stated: float | None, correct: float | None) -> bool:
    if stated is None or correct is None:
        return stated is correct
    return abs(stated - correct) <= _ROUNDING


def _cell(fraction: float | None) -> str:
    return "empty" if fraction is None else f"{fraction:.6f}"
