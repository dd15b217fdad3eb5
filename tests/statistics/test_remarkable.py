"""The frames that stand out."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np

from cityconv.statistics.frame_counts import ClassCounts, Density, FrameCounts, Tally
from cityconv.statistics.remarkable import KEPT, RemarkableFrames
from cityconv.statistics.totals import Totals

NO_DENSITY = Density(np.empty(0, np.int32), np.empty(0, np.int32))


def frame(name: str, evaluated: int | None = None, **pixels: int) -> FrameCounts:
    """Return the counts of a frame of 100 pixels with one object of each class."""
    classes = {
        kind: ClassCounts(Tally(frames=1, objects=1, pieces=1, pixels=number), [], [], [], [])
        for kind, number in pixels.items()
    }
    number = len(classes) if evaluated is None else evaluated
    return FrameCounts(("train", "ulm", name), "train", "ulm", 100, classes, number, NO_DENSITY, Counter())


def test_frames_stand_out_by_their_objects_and_by_what_fills_them() -> None:
    frames = [
        frame("usual", road=40, car=2, sky=10),
        frame("empty", road=40),
        frame("close", road=30, truck=60),
        frame("withheld", 0, border=5),
    ]
    for order in permutations(frames):
        totals = Totals()
        for item in order:
            totals.add(item)
        found = totals.remarkable
        assert [key[2] for _, key in found.crowded] == ["usual", "close", "empty"]
        assert [(number, key[2]) for number, key in found.empty] == [(1, "empty"), (2, "close"), (3, "usual")]
        pixels = Counter({name: item.tally(totals.frames).pixels for name, item in totals.classes.items()})
        filled = found.filled(pixels, totals.pixels.total())
        assert [(item.name, item.share, item.key[2]) for item in filled[:2]] == [
            ("truck", 0.6, "close"),
            ("road", 0.4, "usual"),
        ]


def test_the_share_of_what_fills_a_frame_is_1() -> None:
    found = RemarkableFrames()
    found.add(frame("fog", sky=100))
    assert [item.share for item in found.filled(Counter(sky=100), 400)] == [1.0]


def test_what_is_kept_is_bounded() -> None:
    found = RemarkableFrames()
    for index in range(100):
        found.add(frame(f"{index:03}", road=index))
    assert [key[2] for _, key in found.empty] == [f"{index:03}" for index in range(KEPT)]
    assert (len(found.crowded), found.most["road"][1][2]) == (KEPT, "099")
