"""How annotators trace a scene: off by a pixel or so, stopping at the image's edge, and with slips now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.sample.outline import Box, cut_to
from cityconv.sample.street import HEIGHT, WIDTH, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

_JITTER, _TREMOR_MOST = 0.02, 3.0  # how far off a point is: the share of the object's extent, and the most in pixels

# They mostly stop at the last pixel, often at the edge of the image, and now and then a little past it.
_BORDERS = (Box(0, 0, WIDTH - 1, HEIGHT - 1), Box(0, 0, WIDTH, HEIGHT), Box(-2, -2, WIDTH + 3, HEIGHT + 2))
_BORDER_UP_TO = (0.72, 0.985)

# The shares of objects with a slip; the readers of the format have to take all of them as they are.
_CLOSED, _REPEATED, _DOUBLED = 0.04, 0.03, 0.004
_TWO_POINTS, _BARELY = 0.006, 4  # of objects of so few points
_HIDDEN = 0.1  # of those that something else hides

# What counts as hiding: the share of its box that an object must fill, and that is left out on each side of the box.
_COMPACT, _EDGE = 0.6, 0.02


def trace(rng: np.random.Generator, shapes: list[Shape]) -> list[Shape]:
    """Return what is in view as drawn by hand, in whole pixels; details of the picture alone stay as they are."""
    by_hand = [shape.outline for shape in shapes if shape.annotated]
    outlines = iter(_trace_outlines(rng, by_hand))
    chances = iter(rng.random((len(by_hand), 4)).tolist())
    traced: list[Shape] = []
    for shape in shapes:
        if shape.annotated:
            traced += _drawn(shape.name, next(outlines), next(chances))
        else:
            traced.append(shape)
    return traced


def _trace_outlines(rng: np.random.Generator, outlines: list[Points]) -> list[Points]:
    """Return the outlines, unsteady and as far as they are in view; worked on together, as they are many and small."""
    counts = np.array([len(outline) for outline in outlines])
    end = np.cumsum(counts)
    start = end - counts
    points = np.concatenate(outlines)
    low, high = (extreme.reduceat(points, start) for extreme in (np.minimum, np.maximum))
    missed = _hidden(low, high, _areas(points, start, end)) & (rng.random(len(counts)) >= _HIDDEN)
    reach = np.minimum(_JITTER * (high - low).max(axis=1, keepdims=True), _TREMOR_MOST)
    points += (2.0 * rng.random(points.shape) - 1.0) * np.repeat(reach, counts, axis=0)
    borders = np.array(_BORDERS)[np.searchsorted(_BORDER_UP_TO, rng.random(len(counts)))]
    whole = ((low - reach >= borders[:, :2]) & (high + reach <= borders[:, 2:])).all(axis=1)
    pieces = [points[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    for k in np.flatnonzero(~whole).tolist():
        pieces[k] = cut_to(pieces[k], Box(*borders[k].tolist()))
    for k in np.flatnonzero(missed).tolist():
        pieces[k] = pieces[k][:0]
    return [np.rint(piece) for piece in pieces]


def _areas(points: Points, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the area in pixels of each outline, by the shoelace formula."""
    after = np.arange(1, len(points) + 1)
    after[end - 1] = start
    x, y = points.T
    areas: NDArray[np.float64] = np.abs(np.add.reduceat(x * y[after] - x[after] * y, start)) / 2.0
    return areas


def _hidden(low: Points, high: Points, areas: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which objects lie wholly behind the middle of a compact one further to the front.

    Args:
        low: (N, 2), least x and y of each object, back to front.
        high: (N, 2), greatest.
        areas: (N,) in pixels.
    """
    extent = high - low
    is_compact = areas > _COMPACT * extent[:, 0] * extent[:, 1]
    within = (low[:, None] >= low + _EDGE * extent) & (high[:, None] <= high - _EDGE * extent)
    further_front = np.triu(np.ones(within.shape[:2], np.bool_), 1)
    hidden: NDArray[np.bool_] = np.any(within.all(axis=2) & is_compact & further_front, axis=1)
    return hidden


def _drawn(name: str, outline: Points, chance: list[float]) -> list[Shape]:
    """Return the object once, twice by a slip, or not at all when out of view; chance is 4 numbers, 0 to 1."""
    if len(outline) < 3:
        return []
    close, repeat, stop, double = chance
    if stop < _TWO_POINTS and len(outline) <= _BARELY:
        outline = outline[:2]
    if repeat < _REPEATED:
        again = int(repeat / _REPEATED * len(outline))
        outline = np.insert(outline, again, outline[again], axis=0)
    if close < _CLOSED:
        outline = np.concatenate((outline, outline[:1]))
    return [Shape(name, outline)] * (2 if double < _DOUBLED else 1)
