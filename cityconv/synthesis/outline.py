"""Operations on outlines, float64 arrays (V, 2) of x and y, and the random numbers they use.

The same seed must give the same bytes on every machine. Randomness therefore comes from `Generator.random` and
`Generator.integers` alone, whose streams are stable, and is processed by + - * / only. Sines and cosines are rounded
to 6 decimals, because their last bits differ between platforms.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALL_EXTENT, _LARGE_EXTENT = 32, 140  # pixels; annotators use fewer points below and more above
_MAX_FIXED_POINTS = 8  # outlines with so few points, such as boxes, poles, and signs, keep them all
_ROUGHNESS = 0.07  # largest random change of a blob's radius


class Box(NamedTuple):
    """A rectangle in pixels; all four limits are inclusive."""

    left: float
    top: float
    right: float
    bottom: float


def make_generator(seed: int, stem: str, purpose: str) -> np.random.Generator:
    """Return the random generator of one frame for one purpose; seed is 0 or greater.

    Generators of different purposes are independent, so drawing more for one does not change another.
    """
    return np.random.Generator(np.random.PCG64([seed, *stem.encode(), *purpose.encode()]))


def uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a random number from the uniform distribution over [low, high)."""
    return low + (high - low) * rng.random()


def round_randomly(rng: np.random.Generator, number: float) -> int:
    """Return a non-negative number rounded down or up at random, such that the expected value is the number itself."""
    return int(number + rng.random())


def adapt_detail(outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the outline with half or twice its points if it is small or large in the image; coordinates in pixels."""
    if len(outline) <= _MAX_FIXED_POINTS:
        return outline
    extent = (outline.max(axis=0) - outline.min(axis=0)).max()
    if extent < _SMALL_EXTENT:
        return outline[::2]
    return round_corners(outline) if extent > _LARGE_EXTENT else outline


def round_corners(outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the outline (2 V, 2) with each corner cut off at a fifth of both edges."""
    step = 0.2 * (np.concatenate((outline[1:], outline[:1])) - outline)
    cut = np.empty((len(outline), 2, 2))
    cut[1:, 0], cut[0, 0] = outline[1:] - step[:-1], outline[0] - step[-1]
    cut[:, 1] = outline + step
    return cut.reshape(-1, 2)


def blob(rng: np.random.Generator, points: int) -> NDArray[np.float64]:
    """Return an irregular closed curve (points, 2) around the origin, with a radius between 0.58 and 1.02."""
    knots = 0.65 + 0.3 * rng.random(9)
    knots[-1] = knots[0]
    radius = np.interp(np.linspace(0.0, 8.0, points, endpoint=False), np.arange(9), knots)
    radius += _ROUGHNESS * (2.0 * rng.random(points) - 1.0)
    return _circle(points) * radius[:, None]


@lru_cache(maxsize=256)
def _circle(points: int) -> NDArray[np.float64]:
    """Return equally spaced points (points, 2) on the unit circle."""
    angle = np.linspace(0.0, 2.0 * np.pi, points, endpoint=False)
    return np.round(np.stack((np.cos(angle), np.sin(angle)), axis=1), 6)


def keyhole(outer: NDArray[np.float64], inner: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return both rings as one, joined by a bridge between their first points; even-odd filling leaves a hole."""
    return np.concatenate((outer, outer[:1], inner, inner[:1]))


def clip_to_box(outline: NDArray[np.float64], box: Box) -> NDArray[np.float64]:
    """Return the part of the outline inside the box, without points if there is none (Sutherland-Hodgman)."""
    for axis, sign, limit in ((0, 1.0, box.left), (1, 1.0, box.top), (0, -1.0, box.right), (1, -1.0, box.bottom)):
        inside = sign * (outline[:, axis] - limit)
        if inside.min(initial=0.0) < 0:
            outline = _clip_to_side(outline, axis, limit, inside)
    return outline


def _clip_to_side(
    outline: NDArray[np.float64], axis: int, limit: float, inside: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the outline clipped at one side of a box.

    Args:
        outline: (V, 2) in pixels.
        axis: 0 for x, 1 for y.
        limit: coordinate of the side on that axis.
        inside: (V,), how far each point is inside, negative outside.
    """
    following = np.concatenate((outline[1:], outline[:1]))
    following_inside = np.concatenate((inside[1:], inside[:1]))
    crosses = (inside >= 0) != (following_inside >= 0)
    fraction = inside / np.where(crosses, inside - following_inside, 1.0)
    both = np.empty((len(outline), 2, 2))
    both[:, 0] = outline
    both[:, 1] = outline + fraction[:, None] * (following - outline)
    both[:, 1, axis] = limit
    kept: NDArray[np.float64] = both[np.stack((inside >= 0, crosses), axis=1)]
    return kept
