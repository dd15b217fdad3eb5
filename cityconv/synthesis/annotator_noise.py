"""The noise of manual annotation: jittered vertices, clipping at the image border, and occasional slips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.synthesis.outline import Box, clip_to_box
from cityconv.synthesis.street import HEIGHT, WIDTH, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

_JITTER = 0.02  # largest error of a coordinate, as a fraction of the object's larger side
_MAX_JITTER = 3.0  # pixels

# Annotators clip most objects at the last pixel, many at the image border, and a few slightly beyond it.
_CLIP_BOXES = (Box(0, 0, WIDTH - 1, HEIGHT - 1), Box(0, 0, WIDTH, HEIGHT), Box(-2, -2, WIDTH + 3, HEIGHT + 2))
_CLIP_BOX_QUANTILES = (0.72, 0.985)

# Probabilities of slips, per object. All of them occur in the release, so a reader must accept them.
_P_CLOSED = 0.04  # the first vertex appears again at the end
_P_REPEATED = 0.03  # a vertex appears twice in a row
_P_DUPLICATED = 0.004  # the whole object is duplicated
_P_TWO_POINTS = 0.006  # only two vertices remain of an object with at most _MAX_REDUCED_POINTS
_MAX_REDUCED_POINTS = 4
_P_HIDDEN_ANNOTATED = 0.1  # a hidden object is annotated anyway

# An object hides what lies within its box, shrunk by _BOX_MARGIN of the extent on each side, if it fills enough of it.
_MIN_FILL, _BOX_MARGIN = 0.6, 0.02


def trace(rng: np.random.Generator, shapes: list[Shape]) -> list[Shape]:
    """Return the shapes as an annotator would trace them, back to front.

    Annotated shapes get integer vertices and may vanish or be duplicated. Details that only the picture shows are
    returned unchanged.
    """
    annotated = [shape.outline for shape in shapes if shape.annotated]
    outlines = iter(_trace_outlines(rng, annotated))
    slips = iter(rng.random((len(annotated), 4)).tolist())
    traced: list[Shape] = []
    for shape in shapes:
        if shape.annotated:
            traced += _add_slips(shape.name, next(outlines), next(slips))
        else:
            traced.append(shape)
    return traced


def _trace_outlines(rng: np.random.Generator, outlines: list[Points]) -> list[Points]:
    """Return the outlines with jitter, clipped and rounded to integers; empty where nothing is annotated.

    All outlines of a scene are processed in one array, because they are many and small.
    """
    counts = np.array([len(outline) for outline in outlines])
    end = np.cumsum(counts)
    start = end - counts
    points = np.concatenate(outlines)
    low, high = (extreme.reduceat(points, start) for extreme in (np.minimum, np.maximum))
    is_hidden = _find_hidden(low, high, _areas(points, start, end))
    is_skipped = is_hidden & (rng.random(len(counts)) >= _P_HIDDEN_ANNOTATED)
    jitter = np.minimum(_JITTER * (high - low).max(axis=1, keepdims=True), _MAX_JITTER)
    points += (2.0 * rng.random(points.shape) - 1.0) * np.repeat(jitter, counts, axis=0)
    boxes = np.array(_CLIP_BOXES)[np.searchsorted(_CLIP_BOX_QUANTILES, rng.random(len(counts)))]
    is_inside = ((low - jitter >= boxes[:, :2]) & (high + jitter <= boxes[:, 2:])).all(axis=1)
    pieces = [points[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    for k in np.flatnonzero(~is_inside).tolist():
        pieces[k] = clip_to_box(pieces[k], Box(*boxes[k].tolist()))
    for k in np.flatnonzero(is_skipped).tolist():
        pieces[k] = pieces[k][:0]
    return [np.rint(piece) for piece in pieces]


def _areas(points: Points, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the area of each outline in square pixels, by the shoelace formula.

    Args:
        points: (V, 2), the vertices of all outlines, one after the other.
        start: (N,), index of each outline's first vertex.
        end: (N,), index after its last vertex.
    """
    after = np.arange(1, len(points) + 1)
    after[end - 1] = start
    x, y = points.T
    areas: NDArray[np.float64] = np.abs(np.add.reduceat(x * y[after] - x[after] * y, start)) / 2.0
    return areas


def _find_hidden(low: Points, high: Points, areas: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return a mask (N,) of the objects that are hidden by a compact object in front of them.

    Args:
        low: (N, 2), minimum x and y of each object in pixels, back to front.
        high: (N, 2), maximum x and y.
        areas: (N,), square pixels.
    """
    extent = high - low
    is_compact = areas > _MIN_FILL * extent[:, 0] * extent[:, 1]
    is_within = (low[:, None] >= low + _BOX_MARGIN * extent) & (high[:, None] <= high - _BOX_MARGIN * extent)
    is_in_front = np.triu(np.ones(is_within.shape[:2], np.bool_), 1)
    hidden: NDArray[np.bool_] = np.any(is_within.all(axis=2) & is_compact & is_in_front, axis=1)
    return hidden


def _add_slips(name: str, outline: Points, draws: list[float]) -> list[Shape]:
    """Return the object with slips: once, twice when duplicated, or not at all with fewer than 3 vertices.

    Args:
        name: the label.
        outline: (V, 2) in pixels.
        draws: 4 random numbers in [0, 1), one for each slip.
    """
    if len(outline) < 3:
        return []
    closed, repeated, reduced, duplicated = draws
    if reduced < _P_TWO_POINTS and len(outline) <= _MAX_REDUCED_POINTS:
        outline = outline[:2]
    if repeated < _P_REPEATED:
        index = int(repeated / _P_REPEATED * len(outline))
        outline = np.insert(outline, index, outline[index], axis=0)
    if closed < _P_CLOSED:
        outline = np.concatenate((outline, outline[:1]))
    return [Shape(name, outline)] * (2 if duplicated < _P_DUPLICATED else 1)
