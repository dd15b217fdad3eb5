"""Samples, first frames and whole cities: even, reproducible, and the same on every platform."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from cityconv.source.drawing import draw_cities, limit_frames, sample_frames, shuffled
from cityconv.source.layout import find_frames
from tests.builders import street, write_dataset

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cityconv.source.frame import Frame

SIZES = {"train/aachen": 9, "train/bremen": 2, "train/ulm": 6, "val/munster": 3}


@pytest.fixture
def frames(tmp_path: Path) -> list[Frame]:
    scenes = {
        f"{folder}/{folder.partition('/')[2]}_{number:06d}_000019": street()
        for folder, size in SIZES.items()
        for number in range(size)
    }
    return find_frames(write_dataset(tmp_path, scenes))


def cities(frames: Iterable[Frame]) -> Counter[str]:
    return Counter(frame.city for frame in frames)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (3, {"aachen": 1, "bremen": 1, "ulm": 1, "munster": 3}),
        (6, {"aachen": 2, "bremen": 2, "ulm": 2, "munster": 3}),
        (10, {"aachen": 4, "bremen": 2, "ulm": 4, "munster": 3}),
        (50, {"aachen": 9, "bremen": 2, "ulm": 6, "munster": 3}),
    ],
)
def test_a_sample_takes_a_number_of_each_split_evenly_from_its_cities(
    number: int, expected: dict[str, int], frames: list[Frame]
) -> None:
    sample = sample_frames(frames, number, 0)
    assert cities(sample) == expected
    assert list(sample) == sorted(sample)


def test_a_larger_sample_has_the_frames_of_a_smaller_one(frames: list[Frame]) -> None:
    samples = [set(sample_frames(frames, number, 7)) for number in range(1, 18)]
    assert all(small < large for small, large in pairwise(samples[2:]))


def test_a_sample_is_the_same_everywhere_and_another_with_another_seed(frames: list[Frame]) -> None:
    # These names hold for every platform and version of Python.
    assert [frame.name for frame in sample_frames(frames, 3, 0)[:3]] == [
        "aachen_000008_000019",
        "bremen_000001_000019",
        "ulm_000005_000019",
    ]
    assert list(sample_frames(frames, 3, 0)) != list(sample_frames(frames, 3, 1))


def test_frames_that_are_added_do_not_change_the_order_of_others(frames: list[Frame]) -> None:
    others = [frame for frame in frames if frame.city != "ulm"]
    assert [frame for frame in shuffled(frames, 3) if frame.city != "ulm"] == list(shuffled(others, 3))


def test_the_first_frames_of_each_split(frames: list[Frame]) -> None:
    assert [frame.name[:-7] for frame in limit_frames(frames, 2)] == [
        "aachen_000000", "aachen_000001", "munster_000000", "munster_000001",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("number", [2, 6, 8, 11, 20])
def test_cities_are_drawn_whole_and_come_close_to_the_number(number: int, seed: int, frames: list[Frame]) -> None:
    drawn = cities(draw_cities(frames, number, seed))
    whole = cities(frames)
    assert all(count == whole[city] for city, count in drawn.items())
    assert abs(drawn.total() - number) <= max(whole.values()) / 2
