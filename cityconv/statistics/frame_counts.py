"""The counts of one frame."""

from __future__ import annotations

from collections import Counter
from operator import add
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.raster.density import count_in_cells
from cityconv.source.layout import FLAT_SPLIT
from cityconv.statistics.pieces import count_pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Skipped
    from cityconv.raster.regions import Regions
    from cityconv.source.frame import FrameKey
    from cityconv.vocabulary import Extent

FRACTION_STEPS = 10_000  # visible fractions are counted in steps of 1 / 10,000
GRID = 64, 128  # rows and columns of densities


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


class Density(NamedTuple):
    """Where the visible pixels of the classes of a frame are: the cells of a grid that have some.

    Attributes:
        cell: int32 (K,): (index of the class * rows + row) * columns + column, see `GRID`; all different.
        pixels: int32 (K,), their number.
    """

    cell: NDArray[np.int32]
    pixels: NDArray[np.int32]


class FrameCounts(NamedTuple):
    """The counts of a frame.

    Attributes:
        key: tells the frame from all others.
        split: its split.
        city: its city; `all` if it has none, as where outputs are divided by city.
        pixels: the number of pixels of the frame.
        classes: what is counted of each class, by the name as drawn.
        evaluated: number of objects of classes that evaluation does not ignore.
        density: where the pixels of the classes are, in the order of `classes`.
        skipped: the objects that are not counted, and why.
    """

    key: FrameKey
    split: str
    city: str
    pixels: int
    classes: dict[str, ClassCounts]
    evaluated: int
    density: Density
    skipped: Skipped


class _Measured(NamedTuple):
    """The pixels of the N objects of a frame.

    Attributes:
        regions: the pixels.
        areas: int64 (N,), in pixels.
        boxes: int64 (N, 4), x0, y0, x1, y1 in pixels, half-open.
    """

    regions: Regions
    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]


def count_frame(rasterized: RasterizedFrame) -> FrameCounts:
    """Return the counts of a frame."""
    frame, annotation = rasterized.frame, rasterized.annotation
    is_drawn = np.array([item.label.id >= 0 for item in annotation.objects], np.bool_)
    drawn = _measure(rasterized, "visible", with_plates=False)
    with_plates = drawn if is_drawn.all() else _measure(rasterized, "visible", with_plates=True)
    visible = _visible(drawn, with_plates, is_drawn)
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
    class_of = np.empty(len(annotation.objects), np.int64)
    for number, indices in enumerate(members.values()):
        class_of[indices] = number
    cells = count_in_cells(drawn.regions, np.where(is_drawn, class_of, -1), *GRID)
    of_plates = count_in_cells(with_plates.regions, np.where(is_drawn, -1, class_of), *GRID)
    return FrameCounts(
        frame.key,
        frame.split,
        frame.city or FLAT_SPLIT,
        rasterized.height * rasterized.width,
        classes,
        sum(not item.label.ignore_in_eval for item in annotation.objects),
        Density(*(np.concatenate(both).astype(np.int32) for both in zip(cells, of_plates, strict=True))),
        Counter(annotation.skipped),
    )


def _visible(drawn: _Measured, with_plates: _Measured, is_drawn: NDArray[np.bool_]) -> _Measured:
    """Return what is visible in the released maps; of objects that these leave out, what would be visible there.

    Args:
        drawn: what is visible in the released maps.
        with_plates: what would be visible if license plates, which these leave out, were drawn.
        is_drawn: bool (N,), whether the released maps show objects of this label.
    """
    areas = np.where(is_drawn, drawn.areas, with_plates.areas)
    return _Measured(drawn.regions, areas, np.where(is_drawn[:, None], drawn.boxes, with_plates.boxes))


def _measure(rasterized: RasterizedFrame, extent: Extent, *, with_plates: bool) -> _Measured:
    objects = len(rasterized.annotation.objects)
    regions = rasterized.regions(np.arange(-1, objects), objects, extent, with_plates)
    return _Measured(regions, regions.areas(), regions.boxes())


def _touch_border(measured: _Measured, height: int, width: int) -> NDArray[np.bool_]:
    x0, y0, x1, y1 = measured.boxes.T
    touches: NDArray[np.bool_] = (measured.areas > 0) & ((x0 == 0) | (y0 == 0) | (x1 == width) | (y1 == height))
    return touches


def _fractions(visible: _Measured, whole: _Measured) -> NDArray[np.int64]:
    """Return the share of each object that is visible, in steps of 1 / `FRACTION_STEPS`, rounded half up."""
    return (visible.areas * FRACTION_STEPS + whole.areas // 2) // np.maximum(whole.areas, 1)
