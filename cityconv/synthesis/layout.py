"""The frames of a synthetic data set, with the names, splits, and cities of the release."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING, NamedTuple

from cityconv.source.disk_list import sort_on_disk

if TYPE_CHECKING:
    from collections.abc import Sequence

# The number of frames per split and city in the release.
CITIES: dict[str, dict[str, int]] = {
    "train": {
        "aachen": 174, "bochum": 96, "bremen": 316, "cologne": 154, "darmstadt": 85, "dusseldorf": 221, "erfurt": 109,
        "hamburg": 248, "hanover": 196, "jena": 119, "krefeld": 99, "monchengladbach": 94, "strasbourg": 365,
        "stuttgart": 196, "tubingen": 144, "ulm": 95, "weimar": 142, "zurich": 122,
    },
    "val": {"frankfurt": 267, "lindau": 59, "munster": 174},
    "test": {"berlin": 544, "bielefeld": 181, "bonn": 46, "leverkusen": 58, "mainz": 298, "munich": 398},
}  # fmt: skip

# Test annotations are nearly empty, so small sets have fewer of them than the release, where they are 3 in 10.
_SPLIT_ORDER = ("train", "val", "train", "test")


class SampleFrame(NamedTuple):
    """One frame to generate; cheap to send to another process.

    Attributes:
        split: `train`, `val` or `test`.
        city: a city of that split.
        stem: `<city>_<sequence>_<frame>`, both numbers with 6 digits; unique in the data set.
    """

    split: str
    city: str
    stem: str

    @property
    def annotation_path(self) -> str:
        """Path of the annotation file, relative to the root of the data set."""
        return f"gtFine/{self.split}/{self.city}/{self.stem}_gtFine_polygons.json"

    @property
    def image_path(self) -> str:
        """Path of the picture, relative to the root of the data set."""
        return f"leftImg8bit/{self.split}/{self.city}/{self.stem}_leftImg8bit.png"


def sample_frames(frames: int | None) -> Sequence[SampleFrame]:
    """Return the frames of a synthetic data set, sorted by split, city and stem.

    Args:
        frames: how many, at least 1, spread over splits and cities; None for the counts of the release, 5000 in total.
    """
    sizes = CITIES if frames is None else _spread(frames)
    return sort_on_disk(
        SampleFrame(split, city, f"{city}_{sequence:06d}_000019")
        for split, cities in sizes.items()
        for city, size in cities.items()
        for sequence in range(size)
    )


def _spread(frames: int) -> dict[str, dict[str, int]]:
    """Return the number of frames per split and city: splits take turns, and so do the cities of each split."""
    sizes = {split: dict.fromkeys(cities, 0) for split, cities in CITIES.items()}
    next_city = {split: cycle(cities) for split, cities in CITIES.items()}
    for split in islice(cycle(_SPLIT_ORDER), frames):
        sizes[split][next(next_city[split])] += 1
    return sizes
