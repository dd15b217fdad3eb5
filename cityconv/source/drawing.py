"""Random choices of frames, the same on every platform: in the order of hashes, not of a random number generator."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from heapq import nsmallest
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING

from cityconv.source.disk_list import DiskList, sort_on_disk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cityconv.source.frame import Frame


def sample_frames(frames: Iterable[Frame], number: int, seed: int) -> Sequence[Frame]:
    """Return a number of frames of each split, drawn evenly over its cities.

    Each city gives one frame in turn. A city without more frames is passed over, so the numbers of frames of two cities
    differ by more than 1 only if the smaller one is taken whole.

    Args:
        frames: the frames, sorted.
        number: how many of each split; a split of fewer is taken whole.
        seed: another one draws other frames.
    """
    return sort_on_disk(
        frame
        for _, of_split in groupby(frames, attrgetter("split"))
        for *_, frame in nsmallest(number, _turns(of_split, seed))
    )


def limit_frames(frames: Iterable[Frame], number: int) -> Sequence[Frame]:
    """Return the first frames of each split, at most a number of each.

    Args:
        frames: the frames, sorted.
        number: how many of each split.
    """
    groups = groupby(frames, attrgetter("split"))
    most = min(number, sys.maxsize)  # of `islice`
    return DiskList(frame for _, of_split in groups for frame in islice(of_split, most))


def shuffled(frames: Iterable[Frame], seed: int) -> Sequence[Frame]:
    """Return frames in an order that depends on their cities and names and on the seed alone."""
    return sort_on_disk(frames, lambda frame: _hash(seed, frame.city, frame.name))


def draw_cities(frames: Iterable[Frame], number: int, seed: int) -> list[Frame]:
    """Return all frames of some cities, drawn at random, that together come close to a number of frames.

    The cities are gone through in a random order, and those that fit in are taken. At the end, the smallest of the
    others is added if that brings the number of frames closer.
    """
    by_city: dict[str, list[Frame]] = {}
    for frame in frames:
        by_city.setdefault(frame.city, []).append(frame)
    drawn: list[Frame] = []
    others: list[list[Frame]] = []
    for city in sorted(by_city, key=lambda city: _hash(seed, city)):
        if len(drawn) + len(by_city[city]) <= number:
            drawn += by_city[city]
        else:
            others.append(by_city[city])
    smallest = min(others, key=len, default=[])
    return drawn + smallest if len(smallest) < 2 * (number - len(drawn)) else drawn


def _turns(frames: Iterable[Frame], seed: int) -> Iterator[tuple[int, bytes, Frame]]:
    """Yield frames with the number of the turn in which each is drawn, and the place of its city in it."""
    taken: Counter[str] = Counter()
    for frame in shuffled(frames, seed):
        yield taken[frame.city], _hash(seed, frame.city), frame
        taken[frame.city] += 1


def _hash(seed: int, *names: str) -> bytes:
    return hashlib.sha256("\n".join((str(seed), *names)).encode()).digest()
