"""Pieces: the parts that are left of polygons inside the image, which dataset cards count as objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.source.polygons import Annotation

_RING = 3  # points that a polygon of shapely needs


def count_pieces(annotation: Annotation) -> NDArray[np.int64]:
    """Return the number of pieces of each object, int64 (N,).

    A polygon inside the rectangle from (0, 0) to (width - 1, height - 1) is one piece. Of one that reaches beyond, the
    pieces are the polygons in shapely's `Polygon(points).buffer(0).intersection(box(0, 0, width - 1, height - 1))`,
    which may be none. An object of a label map is one piece.
    """
    pieces = np.ones(len(annotation.objects), np.int64)
    if len(annotation.vertices):
        start = np.cumsum(annotation.counts) - annotation.counts
        least = np.minimum.reduceat(annotation.vertices, start)
        most = np.maximum.reduceat(annotation.vertices, start)
        corner = annotation.width - 1, annotation.height - 1
        for index in np.flatnonzero((least < 0).any(axis=1) | (most > corner).any(axis=1)).tolist():
            points = annotation.vertices[start[index] : start[index] + annotation.counts[index]]
            pieces[index] = _clipped_polygons(points, *corner)
    return pieces


def _clipped_polygons(points: NDArray[np.int64], right: int, bottom: int) -> int:
    import shapely

    if len(points) < _RING:
        return 0
    clipped = shapely.Polygon(points).buffer(0).intersection(shapely.box(0, 0, right, bottom))
    return sum(isinstance(part, shapely.Polygon) and not part.is_empty for part in shapely.get_parts(clipped))
