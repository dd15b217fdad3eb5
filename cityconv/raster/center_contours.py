"""Contours through pixel centers, one closed contour for each segment, for consumers that fill them with OpenCV.

`cv2.fillPoly` fills by the even-odd rule and also draws the contour, one pixel wide. So a contour through the centers
of the outermost pixels gives back these pixels and all that they enclose.

All steps except those between parts go along a row or a column. Ultralytics inserts points between the vertices, up to
a thousand or more in all, and truncates their coordinates. On a step along a row or column they stay on pixels of the
segment. Between two pixels that touch diagonally, where `cv2.findContours` takes a step, they can fall next to them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.boundary import concatenate_rings, trace_boundaries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions

_NO_POINTS = np.empty(0, np.int64)
_MIN_POINTS = 3
_MAX_SEARCHED = 12_000  # points of one segment; the search for nearest points takes time with their square
_BLOCK = 20_000  # distances to compute at a time; they fit into the cache of a core


def center_contours(regions: Regions) -> list[NDArray[np.int64]]:
    """Return one contour of each segment, int64 (K, 2), x and y of pixels, K >= 3; K is 0 for an empty segment.

    `cv2.fillPoly` turns the contour into exactly the segment if the segment is 8-connected. If not, it adds lines one
    pixel wide, which join the parts between nearest vertices. The contour begins with the part with the most corners,
    at the leftmost of its topmost pixels, and runs clockwise on the screen. The first point is not repeated at the
    end, except to make three points of one or two. In a segment with a very large number of points, each part is
    joined to the next from top to bottom, without a search for the nearest.

    A segment of two parts in an image of 2 x 5 pixels; the step from (1, 0) to (4, 0) and back joins them:

         #  #  .  .  #
         #  #  .  .  .

    >>> regions = Regions(
    ...     segment=np.array([0, 0, 0]), row=np.array([0, 0, 1]), left=np.array([0, 4, 0]), right=np.array([2, 5, 2]),
    ...     size=1, height=2, width=5)
    >>> center_contours(regions)[0].tolist()
    [[0, 0], [1, 0], [4, 0], [1, 0], [1, 1], [0, 1]]
    """
    boundaries = trace_boundaries(regions)
    parts: list[list[NDArray[np.int64]]] = [[] for _ in range(regions.size)]
    for ring, segment in zip(boundaries.rings, boundaries.segment, strict=True):
        parts[segment].append(ring)
    pixels = np.ascontiguousarray(boundaries.pixel.T, np.int16)  # coordinates are below 32,768
    rings = [_join(pixels, rings) if rings else _NO_POINTS for rings in parts]
    return _drop_repeats(boundaries.pixel, rings)


def _join(pixels: NDArray[np.int16], rings: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return one ring around all parts of a segment, which passes each bridge between two parts in both directions.

    A bridge leaves the ring so far at one point, follows the ring of the next part from where it enters it, all the
    way around, and returns. Two rings with the bridge from point 2 to point 5:

        rings        0 1 2 3            4 5 6
        joined       0 1 2   5 6 4 5   2 3

    >>> x, y = [0, 2, 2, 0, 4, 3, 4], [0, 0, 2, 2, 1, 3, 3]
    >>> _join(np.array([x, y], np.int16), [np.array([0, 1, 2, 3]), np.array([4, 5, 6])]).tolist()
    [0, 1, 2, 5, 6, 4, 5, 2, 3]

    Args:
        pixels: int16 (2, P), x and y of all points.
        rings: the points of the ring around each part.
    """
    if len(rings) == 1:
        return rings[0]
    if sum(map(len, rings)) > _MAX_SEARCHED:
        starts = np.array([ring[0] for ring in rings])
        return np.concatenate([*(np.append(ring, ring[0]) for ring in rings), starts[-2::-1]])
    rings = sorted(rings, key=len, reverse=True)
    joined = rings[0].tolist()
    for ring, leave, enter in _bridges(pixels, rings):
        after = joined.index(leave) + 1
        turn = ring.index(enter)
        joined[after:after] = [*ring[turn:], *ring[:turn], enter, leave]
    return np.array(joined)


