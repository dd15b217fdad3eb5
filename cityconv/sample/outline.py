"""Outlines as float64 arrays (n, 2): made irregular, rounded, thinned and cut to the image.

A set must come out the same on every machine. So chance enters through `Generator.random` and `Generator.integers`
alone, whose bits are defined, and arithmetic keeps to + - * / on them; sines are rounded far above their last bit.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALL, _LARGE = 32, 140  # pixels: an annotator sets fewer points below, more above
_ROUGHNESS = 0.07
_FEW_POINTS = 8  # boxes, poles and signs keep theirs


class Box(NamedTuple):
    """A rectangle in pixels, its sides part of it."""

    left: float
    top: float
    right: float
    bottom: float


def seeded(seed: int, stem: str, purpose: str) -> np.random.Generator:
    """Return the chance of one frame for one purpose, whatever was drawn before for another; seed is 0 or more."""
    return np.random.Generator(np.random.PCG64([seed, *stem.encode(), *purpose.encode()]))


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a number drawn evenly from low to high."""
    return low + (high - low) * rng.random()


def tally(rng: np.random.Generator, mean: float) -> int:
    """Return a whole number next to the mean, drawn so that the mean is met."""
    return int(mean + rng.random())


def adapt_detail(outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the outline (pixels) with as many points as its size on the image deserves."""
    if len(outline) <= _FEW_POINTS:
        return outline
    extent = (outline.max(axis=0) - outline.min(axis=0)).max()
    if extent < _SMALL:
        return outline[::2]
    return round_corners(outline) if extent > _LARGE else outline


def round_corners(outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the outline with each corner cut at a fifth of its two edges (2 n, 2)."""
    step = 0.2 * (np.concatenate((outline[1:], outline[:1])) - outline)
    cut = np.empty((len(outline), 2, 2))
    cut[1:, 0], cut[0, 0] = outline[1:] - step[:-1], outline[0] - step[-1]
    cut[:, 1] = outline + step
    return cut.reshape(-1, 2)


def blob(rng: np.random.Generator, points: int) -> NDArray[np.float64]:
    """Return an irregular closed curve about the origin, of radius 0.5 to 1 (points, 2)."""
    knots = 0.65 + 0.3 * rng.random(9)
    knots[-1] = knots[0]
    radius = np.interp(np.linspace(0.0, 8.0, points, endpoint=False), np.arange(9), knots)
    radius += _ROUGHNESS * (2.0 * rng.random(points) - 1.0)
    return _circle(points) * radius[:, None]


@lru_cache(maxsize=256)
def _circle(points: int) -> NDArray[np.float64]:
    angle = np.linspace(0.0, 2.0 * np.pi, points, endpoint=False)
    return np.round(np.stack((np.cos(angle), np.sin(angle)), axis=1), 6)


def keyhole(outer: NDArray[np.float64], inner: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one ring of both, joined by a bridge from first point to first point: even-odd filling leaves a hole."""
    return np.concatenate((outer, outer[:1], inner, inner[:1]))


def cut_to(outline: NDArray[np.float64], box: Box) -> NDArray[np.float64]:
    """Return the part of the outline inside the box (Sutherland and Hodgman); no points when all of it lies outside."""
    for axis, sign, limit in ((0, 1.0, box.left), (1, 1.0, box.top), (0, -1.0, box.right), (1, -1.0, box.bottom)):
        inside = sign * (outline[:, axis] - limit)
        if inside.min(initial=0.0) < 0:
            outline = _cut_side(outline, axis, limit, inside)
    return outline


def _cut_side(
    outline: NDArray[np.float64], axis: int, limit: float, inside: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the points that are inside by 0 or more, and those where an edge passes the limit."""
    after = np.concatenate((outline[1:], outline[:1]))
    inside_after = np.concatenate((inside[1:], inside[:1]))
    crosses = (inside >= 0) != (inside_after >= 0)
    share = inside / np.where(crosses, inside - inside_after, 1.0)
    both = np.empty((len(outline), 2, 2))
    both[:, 0] = outline
    both[:, 1] = outline + share[:, None] * (after - outline)
    both[:, 1, axis] = limit
    kept: NDArray[np.float64] = both[np.stack((inside >= 0, crosses), axis=1)]
    return kept
