"""The frames that stand out in a data set: the most crowded, the emptiest, and those that one class fills most."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cityconv.source.frame import FrameKey
    from cityconv.statistics.frame_counts import FrameCounts

KEPT = 10  # frames of each kind


class Filled(NamedTuple):
    """A frame of which a class fills more than of any other.

    Attributes:
        excess: `share` above the share of all pixels.
        name: the class.
        share: of the pixels of the frame, 0 to 1.
        key: the frame.
    """

    excess: float
    name: str
    share: float
    key: FrameKey


@dataclass
class RemarkableFrames:
    """The frames that stand out. What is kept does not grow with the number of frames.

    Attributes:
        crowded: minus the number of objects, and the frame: those with the most objects.
        empty: the number of objects of evaluated classes, and the frame: those with the fewest, but some.
        most: of each class, its largest share of the pixels of a frame, in millionths, and the frame.
    """

    crowded: list[tuple[int, FrameKey]] = field(default_factory=list)
    empty: list[tuple[int, FrameKey]] = field(default_factory=list)
    most: dict[str, tuple[int, FrameKey]] = field(default_factory=dict)

    def add(self, counts: FrameCounts) -> None:
        """Add a frame, in any order; one without annotations, as those of the release's test, does not count."""
        if not counts.evaluated:
            return
        _keep_least(self.crowded, (-sum(item.tally.objects for item in counts.classes.values()), counts.key))
        _keep_least(self.empty, (counts.evaluated, counts.key))
        for name, item in counts.classes.items():
            filled = item.tally.pixels * 1_000_000 // counts.pixels, counts.key
            self.most[name] = max(self.most.get(name, filled), filled)

    def filled(self, pixels: Counter[str], total: int) -> list[Filled]:
        """Return the frames that one class fills most beyond its usual share, each frame once.

        Args:
            pixels: the pixels of each class in all frames.
            total: the pixels of all frames.
        """
        found: dict[FrameKey, Filled] = {}
        shares = {name: (millionths / 1_000_000, key) for name, (millionths, key) in self.most.items()}
        ranked = sorted(Filled(share - pixels[name] / total, name, share, key) for name, (share, key) in shares.items())
        for item in reversed(ranked):
            found.setdefault(item.key, item)
        return list(found.values())[:KEPT]


def _keep_least(kept: list[tuple[int, FrameKey]], item: tuple[int, FrameKey]) -> None:
    if len(kept) < KEPT or item < kept[-1]:
        insort(kept, item)
        del kept[KEPT:]
