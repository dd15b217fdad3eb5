"""Static objects of a street: each function returns the shapes of one object at distance z, in meters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.synthesis import templates
from cityconv.synthesis.outline import blob, keyhole, uniform
from cityconv.synthesis.street import Pose, Shape, Street, billboard, pose_beside_road, stack_xyz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]


def small_object(
    rng: np.random.Generator, street: Street, z: float, *, name: str, template: Points, largest: float
) -> list[Shape]:
    """Return a small object on the ground, at most `largest` meters wide."""
    size = uniform(rng, 0.3, 1.0) * largest
    return billboard(
        street, name, template, pose_beside_road(rng, street, z, size), size, uniform(rng, 0.8, 1.2) * size
    )


def facade_board(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a board mounted on a facade, above the sidewalk."""
    side = int(rng.integers(2))
    size = uniform(rng, 0.3, 0.9)
    pose = Pose(street.facades[side], uniform(rng, 2.4, 4.0), z, (1.0, -1.0)[side])
    return billboard(street, "static", templates.BOARD, pose, size, uniform(rng, 0.6, 1.6) * size)


def pole(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a bare pole, a street lamp, or a bollard."""
    draw = rng.random()
    if draw < 0.25:
        return billboard(
            street, "pole", templates.STREET_LAMP, pose_beside_road(rng, street, z, 2.0), 2.0, uniform(rng, 5.0, 9.0)
        )
    height = uniform(rng, 2.0, 5.0) if draw < 0.7 else 1.0
    width = uniform(rng, 0.09, 0.2)
    return billboard(street, "pole", templates.POLE, pose_beside_road(rng, street, z, width), width, height)


def traffic_sign(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a pole with one or two traffic signs."""
    plates = (templates.DISC, templates.DISC, templates.RECTANGLE, templates.TRIANGLE, templates.DIAMOND)
    foot = pose_beside_road(rng, street, z, 0.7)
    shapes = billboard(street, "pole", templates.POLE, foot._replace(x=foot.x + 0.29 * foot.outwards), 0.1, 2.9)
    for y in (2.2, 1.5)[: int(rng.integers(1, 3))]:
        template = plates[int(rng.integers(len(plates)))]
        shapes += billboard(street, "traffic sign", template, foot._replace(y=y), 0.66, 0.66)
    return shapes


def traffic_light(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a pole at the curb with a traffic light on it."""
    side = int(rng.integers(2))
    outwards = (-1.0, 1.0)[side]
    foot = Pose(street.curbs[side] + 0.5 * outwards, 0.0, z, outwards)
    pole = billboard(street, "pole", templates.POLE, foot, 0.14, 3.3)
    lamps = foot._replace(x=foot.x - 0.12 * outwards, y=2.3)
    return pole + billboard(street, "traffic light", templates.TRAFFIC_LIGHT, lamps, 0.38, 0.95)


def pole_group(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return poles so close together that they are annotated as one comb-shaped polygon."""
    teeth = np.array((0.0, 0.0, 0.25, 0.25, 0.4, 0.4, 0.6, 0.6, 0.8, 0.8, 1.0, 1.0))
    up = np.array((0.0, 1.0, 1.0, 0.1, 0.1, 0.9, 0.9, 0.1, 0.1, 1.0, 1.0, 0.0))
    pose = pose_beside_road(rng, street, z, 1.2)
    return [Shape("polegroup", street.project_upright(pose.transform_flat(np.stack((teeth, up), axis=1), 1.2, 2.6), z))]


def tree(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a tree: crown and trunk in one polygon, rarely with a hole in the crown."""
    pose = pose_beside_road(rng, street, z, 0.0)
    half, middle = uniform(rng, 1.6, 3.6), uniform(rng, 4.6, 6.2)
    crown = blob(rng, _foliage_points(4.0 * half, z)) * (half, uniform(rng, 2.2, 3.4)) + (pose.x, middle)
    trunk = np.array(((-0.15, 2.6), (-0.2, 0.0), (0.2, 0.0), (0.15, 2.6))) + np.array((pose.x, 0.0))
    lowest = 3 * len(crown) // 4
    ring = np.concatenate((crown[:lowest], trunk, crown[lowest + 1 :]))
    if rng.random() < 0.08:
        ring = keyhole(ring, blob(rng, 9) * (0.3 * half, 0.6) + (pose.x, middle))
    return [Shape("vegetation", street.project_upright(ring, z))]


def hedge(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a hedge between the curb and the facades."""
    pose = pose_beside_road(rng, street, z, 0.0)
    half = uniform(rng, 0.5, 2.5)
    leaves = blob(rng, _foliage_points(3.0 * half, z)) * (half, uniform(rng, 0.5, 1.1)) + (pose.x, 0.4)
    leaves[:, 1] = np.maximum(leaves[:, 1], 0.0)
    return [Shape("vegetation", street.project_upright(leaves, z))]


def _foliage_points(girth: float, z: float) -> int:
    """Return how many points foliage of this girth gets at distance z, both in meters: 14 to 220."""
    return int(np.clip(640.0 * girth / z, 14, 220))


def barrier(rng: np.random.Generator, street: Street, z: float, *, name: str, height: float) -> list[Shape]:
    """Return a barrier along the street: a guard rail at the curb, a wall or a fence behind the sidewalk.

    Args:
        rng: the random generator of the frame.
        street: the street.
        z: distance of the far end, in meters.
        name: the label.
        height: in meters.
    """
    side = int(rng.integers(2))
    x = (street.curbs if name == "guard rail" else street.facades)[side] * 0.97
    near = z * uniform(rng, 0.35, 0.75)
    along = 1.0 / np.linspace(1.0 / near, 1.0 / z, 9)
    top = stack_xyz(x, height + 0.1 * (rng.random(9) - 0.5), along)
    base = stack_xyz(x, 0.0, along[[8, 5, 2, 0]])
    return [Shape(name, street.project(np.concatenate((top, base))))]


def bridge(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a bridge across the street with an arched lower edge."""
    left, right = street.facades
    across = np.linspace(-1.0, 1.0, 12)
    x = 0.5 * (left + right) + 50.0 * across
    below = 6.0 - 1.5 * across * across
    deck = stack_xyz(x[[11, 8, 3, 0]], uniform(rng, 7.2, 8.5), z)
    return [Shape("bridge", street.project(np.concatenate((stack_xyz(x, below, z), deck))))]


def tunnel(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return the entrance of a tunnel that the road leads into."""
    left, right = street.curbs
    x = left + (right - left) * np.array((0.0, 0.0, 0.03, 0.12, 0.3, 0.5, 0.7, 0.88, 0.97, 1.0, 1.0))
    y = uniform(rng, 4.5, 6.0) * np.array((0.0, 0.5, 0.7, 0.86, 0.97, 1.0, 0.97, 0.86, 0.7, 0.5, 0.0))
    return [Shape("tunnel", street.project_upright(np.stack((x, y), axis=1), z))]
