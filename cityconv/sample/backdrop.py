"""What a street consists of before anything stands in it: sky, grounds, house fronts; listed back to front."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.sample.outline import between, keyhole
from cityconv.sample.street import HEIGHT, NEAR, WIDTH, Shape, Street, paint, spatial

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STOREY, _WINDOW = 3.1, (1.1, 1.6)  # metres; a window's width and height
_WINDOWS_TO = 70.0  # metres: further away they are no more than a few pixels


def draw_backdrop(rng: np.random.Generator, street: Street) -> list[Shape]:
    """Return everything that the things of the street stand on or in front of."""
    shapes = _sky(rng, street) + _far_end(rng, street) + _road(rng, street)
    for side in (0, 1):
        shapes += _walk(rng, street, side)
    shapes += _lane_marks(street)
    for side in (0, 1):
        shapes += _fronts(rng, street, side)
    return shapes


def _sky(rng: np.random.Generator, street: Street) -> list[Shape]:
    lower = street.vanishing[1] + 20.0 * rng.random(6)
    across = np.linspace(WIDTH, 0.0, 6)
    outline = np.concatenate(([[0.0, 0.0], [WIDTH, 0.0]], np.stack((across, lower), axis=1)))
    return [Shape("sky", outline)]


def _far_end(rng: np.random.Generator, street: Street) -> list[Shape]:
    """Return a sky-line of houses or of trees across the end of the street."""
    name, points, low, high = ("building", 14, 5.0, 17.0) if rng.random() < 0.5 else ("vegetation", 70, 6.0, 10.0)
    x = np.linspace(-70.0, 70.0, points)
    y = low + (high - low) * rng.random(points)
    if name == "building":  # flat roofs: each height held over two points
        x[2::2], y[1::2] = x[1:-1:2] + 0.1, y[::2]
    top = spatial(x, y, street.end)
    base = spatial(np.array([70.0, -70.0]), 0.0, street.end)
    return [Shape(name, street.project(np.concatenate((top, base))))]


def _road(rng: np.random.Generator, street: Street) -> list[Shape]:
    """Return the ground: mostly the road from kerb to kerb, now and then rails, a parking strip, or unmade ground."""
    left, right = street.kerbs
    shapes = []
    if rng.random() < 0.45:
        shapes += _strip(rng, street, "ground", street.fronts[0] - 20.0, street.fronts[1] + 20.0, 30.0, street.end)
    shapes += _strip(rng, street, "road", left, right, NEAR, street.end)
    if rng.random() < 0.08:
        shapes += _strip(rng, street, "rail track", left + 0.5, left + 3.5, NEAR, street.end)
    if rng.random() < 0.3:
        near = between(rng, NEAR, 25.0)
        shapes += _strip(rng, street, "parking", right - 2.2, right, near, near + between(rng, 8.0, 40.0))
    return shapes


def _walk(rng: np.random.Generator, street: Street, side: int) -> list[Shape]:
    """Return the ground between kerb and house front: the sidewalk, and often lawn behind it or islands in it."""
    kerb, front = street.kerbs[side], street.fronts[side]
    shapes = _strip(rng, street, "sidewalk", kerb, front, NEAR, street.end)
    if rng.random() < 0.5:
        near = between(rng, NEAR, 30.0)
        shapes += _strip(rng, street, "terrain", kerb + 0.6 * (front - kerb), front, near, near + 40.0 * rng.random())
    if rng.random() < 0.35 * street.bustle:
        near = between(rng, 12.0, 60.0)
        shapes += _strip(rng, street, "terrain", kerb, kerb + 0.3 * (front - kerb), near, near + 12.0)
    return shapes


def _strip(
    rng: np.random.Generator, street: Street, name: str, left: float, right: float, near: float, far: float
) -> list[Shape]:
    """Return a piece of ground between two x and two z in metres, its edges a little uneven."""
    # Even steps of 1 / z are even steps on the image.
    z = 1.0 / np.linspace(1.0 / near, 1.0 / max(far, near + 2.0), 6)
    z = np.concatenate((z, z[::-1]))
    x = np.repeat((left, right), 6) + 0.15 * (rng.random(12) - 0.5)
    return [Shape(name, street.project(spatial(x, 0.0, z)))]


def _lane_marks(street: Street) -> list[Shape]:
    """Return the dashes between the lanes, 3 metres long and 6 apart."""
    z = np.arange(NEAR, 60.0, 6.0)[:, None] + (0.0, 0.0, 3.0, 3.0)
    x = np.array((-1.75, -1.6, -1.6, -1.75))
    return paint("lane mark", street.project(spatial(x, 0.0, z)))


def _fronts(rng: np.random.Generator, street: Street, side: int) -> list[Shape]:
    """Return one side's row of houses, in one polygon or two, with their windows."""
    edges = np.cumsum(np.concatenate(([2.0], 7.0 + 12.0 * rng.random(9))))
    edges = edges[: np.searchsorted(edges, street.end)]
    heights = between(rng, 5.0, 14.0) + 5.0 * rng.random(len(edges) - 1)
    cut = int(rng.integers(1, len(heights) + 1))
    x = street.fronts[side]
    shapes: list[Shape] = []
    if cut < len(heights):
        shapes += _row(rng, street, x, edges[cut:], heights[cut:])
    if rng.random() < 0.85 or cut > 3:
        shapes += _row(rng, street, x, edges[: cut + 1], heights[:cut])
    return shapes


