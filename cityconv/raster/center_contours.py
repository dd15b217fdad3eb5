"""Contours through pixel centers, one closed sequence for each segment, for consumers that draw them with OpenCV.

`cv2.fillPoly` fills by the even-odd rule and draws the outline too, one pixel wide: a contour through the centers of
the outermost pixels gives back these pixels and all that they enclose.

All steps but those between parts go along a row or a column. Ultralytics adds points between the vertices, to a
thousand or more in all, and cuts off their fractions: on such a step they fall on pixels of the segment, whereas
between two pixels that touch diagonally, as `cv2.findContours` steps, they may fall beside them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.boundary import steps_of, trace_outlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions

_NO_POINTS = np.empty(0, np.int64)
_FEWEST_POINTS = 3
_MOST_SEARCHED = 12_000  # points of one segment; to search nearest ones takes the square of that
_BLOCK = 20_000  # distances to compute at a time; these stay in the cache of a core


def center_contours(regions: Regions) -> list[NDArray[np.int64]]:
    """Return one contour of each segment, int64 (K, 2), x and y of pixels, K >= 3; K is 0 for an empty segment.

    Filled with `cv2.fillPoly` it is the exact segment if that hangs together, diagonally at least. Otherwise lines one
    pixel wide are added, which join the parts between nearest vertices. It begins with the part of the most corners,
    at the leftmost of its topmost pixels, and goes clockwise as seen on the screen. The first point is not repeated at
    the end, except to make three of one or two. Of a segment with very many points, the parts are joined from top to
    bottom, each to the next.
    """
    outlines = trace_outlines(regions)
    parts: list[list[NDArray[np.int64]]] = [[] for _ in range(regions.size)]
    for walk, segment in zip(outlines.walks, outlines.segment, strict=True):
        parts[segment].append(walk)
    places = np.ascontiguousarray(outlines.pixel.T, np.int16)  # below 32,768
    walks = [_join(places, walks) if walks else _NO_POINTS for walks in parts]
    return _drop_repeats(outlines.pixel, walks)


def _join(places: NDArray[np.int16], walks: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return one walk around all parts of a segment, out and back over each bridge between two of them."""
    if len(walks) == 1:
        return walks[0]
    if sum(map(len, walks)) > _MOST_SEARCHED:
        starts = np.array([walk[0] for walk in walks])
        return np.concatenate([*(np.append(walk, walk[0]) for walk in walks), starts[-2::-1]])
    walks = sorted(walks, key=len, reverse=True)
    joined = walks[0].tolist()
    for walk, leave, enter in _bridges(places, walks):
        after = joined.index(leave) + 1
        turn = walk.index(enter)
        joined[after:after] = [*walk[turn:], *walk[:turn], enter, leave]
    return np.array(joined)


def _bridges(places: NDArray[np.int16], walks: list[NDArray[np.int64]]) -> Iterator[tuple[list[int], int, int]]:
    """Yield each walk but the first, the point of those before it at which to leave for it, and where to enter it.

    This is Prim's algorithm: a minimum spanning tree, grown by the nearest part. To begin with the longest walk, which
    is the first, keeps the tables of distances small.
    """
    apart = np.concatenate(walks[1:])
    owner = np.repeat(np.arange(1, len(walks)), [len(walk) for walk in walks[1:]])
    distance, nearest = _nearest(places, apart, walks[0])
    while True:
        best = distance.argmin()
        newest = walks[owner[best]]
        yield newest.tolist(), int(nearest[best]), int(apart[best])
        rest = np.flatnonzero(owner != owner[best])
        if not len(rest):
            return
        apart, owner, distance, nearest = apart[rest], owner[rest], distance[rest], nearest[rest]
        steps, which = _nearest(places, apart, newest)
        nearest = np.where(steps < distance, which, nearest)
        distance = np.minimum(steps, distance)


def _nearest(
    places: NDArray[np.int16], here: NDArray[np.int64], there: NDArray[np.int64]
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Return the steps, straight or diagonal, from each point here to the nearest one there, and which one that is."""
    x, y = places[0, here], places[1, here]
    x_there, y_there = places[0, there], places[1, there]
    least, nearest = [], []
    block = _BLOCK // len(there) + 1
    for some in (slice(start, start + block) for start in range(0, len(here), block)):
        columns = np.subtract.outer(x[some], x_there)
        rows = np.subtract.outer(y[some], y_there)
        steps = np.maximum(np.abs(columns, out=columns), np.abs(rows, out=rows), out=columns)
        which = steps.argmin(axis=1)
        least.append(steps[np.arange(len(which)), which])
        nearest.append(there[which])
    return np.concatenate(least), np.concatenate(nearest)


def _drop_repeats(pixels: NDArray[np.int64], walks: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Return the pixels of closed walks without those that repeat in sequence, but three at least of each, or none."""
    steps = steps_of(walks)
    walked = pixels[steps.point]
    goes = walked != walked[steps.following]
    moves = goes[:, 0] | goes[:, 1]
    stop = np.append(0, np.cumsum(moves))[np.append(0, steps.end)]
    kept = walked[moves]
    contours = [kept[a:b] for a, b in pairwise(stop.tolist())]
    for index in np.flatnonzero(np.diff(stop) < _FEWEST_POINTS).tolist():
        if len(walks[index]):
            points = contours[index] if len(contours[index]) else pixels[walks[index][:1]]
            contours[index] = np.resize(points, (_FEWEST_POINTS, 2))
    return contours
