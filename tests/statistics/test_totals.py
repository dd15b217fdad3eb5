"""The sums over frames."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from cityconv.statistics.document import statistics_of
from cityconv.statistics.frame_counts import GRID, ClassCounts, Density, FrameCounts, Tally
from cityconv.statistics.output import to_csv, to_text
from cityconv.statistics.totals import Totals, distribution


@given(st.lists(st.integers(0, 50), min_size=1), st.sampled_from([1, 100]))
def test_a_distribution_is_that_of_the_values_one_by_one(values: list[int], unit: int) -> None:
    found = distribution(Counter(values), unit)
    assert found
    units = np.array(values) / unit
    assert astuple(found) == pytest.approx((*np.quantile(units, [0, 0.25, 0.5, 0.75, 1]), units.mean()), abs=1e-6)


def test_nothing_has_no_distribution() -> None:
    assert distribution({}) is None


def frame(split: str, city: str, **objects: int) -> FrameCounts:
    """Return the counts of a frame of 100 pixels with objects of 2, 3, ... pixels."""
    classes = {}
    for name, number in objects.items():
        areas = list(range(2, 2 + number))
        tally = Tally(frames=1, objects=number, pieces=number + 1, hidden=0, truncated=1, pixels=sum(areas))
        classes[name] = ClassCounts(tally, areas, areas, areas, [5_000] * number)
    pixels = np.array([item.tally.pixels for item in classes.values()], np.int32)
    density = Density(np.arange(len(classes), dtype=np.int32) * GRID[0] * GRID[1] + 5, pixels)
    return FrameCounts((split, city, str(objects)), split, city, 100, classes, len(classes), density, Counter())


FRAMES = [
    frame("train", "ulm", car=2, road=1),
    frame("train", "aachen", car=1),
    frame("val", "ulm", sky=1, road=1),
    frame("val", "all", road=2),
    frame("test", "bonn"),
]


@given(st.permutations(FRAMES))
def test_the_order_of_frames_does_not_matter(frames: list[FrameCounts]) -> None:
    expected, totals = Totals(), Totals()
    for item in FRAMES:
        expected.add(item)
    for item in frames:
        totals.add(item)
    for by in ("split", "city"):
        assert statistics_of(totals, with_cities=by == "city") == statistics_of(expected, with_cities=by == "city")
        assert to_csv(totals, by) == to_csv(expected, by)
    assert to_text(totals) == to_text(expected)


def test_what_is_kept_does_not_grow_with_frames_of_the_same_values() -> None:
    sizes = []
    for repeated in (1, 50):
        totals = Totals()
        for item in FRAMES * repeated:
            totals.add(item)
        sizes.append([len(vars(item)[name]) for item in totals.classes.values() for name in vars(item)])
    assert sizes[0] == sizes[1]
