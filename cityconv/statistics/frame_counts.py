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
    from cityconv.vocabulary import Extent

FRACTION_STEPS = 10_000  # visible fractions are counted in steps of 1 / 10,000


class Tally(NamedTuple):
    """The numbers of a class that add up over frames.

    Attributes:
        frames: frames with an object of the class.
        objects: objects, hidden ones included.
        pieces: see `statistics.pieces`.
        hidden: objects without a visible pixel.
        truncated: objects that touch the border of the image as drawn; in label maps, where they are visible.
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


class _Measured(NamedTuple):
    """The pixels of the N objects of a frame.

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
    whole = _measure(rasterized, "full", with_plates=True) if rasterized.tells_hidden else visible
    is_seen = visible.areas > 0
    pixels = np.where(is_drawn, visible.areas, 0)
    is_truncated = _touch_border(whole, rasterized.height, rasterized.width)
    tallies = np.stack((np.ones_like(pixels), count_pieces(annotation), ~is_seen, is_truncated, pixels), axis=1)
    sides = visible.boxes[:, 2:] - visible.boxes[:, :2]
    # Label maps do not tell how much of an object is hidden.
    fractions = _fractions(visible, whole) if rasterized.tells_hidden else None
    members: dict[str, list[int]] = {}
    for index, item in enumerate(annotation.objects):
        members.setdefault(item.name, []).append(index)
    classes: dict[str, ClassCounts] = {}
    for name, indices in members.items():
        seen = [index for index in indices if is_seen[index]]
        widths, heights = sides[seen].T.tolist()
        classes[name] = ClassCounts(
            Tally(1, *tallies[indices].sum(axis=0).tolist()),
            visible.areas[seen].tolist(),
            widths,
            heights,
            [] if fractions is None else fractions[seen].tolist(),
        )
    of_frame = rasterized.height * rasterized.width
    return FrameCounts(frame.split, frame.city or FLAT_SPLIT, of_frame, classes, Counter(annotation.skipped))


def _visible(rasterized: RasterizedFrame, is_drawn: NDArray[np.bool_]) -> _Measured:
    """Return what is visible in the released maps; of objects that these leave out, what would be visible there.

    Args:
        rasterized: a frame of N objects.
        is_drawn: bool (N,), whether the released maps show objects of this label: they leave out license plates.
    """
    visible = _measure(rasterized, "visible", with_plates=False)
    if not is_drawn.all():
        with_plates = _measure(rasterized, "visible", with_plates=True)
        for kept, other in zip(visible, with_plates, strict=True):
            kept[~is_drawn] = other[~is_drawn]
    return visible


def _measure(rasterized: RasterizedFrame, extent: Extent, *, with_plates: bool) -> _Measured:
    objects = len(rasterized.annotation.objects)
    regions = rasterized.regions(np.arange(-1, objects), objects, extent, with_plates)
    return _Measured(regions.areas(), regions.boxes())


def _touch_border(measured: _Measured, height: int, width: int) -> NDArray[np.bool_]:
    x0, y0, x1, y1 = measured.boxes.T
    touches: NDArray[np.bool_] = (measured.areas > 0) & ((x0 == 0) | (y0 == 0) | (x1 == width) | (y1 == height))
    return touches


def _fractions(visible: _Measured, whole: _Measured) -> NDArray[np.int64]:
    """Return the share of each object that is visible, in steps of 1 / `FRACTION_STEPS`, rounded half up."""
    return (visible.areas * FRACTION_STEPS + whole.areas // 2) // np.maximum(whole.areas, 1)
