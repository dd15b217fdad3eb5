"""Contours through pixel centres, one closed sequence for each segment, for consumers that draw them with OpenCV.

`cv2.fillPoly` fills by the even-odd rule and draws the outline too, one pixel wide: a contour through the centres of
the outermost pixels gives back these pixels and all that they enclose.

All steps but those between parts go along a row or a column. Ultralytics adds points between the vertices, to a
thousand or more in all, and cuts off their fractions: on such a step they fall on pixels of the segment, whereas
between two pixels that touch diagonally, as `cv2.findContours` steps, they may fall beside them.
"""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.outlines import trace_outlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions

_FEWEST_POINTS = 3
_MOST_SEARCHED = 12_000  # points of one segment; to search nearest ones takes the square of that


def centre_contours(regions: Regions) -> list[NDArray[np.int64]]:
    """Return one contour of each segment, int64 (K, 2), x and y of pixels, K >= 3; K is 0 for an empty segment.

    Filled with `cv2.fillPoly` it is the exact segment if that hangs together, diagonally at least. Otherwise lines one
    pixel wide are added, which join the parts between nearest vertices. It begins with the part of the most corners,
    at the leftmost of its topmost pixels, and goes clockwise as seen on the screen. The first point is not repeated at
    the end, except to make three of one or two. Of a segment with very many points, the parts are joined from top to
    bottom, each to the next.
    """
    outlines = trace_outlines(regions)
    parts: list[list[list[int]]] = [[] for _ in range(regions.size)]
    for walk, segment in zip(outlines.walks, outlines.segment, strict=True):
        parts[segment].append(walk)
    walks = [_join(outlines.pixel, walks) for walks in parts]
    return _drop_repeats(outlines.pixel, walks)


def _join(pixels: NDArray[np.int64], walks: list[list[int]]) -> list[int]:
    """Return one walk around all parts of a segment, out and back over each bridge between two of them."""
    if sum(map(len, walks)) > _MOST_SEARCHED:
        starts = [walk[0] for walk in walks]
        return [point for walk in walks for point in (*walk, walk[0])] + starts[-2::-1]
    walks = sorted(walks, key=len, reverse=True)
    joined = list(walks[0]) if walks else []
    for walk, leave, enter in _bridges(pixels, walks):
        after = joined.index(leave) + 1
        turn = walk.index(enter)
        joined[after:after] = [*walk[turn:], *walk[:turn], enter, leave]
    return joined


def _bridges(pixels: NDArray[np.int64], walks: list[list[int]]) -> Iterator[tuple[list[int], int, int]]:
    """Yield each walk but the first, the point of those before it at which to leave for it, and where to enter it.

    This is Prim's algorithm: a minimum spanning tree, grown by the nearest part. To begin with the longest walk, which
    is the first, keeps the tables of distances small.
    """
    owner = np.repeat(np.arange(len(walks)), [len(walk) for walk in walks])
    point = np.array([point for walk in walks for point in walk], np.int64)
    distance = np.full(len(point), np.iinfo(np.int64).max)
    nearest = np.full(len(point), -1)
    newest = 0
    for _ in walks[1:]:
        reached = point[owner == newest]
        apart = owner != newest
        point, owner, distance, nearest = point[apart], owner[apart], distance[apart], nearest[apart]
        steps, which = _nearest(pixels[point], pixels[reached])
        nearest = np.where(steps < distance, reached[which], nearest)
        distance = np.minimum(steps, distance)
        best = distance.argmin()
        newest = owner[best]
        yield walks[newest], int(nearest[best]), int(point[best])


def _nearest(here: NDArray[np.int64], there: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the steps, straight or diagonal, from each pixel here to the nearest one there, and which one that is."""
    columns = np.abs(np.subtract.outer(here[:, 0], there[:, 0]))
    rows = np.abs(np.subtract.outer(here[:, 1], there[:, 1]))
    steps = np.maximum(columns, rows, out=columns)
    nearest = steps.argmin(axis=1)
    return steps[np.arange(len(here)), nearest], nearest


def _drop_repeats(pixels: NDArray[np.int64], walks: list[list[int]]) -> list[NDArray[np.int64]]:
    """Return the pixels of closed walks without those that repeat in sequence, but three at least of each, or none."""
    length = np.array([len(walk) for walk in walks], np.int64)
    end = np.cumsum(length)
    walked = pixels[list(chain.from_iterable(walks))]
    after = np.arange(1, len(walked) + 1)
    after[end[length > 0] - 1] = (end - length)[length > 0]
    moves = (walked != walked[after]).any(axis=1)
    kept_before = np.append(0, np.cumsum(moves))[np.append(0, end)]
    kept = walked[moves]
    contours = [kept[a:b] for a, b in pairwise(kept_before.tolist())]
    for index in np.flatnonzero((np.diff(kept_before) < _FEWEST_POINTS) & (length > 0)).tolist():
        points = contours[index] if len(contours[index]) else walked[end[index] - 1 : end[index]]
        contours[index] = np.resize(points, (_FEWEST_POINTS, 2))
    return contours
