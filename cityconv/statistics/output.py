"""Statistics as JSON, as CSV, and as tables for people."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from cityconv.statistics.frame_counts import FRACTION_STEPS, Tally
from cityconv.statistics.totals import distribution
from cityconv.version import __version__
from cityconv.vocabulary import SubsetBy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cityconv.statistics.totals import ClassTotals, Distribution, Division, Totals

VERSION = 1  # raised when a field is renamed, removed, or redefined
JSON_START = f'{{\n  "version": {VERSION},\n  "cityconv": '.encode()  # how a file of `to_json` begins
_PLACE_COUNTS = ("frames", "objects", "pieces")  # of a split or city
_CLASS_COUNTS = ("frames", "objects", "pixels")  # of a class in one of these


def to_json(totals: Totals, split_by: SubsetBy) -> bytes:
    """Return all statistics as JSON, which docs/stats.md describes field by field.

    Args:
        totals: the sums over all frames.
        split_by: with `city`, classes are also counted in each city.
    """
    splits, cities = totals.places("split"), totals.places("city")
    divisions = {"splits": splits, **({"cities": cities} if split_by == "city" else {})}
    document = {
        "version": VERSION,
        "cityconv": __version__,
        **_chosen(totals.tally(totals.frames), _PLACE_COUNTS),
        "objects_per_frame": _fields(distribution(totals.per_frame)),
        "splits": {name: _chosen(totals.tally(inside), _PLACE_COUNTS) for name, inside in splits.items()},
        "cities": {
            name: {"splits": [place.split for place in inside], **_chosen(totals.tally(inside), _PLACE_COUNTS)}
            for name, inside in cities.items()
        },
        "classes": {name: _class(item, totals, divisions) for name, item in sorted(totals.classes.items())},
        "together": _together(totals),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _class(item: ClassTotals, totals: Totals, divisions: Mapping[str, Division]) -> dict[str, Any]:
    tally = item.tally(totals.frames)
    return {
        **tally._asdict(),
        "share": tally.pixels / totals.pixels.total(),
        "area": _fields(distribution(item.area)),
        "width": _fields(distribution(item.width)),
        "height": _fields(distribution(item.height)),
        "per_frame": _fields(distribution(item.per_frame)),
        "visible_fraction": _fields(distribution(item.fraction, FRACTION_STEPS)),
        **{key: _of_class(item, division) for key, division in divisions.items()},
    }


def _of_class(item: ClassTotals, division: Division) -> dict[str, dict[str, int]]:
    """Return the counts of a class in those splits or cities that have it."""
    tallies = ((name, item.tally(places)) for name, places in division.items())
    return {name: _chosen(tally, _CLASS_COUNTS) for name, tally in tallies if tally.frames}


def _together(totals: Totals) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (name, other), frames in sorted(totals.together.items()):
        found.setdefault(name, {})[other] = frames
    return found


def _chosen(tally: Tally, names: Iterable[str]) -> dict[str, int]:
    return {name: getattr(tally, name) for name in names}


def _fields(found: Distribution | None) -> dict[str, float] | None:
    return found._asdict() if found else None


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
    return [f"{number:,}" for number in _chosen(tally, names).values()]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table: the first column aligned left, the others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))])
        for name, *cells in rows
    ]
