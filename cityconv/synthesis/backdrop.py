"""The static background of a street (sky, ground, facades) and the parts of the image that belong to the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.synthesis.outline import keyhole, uniform
from cityconv.synthesis.street import HEIGHT, NEAR_LIMIT, WIDTH, Shape, Street, picture_details, stack_xyz

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STORY_HEIGHT = 3.1  # meters
_WINDOW_SIZE = (1.1, 1.6)  # width and height in meters
_MAX_WINDOW_DISTANCE = 70.0  # meters; beyond it a window covers only a few pixels


def draw_backdrop(rng: np.random.Generator, street: Street) -> list[Shape]:
    """Return the sky, the ground, and the buildings, back to front."""
    shapes = _sky(rng, street) + _street_end(rng, street) + _road(rng, street)
    for side in (0, 1):
        shapes += _sidewalk(rng, street, side)
    shapes += _lane_markings(street)
    for side in (0, 1):
        shapes += _facades(rng, street, side)
    return shapes


def _sky(rng: np.random.Generator, street: Street) -> list[Shape]:
    """Return the sky, from the top of the image to just below the horizon."""
    lower = street.vanishing_point[1] + 20.0 * rng.random(6)
    across = np.linspace(WIDTH, 0.0, 6)
    outline = np.concatenate(([[0.0, 0.0], [WIDTH, 0.0]], np.stack((across, lower), axis=1)))
    return [Shape("sky", outline)]


def _street_end(rng: np.random.Generator, street: Street) -> list[Shape]:
    """Return a row of buildings or trees that closes the end of the street."""
    name, points, low, high = ("building", 14, 5.0, 17.0) if rng.random() < 0.5 else ("vegetation", 70, 6.0, 10.0)
    x = np.linspace(-70.0, 70.0, points)
    y = low + (high - low) * rng.random(points)
    if name == "building":  # flat roofs: each height spans two vertices
        x[2::2], y[1::2] = x[1:-1:2] + 0.1, y[::2]
    top = stack_xyz(x, y, street.end)
    base = stack_xyz(np.array([70.0, -70.0]), 0.0, street.end)
    return [Shape(name, street.project(np.concatenate((top, base))))]


def _road(rng: np.random.Generator, street: Street) -> list[Shape]:
    """Return the road from curb to curb, sometimes with unpaved ground under it, a rail track, or a parking strip."""
    left, right = street.curbs
    shapes = []
    if rng.random() < 0.45:
        shapes += _strip(rng, street, "ground", street.facades[0] - 20.0, street.facades[1] + 20.0, 30.0, street.end)
    shapes += _strip(rng, street, "road", left, right, NEAR_LIMIT, street.end)
    if rng.random() < 0.08:
        shapes += _strip(rng, street, "rail track", left + 0.5, left + 3.5, NEAR_LIMIT, street.end)
    if rng.random() < 0.3:
        near = uniform(rng, NEAR_LIMIT, 25.0)
        shapes += _strip(rng, street, "parking", right - 2.2, right, near, near + uniform(rng, 8.0, 40.0))
    return shapes


def _sidewalk(rng: np.random.Generator, street: Street, side: int) -> list[Shape]:
    """Return the sidewalk of one side (0 left, 1 right), often with terrain along the facades or the curb."""
    curb, facade = street.curbs[side], street.facades[side]
    shapes = _strip(rng, street, "sidewalk", curb, facade, NEAR_LIMIT, street.end)
    if rng.random() < 0.5:
        near = uniform(rng, NEAR_LIMIT, 30.0)
        shapes += _strip(rng, street, "terrain", curb + 0.6 * (facade - curb), facade, near, near + 40.0 * rng.random())
    if rng.random() < 0.35 * street.density:
        near = uniform(rng, 12.0, 60.0)
        shapes += _strip(rng, street, "terrain", curb, curb + 0.3 * (facade - curb), near, near + 12.0)
    return shapes


def _strip(
    rng: np.random.Generator, street: Street, name: str, left: float, right: float, near: float, far: float
) -> list[Shape]:
    """Return a patch of ground with slightly uneven edges.

    Args:
        rng: the random generator of the frame.
        street: the street.
        name: the label.
        left: smallest x, in meters.
        right: largest x, in meters.
        near: smallest z, in meters.
        far: largest z, in meters; at least 2 meters beyond `near`.
    """
    # Equal steps in 1 / z are equal steps in the image.
    z = 1.0 / np.linspace(1.0 / near, 1.0 / max(far, near + 2.0), 6)
    z = np.concatenate((z, z[::-1]))
    x = np.repeat((left, right), 6) + 0.15 * (rng.random(12) - 0.5)
    return [Shape(name, street.project(stack_xyz(x, 0.0, z)))]


def _lane_markings(street: Street) -> list[Shape]:
    """Return the dashed line between the lanes: 3-meter dashes, one every 6 meters."""
    z = np.arange(NEAR_LIMIT, 60.0, 6.0)[:, None] + (0.0, 0.0, 3.0, 3.0)
    x = np.array((-1.75, -1.6, -1.6, -1.75))
    return picture_details("lane mark", street.project(stack_xyz(x, 0.0, z)))


def _facades(rng: np.random.Generator, street: Street, side: int) -> list[Shape]:
    """Return the buildings of one side (0 left, 1 right) as one or two polygons, with their windows."""
    edges = np.cumsum(np.concatenate(([2.0], 7.0 + 12.0 * rng.random(9))))
    edges = edges[: np.searchsorted(edges, street.end)]
    heights = uniform(rng, 5.0, 14.0) + 5.0 * rng.random(len(edges) - 1)
    cut = int(rng.integers(1, len(heights) + 1))
    x = street.facades[side]
    shapes: list[Shape] = []
    if cut < len(heights):
        shapes += _building_row(rng, street, x, edges[cut:], heights[cut:])
    if rng.random() < 0.85 or cut > 3:
        shapes += _building_row(rng, street, x, edges[: cut + 1], heights[:cut])
    return shapes


def _building_row(
    rng: np.random.Generator, street: Street, x: float, edges: NDArray[np.float64], heights: NDArray[np.float64]
) -> list[Shape]:
    """Return adjacent buildings as one polygon, and their windows.

    Args:
        rng: the random generator of the frame.
        street: the street.
        x: where the facades are, in meters.
        edges: (N + 1,), ascending z of the building edges, in meters.
        heights: (N,), heights without roofs, in meters.
    """
    z = np.stack((edges[:-1], 0.5 * (edges[:-1] + edges[1:]), edges[1:]), axis=1)
    ridge = np.where(rng.random(len(heights)) < 0.4, 1.8, 0.1)
    y = heights[:, None] + np.stack((0.0 * ridge, ridge, 0.0 * ridge), axis=1)
    top = stack_xyz(x, y.ravel(), z.ravel())
    base = stack_xyz(x, 0.0, np.array((edges[-1], edges[0])))
    outline = street.project(np.concatenate((top, base)))
    return [Shape("building", outline), *_windows(street, x, edges, heights)]


def _windows(street: Street, x: float, edges: NDArray[np.float64], heights: NDArray[np.float64]) -> list[Shape]:
    """Return the windows of a row of buildings; arguments as for `_building_row`."""
    z, y = np.meshgrid(
        np.arange(max(edges[0], NEAR_LIMIT) + 1.5, min(edges[-1], _MAX_WINDOW_DISTANCE), 2.6),
        np.arange(1.2, 18.0, _STORY_HEIGHT),
    )
    house = np.clip(np.searchsorted(edges, z) - 1, 0, len(heights) - 1)
    z, y = (grid[y + _WINDOW_SIZE[1] + 0.4 < heights[house]][:, None] for grid in (z, y))
    along = np.array((0.0, 1.0, 1.0, 0.0)) * _WINDOW_SIZE[0]
    up = np.array((0.0, 0.0, 1.0, 1.0)) * _WINDOW_SIZE[1]
    return picture_details("window", street.project(stack_xyz(x, y + up, z + along)))


def draw_ego_vehicle_and_border(rng: np.random.Generator) -> list[Shape]:
    """Return the rectification border, which a third of the frames have, and the hood of the ego vehicle."""
    return (_rectification_border(rng) if rng.random() < 0.34 else []) + _hood(rng)


def _hood(rng: np.random.Generator) -> list[Shape]:
    """Return the hood of the ego vehicle at the bottom of the image."""
    across = np.linspace(-1.0, 1.0, 18)
    top = HEIGHT - uniform(rng, 110.0, 180.0) * (1.0 - across * across * across * across) - 6.0
    middle, half = uniform(rng, 960.0, 1080.0), uniform(rng, 840.0, 1000.0)
    corners = [[middle + half, HEIGHT], [middle - half, HEIGHT]]
    outline = np.concatenate((np.stack((middle + half * across, top), axis=1), corners))
    return [Shape("ego vehicle", outline)]


def _rectification_border(rng: np.random.Generator) -> list[Shape]:
    """Return slivers along the four image borders, up to 9 pixels wide, which rectification left empty."""
    a, b, c, d = (uniform(rng, 3.0, 9.0) for _ in range(4))
    slivers = (
        [[0.0, 0.0], [WIDTH, 0.0], [WIDTH, a], [1000.0, b]],
        [[WIDTH, 0.0], [WIDTH, HEIGHT], [WIDTH - c, HEIGHT]],
        [[0.0, HEIGHT], [0.0, HEIGHT - d], [WIDTH, HEIGHT - a], [WIDTH, HEIGHT]],
        [[0.0, 0.0], [b, HEIGHT], [0.0, HEIGHT]],
    )
    return [Shape("rectification border", np.array(sliver)) for sliver in slivers]


# As in the release: one ring of 10 points, the image border and a rectangle 5 pixels inside it, joined by a bridge.
OUT_OF_ROI = Shape(
    "out of roi",
    keyhole(
        np.array([[0.0, 0.0], [WIDTH, 0.0], [WIDTH, HEIGHT], [0.0, HEIGHT]]),
        np.array([[5.0, 5.0], [5.0, HEIGHT - 5.0], [WIDTH - 5.0, HEIGHT - 5.0], [WIDTH - 5.0, 5.0]]),
    ),
)
