"""What stands in a street for good: each piece is made at a distance z in metres, as the shapes it consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.sample import templates
from cityconv.sample.outline import between, blob, keyhole
from cityconv.sample.street import Place, Shape, Street, beside, flat, spatial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]


def small(
    rng: np.random.Generator, street: Street, z: float, *, name: str, template: Points, largest: float
) -> list[Shape]:
    """Return something small on the ground, at most that large in metres."""
    size = between(rng, 0.3, 1.0) * largest
    return flat(street, name, template, beside(rng, street, z, size), size, between(rng, 0.8, 1.2) * size)


def fixture(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a board that hangs on a house front, across the sidewalk."""
    side = int(rng.integers(2))
    size = between(rng, 0.3, 0.9)
    place = Place(street.fronts[side], between(rng, 2.4, 4.0), z, (1.0, -1.0)[side])
    return flat(street, "static", templates.BOARD, place, size, between(rng, 0.6, 1.6) * size)


def pole(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a bare pole, a street lamp, or a bollard."""
    chance = rng.random()
    if chance < 0.25:
        return flat(street, "pole", templates.STREET_LAMP, beside(rng, street, z, 2.0), 2.0, between(rng, 5.0, 9.0))
    height = between(rng, 2.0, 5.0) if chance < 0.7 else 1.0
    width = between(rng, 0.09, 0.2)
    return flat(street, "pole", templates.POLE, beside(rng, street, z, width), width, height)


def sign(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a pole with one sign or two."""
    plates = (templates.DISC, templates.DISC, templates.RECTANGLE, templates.TRIANGLE, templates.DIAMOND)
    foot = beside(rng, street, z, 0.7)
    shapes = flat(street, "pole", templates.POLE, foot._replace(x=foot.x + 0.29 * foot.outwards), 0.1, 2.9)
    for y in (2.2, 1.5)[: int(rng.integers(1, 3))]:
        template = plates[int(rng.integers(len(plates)))]
        shapes += flat(street, "traffic sign", template, foot._replace(y=y), 0.66, 0.66)
    return shapes


def traffic_light(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a pole at the kerb with a light on it."""
    side = int(rng.integers(2))
    outwards = (-1.0, 1.0)[side]
    foot = Place(street.kerbs[side] + 0.5 * outwards, 0.0, z, outwards)
    pole = flat(street, "pole", templates.POLE, foot, 0.14, 3.3)
    lamps = foot._replace(x=foot.x - 0.12 * outwards, y=2.3)
    return pole + flat(street, "traffic light", templates.TRAFFIC_LIGHT, lamps, 0.38, 0.95)


def pole_group(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return poles so close together that they are drawn as one comb."""
    teeth = np.array((0.0, 0.0, 0.25, 0.25, 0.4, 0.4, 0.6, 0.6, 0.8, 0.8, 1.0, 1.0))
    up = np.array((0.0, 1.0, 1.0, 0.1, 0.1, 0.9, 0.9, 0.1, 0.1, 1.0, 1.0, 0.0))
    place = beside(rng, street, z, 1.2)
    return [Shape("polegroup", street.project_upright(place.put_flat(np.stack((teeth, up), axis=1), 1.2, 2.6), z))]


def tree(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a tree on its trunk; now and then one sees through its crown."""
    place = beside(rng, street, z, 0.0)
    half, middle = between(rng, 1.6, 3.6), between(rng, 4.6, 6.2)
    crown = blob(rng, _leafy(4.0 * half, z)) * (half, between(rng, 2.2, 3.4)) + (place.x, middle)
    trunk = np.array(((-0.15, 2.6), (-0.2, 0.0), (0.2, 0.0), (0.15, 2.6))) + np.array((place.x, 0.0))
    lowest = 3 * len(crown) // 4
    ring = np.concatenate((crown[:lowest], trunk, crown[lowest + 1 :]))
    if rng.random() < 0.08:
        ring = keyhole(ring, blob(rng, 9) * (0.3 * half, 0.6) + (place.x, middle))
    return [Shape("vegetation", street.project_upright(ring, z))]


def hedge(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return bushes along the house fronts."""
    place = beside(rng, street, z, 0.0)
    half = between(rng, 0.5, 2.5)
    leaves = blob(rng, _leafy(3.0 * half, z)) * (half, between(rng, 0.5, 1.1)) + (place.x, 0.4)
    leaves[:, 1] = np.maximum(leaves[:, 1], 0.0)
    return [Shape("vegetation", street.project_upright(leaves, z))]


def _leafy(girth: float, z: float) -> int:
    """Return how many points leaves of that girth in metres deserve at that distance."""
    return int(np.clip(640.0 * girth / z, 14, 220))


def barrier(rng: np.random.Generator, street: Street, z: float, *, name: str, height: float) -> list[Shape]:
    """Return a wall or a fence along the street, behind the sidewalk or at the kerb."""
    side = int(rng.integers(2))
    x = (street.kerbs if name == "guard rail" else street.fronts)[side] * 0.97
    near = z * between(rng, 0.35, 0.75)
    along = 1.0 / np.linspace(1.0 / near, 1.0 / z, 9)
    top = spatial(x, height + 0.1 * (rng.random(9) - 0.5), along)
    base = spatial(x, 0.0, along[[8, 5, 2, 0]])
    return [Shape(name, street.project(np.concatenate((top, base))))]


def bridge(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a bridge across the street, its lower side an arch."""
    left, right = street.fronts
    across = np.linspace(-1.0, 1.0, 12)
    x = 0.5 * (left + right) + 50.0 * across
    below = 6.0 - 1.5 * across * across
    deck = spatial(x[[11, 8, 3, 0]], between(rng, 7.2, 8.5), z)
    return [Shape("bridge", street.project(np.concatenate((spatial(x, below, z), deck))))]


def tunnel(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return the mouth of a tunnel that the road runs into."""
    left, right = street.kerbs
    x = left + (right - left) * np.array((0.0, 0.0, 0.03, 0.12, 0.3, 0.5, 0.7, 0.88, 0.97, 1.0, 1.0))
    y = between(rng, 4.5, 6.0) * np.array((0.0, 0.5, 0.7, 0.86, 0.97, 1.0, 0.97, 0.86, 0.7, 0.5, 0.0))
    return [Shape("tunnel", street.project_upright(np.stack((x, y), axis=1), z))]
