"""The counts of one frame."""

from __future__ import annotations

from collections import Counter
from operator import add
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.source.layout import FLAT_SPLIT
from cityconv.statistics.pieces import count_pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Skipped

FRACTION_STEPS = 10_000  # visible fractions are counted in steps of 1 / 10,000


class Tally(NamedTuple):
    """The numbers of a class that add up over frames.

    Attributes:
        frames: frames with an object of the class.
        objects: objects, hidden ones included.
        pieces: see `statistics.pieces`.
        hidden: objects without a visible pixel.
        truncated: objects whose visible pixels touch the border of the image.
        pixels: pixels of the class in the released maps.
    """

    frames: int = 0
    objects: int = 0
    pieces: int = 0
    hidden: int = 0
    truncated: int = 0
    pixels: int = 0

    def plus(self, other: Tally) -> Tally:
        """Return the sum of two tallies."""
        return Tally(*map(add, self, other))


class ClassCounts(NamedTuple):
    """A class in one frame. The lists have an item for each object that is not hidden.

    Attributes:
        tally: the numbers that add up.
        areas: visible pixels.
        widths: of the box around the visible pixels.
        heights: of the same box.
        fractions: visible pixels as a share of those drawn, in steps of 1 / `FRACTION_STEPS`; empty for label maps.
    """

    tally: Tally
    areas: list[int]
    widths: list[int]
    heights: list[int]
    fractions: list[int]


class FrameCounts(NamedTuple):
    """The counts of a frame.

    Attributes:
        split: its split.
        city: its city; `all` if it has none, as where outputs are divided by city.
        pixels: the number of pixels of the frame.
        classes: what is counted of each class, by the name as drawn.
        skipped: the objects that are not counted, and why.
    """

    split: str
    city: str
    pixels: int
    classes: dict[str, ClassCounts]
    skipped: Skipped


class _Visible(NamedTuple):
    """What is visible of the N objects of a frame.

    Attributes:
        areas: int64 (N,), in pixels.
        boxes: int64 (N, 4), x0, y0, x1, y1 in pixels, half-open.
    """

    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]


def count_frame(rasterized: RasterizedFrame) -> FrameCounts:
    """Return the counts of a frame."""
    frame, annotation = rasterized.frame, rasterized.annotation
    is_drawn = np.array([item.label.id >= 0 for item in annotation.objects], np.bool_)
    visible = _visible(rasterized, is_drawn)
    is_seen = visible.areas > 0
    x0, y0, x1, y1 = visible.boxes.T
    is_truncated = is_seen & ((x0 == 0) | (y0 == 0) | (x1 == rasterized.width) | (y1 == rasterized.height))
    pixels = np.where(is_drawn, visible.areas, 0)
    tallies = np.stack((np.ones_like(pixels), count_pieces(annotation), ~is_seen, is_truncated, pixels), axis=1)
    sizes = np.stack((visible.areas, x1 - x0, y1 - y0), axis=1)
    fractions = _fractions(rasterized, visible.areas)
    members: dict[str, list[int]] = {}
    for index, item in enumerate(annotation.objects):
        members.setdefault(item.name, []).append(index)
    classes: dict[str, ClassCounts] = {}
    for name, indices in members.items():
        seen = [index for index in indices if is_seen[index]]
        areas, widths, heights = sizes[seen].T.tolist()
        shares = [] if fractions is None else fractions[seen].tolist()
        tally = Tally(1, *tallies[indices].sum(axis=0).tolist())
        classes[name] = ClassCounts(tally, areas, widths, heights, shares)
    of_frame = rasterized.height * rasterized.width
    return FrameCounts(frame.split, frame.city or FLAT_SPLIT, of_frame, classes, Counter(annotation.skipped))


def _visible(rasterized: RasterizedFrame, is_drawn: NDArray[np.bool_]) -> _Visible:
    """Return what is visible in the released maps; of objects that these leave out, what would be visible there.

    Args:
        rasterized: a frame of N objects.
        is_drawn: bool (N,), whether the released maps show objects of this label: they leave out license plates.
    """
    visible = _in_front(rasterized, with_plates=False)
    if not is_drawn.all():
        with_plates = _in_front(rasterized, with_plates=True)
        for kept, other in zip(visible, with_plates, strict=True):
            kept[~is_drawn] = other[~is_drawn]
    return visible


def _in_front(rasterized: RasterizedFrame, *, with_plates: bool) -> _Visible:
    objects = len(rasterized.annotation.objects)
    regions = rasterized.regions(np.arange(-1, objects), objects, "visible", with_plates)
    return _Visible(regions.areas(), regions.boxes())


def _fractions(rasterized: RasterizedFrame, areas: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the share of each object that is visible, rounded, in steps; None for label maps, which do not tell."""
    if not rasterized.has_polygons:
        return None
    full = rasterized.regions(np.arange(-1, len(areas)), len(areas), "full", with_plates=True).areas()
    return (areas * FRACTION_STEPS + full // 2) // np.maximum(full, 1)
