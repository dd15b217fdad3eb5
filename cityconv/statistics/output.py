"""Statistics as JSON, as CSV, and as tables for people."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, get_args

import msgspec

from cityconv.statistics.document import VERSION
from cityconv.statistics.frame_counts import Tally
from cityconv.statistics.totals import distribution
from cityconv.vocabulary import SubsetBy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cityconv.statistics.document import Statistics
    from cityconv.statistics.totals import Totals

JSON_START = f'{{\n  "version": {VERSION},\n  "cityconv": '.encode()  # how a file of `to_json` begins
_NUMBERS = re.compile(rb"\[[\s\d,]+\]")  # a list of integers, which is written in one line
_PLACE_COUNTS = ("frames", "objects", "pieces")  # of a split or city


def to_json(statistics: Statistics) -> bytes:
    """Return all statistics as JSON, which docs/stats.md describes field by field."""
    text = msgspec.json.format(msgspec.json.encode(statistics), indent=2) + b"\n"
    return _NUMBERS.sub(lambda found: b" ".join(found[0].split()).replace(b"[ ", b"[").replace(b" ]", b"]"), text)


def to_csv(totals: Totals, split_by: SubsetBy) -> bytes:
    """Return the counts of classes as CSV (RFC 4180): one row for each class in each split or city that has it."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(_columns(split_by))
    for place, inside in totals.places(split_by).items():
        pixels = sum(totals.pixels[item] for item in inside)
        for name, item in sorted(totals.classes.items()):
            tally = item.tally(inside)
            if tally.frames:
                rows.writerow((place, name, *tally, f"{tally.pixels / pixels:.9f}"))
    return text.getvalue().encode()


def csv_start(split_by: SubsetBy) -> bytes:
    """Return how a file of `to_csv` begins."""
    return ",".join(_columns(split_by)).encode()


def _columns(split_by: SubsetBy) -> tuple[str, ...]:
    return split_by, "class", *Tally._fields, "share"


def to_text(totals: Totals) -> list[str]:
    """Return the lines of three tables: the classes, those with the most objects first, the splits, and the cities."""
    pixels = totals.pixels.total()
    classes = [(name, item.tally(totals.frames), distribution(item.area)) for name, item in totals.classes.items()]
    classes.sort(key=lambda row: (-row[1].objects, row[0]))
    columns = (*_PLACE_COUNTS, "hidden", "truncated")
    rows = [
        [name, *_shown(tally, columns), f"{tally.pixels / pixels:.3%}", f"{area.median:,.0f}" if area else "-"]
        for name, tally, area in classes
    ]
    lines = _aligned([["class", *columns, "share", "median area"], *rows])
    for by in get_args(SubsetBy):
        rows = [[name, *_shown(totals.tally(places), _PLACE_COUNTS)] for name, places in totals.places(by).items()]
        lines += ["", *_aligned([[by, *_PLACE_COUNTS], *rows])]
    return lines


def _shown(tally: Tally, names: Iterable[str]) -> list[str]:
    return [f"{getattr(tally, name):,}" for name in names]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table: the first column aligned left, the others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))])
        for name, *cells in rows
    ]
