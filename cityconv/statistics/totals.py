"""The counts of many frames, summed in any order; their size depends on what is found, not on the number of frames."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import reduce
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec import Struct

from cityconv.statistics.frame_counts import GRID, Tally
from cityconv.statistics.remarkable import RemarkableFrames

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from numpy.typing import NDArray

    from cityconv.statistics.frame_counts import ClassCounts, FrameCounts
    from cityconv.vocabulary import SubsetBy

_QUARTERS = np.arange(5) / 4
_DECIMALS = 6


class Place(NamedTuple):
    """Where frames belong.

    Attributes:
        split: their split.
        city: their city; `all` if they have none.
    """

    split: str
    city: str


Division = dict[str, list[Place]]  # the places of each split or city


class Distribution(Struct, frozen=True):
    """The smallest value, the quartiles, the largest value, and the mean."""

    min: float
    q1: float
    median: float
    q3: float
    max: float
    mean: float


@dataclass
class ClassTotals:
    """The sums of one class. Each counter holds how often a value was found.

    Attributes:
        tallies: the numbers that add up, by place.
        area: visible pixels of an object.
        width: of the box around the visible pixels of an object.
        height: of the same box.
        fraction: see `ClassCounts.fractions`.
        per_frame: objects in a frame that has any.
        density: int64 `GRID`, visible pixels in each cell of a grid over the image.
    """

    tallies: defaultdict[Place, Tally] = field(default_factory=lambda: defaultdict(Tally))
    area: Counter[int] = field(default_factory=Counter)
    width: Counter[int] = field(default_factory=Counter)
    height: Counter[int] = field(default_factory=Counter)
    fraction: Counter[int] = field(default_factory=Counter)
    per_frame: Counter[int] = field(default_factory=Counter)
    density: NDArray[np.int64] = field(default_factory=lambda: np.zeros(GRID, np.int64))

    def add(self, place: Place, counts: ClassCounts) -> None:
        """Add the counts of a frame."""
        self.tallies[place] = self.tallies[place].plus(counts.tally)
        self.area.update(counts.areas)
        self.width.update(counts.widths)
        self.height.update(counts.heights)
        self.fraction.update(counts.fractions)
        self.per_frame[counts.tally.objects] += 1

    def tally(self, places: Iterable[Place]) -> Tally:
        """Return the sum over some places."""
        return reduce(Tally.plus, (self.tallies[place] for place in places if place in self.tallies), Tally())


@dataclass
class Totals:
    """The sums over all frames.

    Attributes:
        frames: number of frames, by place.
        pixels: number of pixels of all frames, by place.
        classes: the sums of each class, by the name as drawn.
        per_frame: number of frames by their number of objects.
        together: number of frames that have both classes of a pair.
        skipped: number of skipped objects by reason and name.
        remarkable: the frames that stand out.
    """

    frames: Counter[Place] = field(default_factory=Counter)
    pixels: Counter[Place] = field(default_factory=Counter)
    classes: defaultdict[str, ClassTotals] = field(default_factory=lambda: defaultdict(ClassTotals))
    per_frame: Counter[int] = field(default_factory=Counter)
    together: Counter[tuple[str, str]] = field(default_factory=Counter)
    skipped: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    remarkable: RemarkableFrames = field(default_factory=RemarkableFrames)

    def add(self, counts: FrameCounts) -> None:
        """Add the counts of a frame."""
        place = Place(counts.split, counts.city)
        self.frames[place] += 1
        self.pixels[place] += counts.pixels
        self.per_frame[sum(item.tally.objects for item in counts.classes.values())] += 1
        self.together.update(permutations(counts.classes, 2))
        for name, of_class in counts.classes.items():
            self.classes[name].add(place, of_class)
        self._add_density(counts)
        self.remarkable.add(counts)
        for (reason, name), number in counts.skipped.items():
            self.skipped[reason][name] += number

    def _add_density(self, counts: FrameCounts) -> None:
        cells = np.zeros((len(counts.classes), *GRID), np.int64)
        cells.reshape(-1)[counts.density.cell] = counts.density.pixels
        for name, of_class in zip(counts.classes, cells, strict=True):
            self.classes[name].density += of_class

    def places(self, by: SubsetBy) -> Division:
        """Return the places of each split or city, sorted."""
        found: Division = {}
        for place in sorted(self.frames):
            found.setdefault(getattr(place, by), []).append(place)
        return dict(sorted(found.items()))

    def tally(self, places: Collection[Place]) -> Tally:
        """Return the sum over all classes in some places, with their number of frames."""
        total = reduce(Tally.plus, (item.tally(places) for item in self.classes.values()), Tally())
        return total._replace(frames=sum(self.frames[place] for place in places))


def distribution(values: Mapping[int, int], unit: int = 1) -> Distribution | None:
    """Return the distribution of values, or None if there are none.

    Quartiles are interpolated linearly between neighbors, as by `numpy.quantile`.

    >>> distribution({1: 1, 2: 2, 10: 1})
    Distribution(min=1.0, q1=1.75, median=2.0, q3=4.0, max=10.0, mean=3.75)

    Args:
        values: how often each value was found.
        unit: what the values are multiples of, as 1 / `unit`.
    """
    if not values:
        return None
    items = sorted(values.items())
    value, number = (np.array(column, np.int64) for column in zip(*items, strict=True))
    end = np.cumsum(number)
    position = (end[-1] - 1) * _QUARTERS
    below, above = (value[np.searchsorted(end, side, side="right")] for side in (np.floor(position), np.ceil(position)))
    five = below + (above - below) * (position % 1)
    mean = sum(value * number for value, number in items) / int(end[-1])
    return Distribution(*(round(item / unit, _DECIMALS) for item in (*five.tolist(), mean)))
