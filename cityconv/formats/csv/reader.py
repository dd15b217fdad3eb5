"""CSV tables of objects, read back strictly as typed rows."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, NamedTuple

from cityconv.check.reading import DamagedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cityconv.check.bounded_mask import Box

COLUMNS = (
    "image", "split", "city", "width", "height", "class", "class_id", "crowd", "x0", "y0", "x1", "y1", "area",
    "visible_fraction",
)  # fmt: skip
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_FRACTION = re.compile(r"[01]\.[0-9]{6}")


class Row(NamedTuple):
    """One row of a table.

    Attributes:
        line: its first line in the file, from 1.
        image: the path of the image.
        split: the split of the frame.
        city: the city of the frame.
        size: width and height of the image in pixels.
        name: the class.
        class_id: the id of the class.
        is_crowd: whether the object is a crowd.
        box: x0, y0, x1, y1 in pixels, half-open.
        area: the number of pixels.
        visible_fraction: visible pixels over those of the full polygon, 0 to 1; None if the cell is empty.
    """

    line: int
    image: str
    split: str
    city: str
    size: tuple[int, int]
    name: str
    class_id: int
    is_crowd: bool
    box: Box
    area: int
    visible_fraction: float | None

    @property
    def label(self) -> str:
        """How findings refer to the row."""
        return f"line {self.line}"


def parse_table(text: str) -> Iterator[Row | DamagedError]:
    """Yield the rows of a table, or for a row that breaks a rule the error.

    Raises:
        DamagedError: the text does not begin with the header row, or breaks the rules of CSV.
    """
    if text and not text.endswith("\r\n"):
        raise DamagedError("the last line has no CR LF at its end")
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if tuple(next(lines, ())) != COLUMNS:
            raise DamagedError(f"line 1: expected the columns {','.join(COLUMNS)}")
        before = lines.line_num
        for cells in lines:
            try:
                yield _row(before + 1, cells)
            except DamagedError as error:
                yield error
            before = lines.line_num
    except csv.Error as error:
        raise DamagedError(f"line {lines.line_num}: {error}") from None


def _row(line: int, cells: list[str]) -> Row:
    if len(cells) != len(COLUMNS):
        raise DamagedError(f"line {line}: {len(cells)} columns instead of {len(COLUMNS)}")
    image, split, city, *_, fraction = cells
    numbers = {
        column: _integer(line, column, cell)
        for column, cell in zip(COLUMNS, cells, strict=True)
        if column not in ("image", "split", "city", "class", "visible_fraction")
    }
    if numbers["crowd"] not in (0, 1):
        raise DamagedError(f"line {line}: crowd must be 0 or 1")
    if fraction and (not _FRACTION.fullmatch(fraction) or float(fraction) > 1):
        raise DamagedError(f"line {line}: visible_fraction must be empty or a number from 0 to 1 with six decimals")
    x0, y0, x1, y1 = (numbers[column] for column in ("x0", "y0", "x1", "y1"))
    return Row(
        line,
        image,
        split,
        city,
        (numbers["width"], numbers["height"]),
        cells[COLUMNS.index("class")],
        numbers["class_id"],
        numbers["crowd"] == 1,
        (x0, y0, x1, y1),
        numbers["area"],
        float(fraction) if fraction else None,
    )


def _integer(line: int, column: str, cell: str) -> int:
    if not _INTEGER.fullmatch(cell):
        raise DamagedError(f"line {line}: {column} must be an integer, not {cell[:40]!r}")
    return int(cell)
