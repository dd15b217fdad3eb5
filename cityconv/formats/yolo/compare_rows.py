"""The rows of text files, filled as Ultralytics fills them, against the annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.check.allowance import MaskAllowance
from cityconv.check.bridges import equals_but_bridges, has_slanted_lines
from cityconv.check.findings import Checked, Finding
from cityconv.check.matching import MatchedObject, Matching, match, object_findings
from cityconv.check.reading import DamagedError, check_number, decode_text, read_frame_file, text_lines
from cityconv.check.rectangles import box_around, rectangle_similarity, smallest_rectangles
from cityconv.check.reference import ExpectedObject, check_frame, expected_objects
from cityconv.formats.yolo.reader import Row, fill, parse_row, row_box, row_points

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cityconv.check.bounded_mask import Box
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame, FrameKey
    from cityconv.vocabulary import Extent


def _slant_findings(
    matching: Matching, outlines: list[NDArray[np.float64]], found: list[MatchedObject], file: str
) -> Iterator[Finding]:
    """Yield the outlines that enclose the right pixels, but with lines that lack a vertex."""
    for pair in sorted(matching.pairs, key=lambda pair: pair.actual):
        if pair.similarity == 1 and has_slanted_lines(outlines[pair.actual]):
            message = f"{found[pair.actual].label}: a line of the outline is neither along a row nor along a column"
            yield Finding("mask", file, message)


@dataclass(frozen=True)
class CompareRows:
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
        """Return the comparison of a frame."""
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