def _bridges(pixels: NDArray[np.int16], rings: list[NDArray[np.int64]]) -> Iterator[tuple[list[int], int, int]]:
    """Yield each ring but the first, the point of an earlier ring at which to leave for it, and where to enter it.

    This is Prim's algorithm: a minimum spanning tree that always grows by the nearest part. Starting with the longest
    ring, which is the first, keeps the tables of distances small.
    """
    apart = np.concatenate(rings[1:])  # points of the parts that are not joined yet
    owner = np.repeat(np.arange(1, len(rings)), [len(ring) for ring in rings[1:]])
    distance, nearest = _nearest(pixels, apart, rings[0])
    while True:
        best = distance.argmin()
        newest = rings[owner[best]]
        yield newest.tolist(), int(nearest[best]), int(apart[best])
        rest = np.flatnonzero(owner != owner[best])
        if not len(rest):
            return
        apart, owner, distance, nearest = apart[rest], owner[rest], distance[rest], nearest[rest]
        new_distance, new_nearest = _nearest(pixels, apart, newest)
        nearest = np.where(new_distance < distance, new_nearest, nearest)
        distance = np.minimum(new_distance, distance)


def _nearest(
    pixels: NDArray[np.int16], sources: NDArray[np.int64], targets: NDArray[np.int64]
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Return the distance from each source to its nearest target, in straight or diagonal steps, and that target.

    >>> x, y = [0, 9, 4, 8], [0, 0, 1, 3]
    >>> distance, nearest = _nearest(np.array([x, y], np.int16), np.array([0, 1]), np.array([2, 3]))
    >>> distance.tolist(), nearest.tolist()
    ([4, 3], [2, 3])
    """
    x, y = pixels[0, sources], pixels[1, sources]
    target_x, target_y = pixels[0, targets], pixels[1, targets]
    distances, nearest = [], []
    block = _BLOCK // len(targets) + 1
    for rows in (slice(start, start + block) for start in range(0, len(sources), block)):
        dx = np.subtract.outer(x[rows], target_x)
        dy = np.subtract.outer(y[rows], target_y)
        distance = np.maximum(np.abs(dx, out=dx), np.abs(dy, out=dy), out=dx)
        index = distance.argmin(axis=1)
        distances.append(distance[np.arange(len(index)), index])
        nearest.append(targets[index])
    return np.concatenate(distances), np.concatenate(nearest)


def _drop_repeats(pixels: NDArray[np.int64], rings: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Return the pixels of rings without consecutive duplicates, but at least three of each ring that is not empty.

    A ring whose point 1 lies at the same pixel as point 0, a ring around a single pixel, and an empty one:

    >>> pixels = np.array([[0, 0], [0, 0], [3, 0], [3, 2], [7, 7], [7, 7]])
    >>> contours = _drop_repeats(pixels, [np.array([0, 1, 2, 3]), np.array([4, 5]), np.array([], np.int64)])
    >>> [contour.tolist() for contour in contours]
    [[[0, 0], [3, 0], [3, 2]], [[7, 7], [7, 7], [7, 7]], []]
    """
    points = concatenate_rings(rings)
    visited = pixels[points.point]
    differs = visited != visited[points.following]
    moves = differs[:, 0] | differs[:, 1]
    stops = np.append(0, np.cumsum(moves))[np.append(0, points.end)]
    kept = visited[moves]
    contours = [kept[start:stop] for start, stop in pairwise(stops.tolist())]
    for index in np.flatnonzero(np.diff(stops) < _MIN_POINTS).tolist():
        if len(rings[index]):
            contour = contours[index] if len(contours[index]) else pixels[rings[index][:1]]
            contours[index] = np.resize(contour, (_MIN_POINTS, 2))
    return contours
