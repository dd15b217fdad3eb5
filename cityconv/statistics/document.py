"""Statistics as the user gets them: the fields of the JSON, which docs/stats.md describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cityconv.statistics.frame_counts import FRACTION_STEPS
from cityconv.statistics.totals import Distribution, distribution
from cityconv.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cityconv.statistics.totals import ClassTotals, Division, Place, Totals

VERSION = 1  # raised when a field is renamed, removed, or redefined


class SplitStatistics(Struct, frozen=True):
    """The numbers of a split."""

    frames: int
    objects: int
    pieces: int


class CityStatistics(Struct, frozen=True):
    """The numbers of a city, and the splits that it is in."""

    splits: list[str]
    frames: int
    objects: int
    pieces: int


class ClassInPlace(Struct, frozen=True):
    """The numbers of a class in a split or city."""

    frames: int
    objects: int
    pixels: int


class ClassStatistics(Struct, frozen=True, omit_defaults=True):
    """A class.

    Attributes:
        frames: frames with an object of the class.
        objects: their number, hidden ones included.
        pieces: see `statistics.pieces`.
        hidden: objects without a visible pixel.
        truncated: objects that touch the border of the image as drawn.
        pixels: pixels in the released maps.
        share: `pixels` as a share of all pixels.
        area: visible pixels of an object; of objects that are not hidden, as are the next two.
        width: of the box around the visible pixels, in pixels.
        height: of the same box.
        per_frame: objects in a frame that has any.
        visible_fraction: visible pixels as a share of the pixels of the polygon inside the image.
        splits: the numbers in each split that has the class.
        cities: the same for cities, where they are asked for.
        density: visible pixels in each cell of a grid of 64 rows and 128 columns over the image.
    """

    frames: int
    objects: int
    pieces: int
    hidden: int
    truncated: int
    pixels: int
    share: float
    area: Distribution | None
    width: Distribution | None
    height: Distribution | None
    per_frame: Distribution | None
    visible_fraction: Distribution | None
    splits: dict[str, ClassInPlace]
    density: list[list[int]]
    cities: dict[str, ClassInPlace] = {}


class Statistics(Struct, frozen=True):
    """What is in a data set.

    Attributes:
        version: of these fields.
        cityconv: the version of cityconv.
        frames: number of frames.
        objects: number of objects.
        pieces: see `statistics.pieces`.
        objects_per_frame: over all frames.
        splits: by name.
        cities: by name; `all` for frames without one.
        classes: by the name as drawn, so that `cargroup` is one.
        together: for each class and each other that shares a frame with it, the number of frames that have both.
    """

    version: int
    cityconv: str
    frames: int
    objects: int
    pieces: int
    objects_per_frame: Distribution | None
    splits: dict[str, SplitStatistics]
    cities: dict[str, CityStatistics]
    classes: dict[str, ClassStatistics]
    together: dict[str, dict[str, int]]


def statistics_of(totals: Totals, *, with_cities: bool) -> Statistics:
    """Return the statistics that sums over frames amount to.

    Args:
        totals: the sums.
        with_cities: whether classes are also counted in each city.
    """
    splits, cities = totals.places("split"), totals.places("city")
    return Statistics(
        VERSION,
        __version__,
        *_numbers(totals, totals.frames),
        distribution(totals.per_frame),
        {name: SplitStatistics(*_numbers(totals, inside)) for name, inside in splits.items()},
        {
            name: CityStatistics([place.split for place in inside], *_numbers(totals, inside))
            for name, inside in cities.items()
        },
        {
            name: _class(item, totals, splits, cities if with_cities else {})
            for name, item in sorted(totals.classes.items())
        },
        _together(totals),
    )


def _numbers(totals: Totals, places: Iterable[Place]) -> tuple[int, int, int]:
    tally = totals.tally(list(places))
    return tally.frames, tally.objects, tally.pieces


def _class(item: ClassTotals, totals: Totals, splits: Division, cities: Division) -> ClassStatistics:
    tally = item.tally(totals.frames)
    return ClassStatistics(
        *tally,
        tally.pixels / totals.pixels.total(),
        distribution(item.area),
        distribution(item.width),
        distribution(item.height),
        distribution(item.per_frame),
        distribution(item.fraction, FRACTION_STEPS),
        _in_places(item, splits),
        item.density.tolist(),
        _in_places(item, cities),
    )


def _in_places(item: ClassTotals, division: Division) -> dict[str, ClassInPlace]:
    """Return the numbers of a class in those splits or cities that have it."""
    tallies = ((name, item.tally(places)) for name, places in division.items())
    return {name: ClassInPlace(tally.frames, tally.objects, tally.pixels) for name, tally in tallies if tally.frames}


def _together(totals: Totals) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (name, other), frames in sorted(totals.together.items()):
        found.setdefault(name, {})[other] = frames
    return found