def _row(
    rng: np.random.Generator, street: Street, x: float, edges: NDArray[np.float64], heights: NDArray[np.float64]
) -> list[Shape]:
    """Return houses side by side, from edges z (n + 1) and heights (n) in metres, and their windows."""
    z = np.stack((edges[:-1], 0.5 * (edges[:-1] + edges[1:]), edges[1:]), axis=1)
    ridge = np.where(rng.random(len(heights)) < 0.4, 1.8, 0.1)
    y = heights[:, None] + np.stack((0.0 * ridge, ridge, 0.0 * ridge), axis=1)
    top = spatial(x, y.ravel(), z.ravel())
    base = spatial(x, 0.0, np.array((edges[-1], edges[0])))
    outline = street.project(np.concatenate((top, base)))
    return [Shape("building", outline), *_windows(street, x, edges, heights)]


def _windows(street: Street, x: float, edges: NDArray[np.float64], heights: NDArray[np.float64]) -> list[Shape]:
    z, y = np.meshgrid(
        np.arange(max(edges[0], NEAR) + 1.5, min(edges[-1], _WINDOWS_TO), 2.6), np.arange(1.2, 18.0, _STOREY)
    )
    house = np.clip(np.searchsorted(edges, z) - 1, 0, len(heights) - 1)
    z, y = (grid[y + _WINDOW[1] + 0.4 < heights[house]][:, None] for grid in (z, y))
    along = np.array((0.0, 1.0, 1.0, 0.0)) * _WINDOW[0]
    up = np.array((0.0, 0.0, 1.0, 1.0)) * _WINDOW[1]
    return paint("window", street.project(spatial(x, y + up, z + along)))


def draw_border(rng: np.random.Generator) -> list[Shape]:
    """Return what belongs to the camera: edges that rectification left empty, and the bonnet of its own car."""
    return (_rectification(rng) if rng.random() < 0.34 else []) + _bonnet(rng)


def _bonnet(rng: np.random.Generator) -> list[Shape]:
    across = np.linspace(-1.0, 1.0, 18)
    top = HEIGHT - between(rng, 110.0, 180.0) * (1.0 - across * across * across * across) - 6.0
    middle, half = between(rng, 960.0, 1080.0), between(rng, 840.0, 1000.0)
    corners = [[middle + half, HEIGHT], [middle - half, HEIGHT]]
    outline = np.concatenate((np.stack((middle + half * across, top), axis=1), corners))
    return [Shape("ego vehicle", outline)]


def _rectification(rng: np.random.Generator) -> list[Shape]:
    """Return four slivers along the edges, where rectification left no image."""
    a, b, c, d = (between(rng, 3.0, 9.0) for _ in range(4))
    slivers = (
        [[0.0, 0.0], [WIDTH, 0.0], [WIDTH, a], [1000.0, b]],
        [[WIDTH, 0.0], [WIDTH, HEIGHT], [WIDTH - c, HEIGHT]],
        [[0.0, HEIGHT], [0.0, HEIGHT - d], [WIDTH, HEIGHT - a], [WIDTH, HEIGHT]],
        [[0.0, 0.0], [b, HEIGHT], [0.0, HEIGHT]],
    )
    return [Shape("rectification border", np.array(sliver)) for sliver in slivers]


# The rim of the image as annotators drew it: outer and inner rectangle in one ring of 10 points.
OUT_OF_ROI = Shape(
    "out of roi",
    keyhole(
        np.array([[0.0, 0.0], [WIDTH, 0.0], [WIDTH, HEIGHT], [0.0, HEIGHT]]),
        np.array([[5.0, 5.0], [5.0, HEIGHT - 5.0], [WIDTH - 5.0, HEIGHT - 5.0], [WIDTH - 5.0, 5.0]]),
    ),
)
