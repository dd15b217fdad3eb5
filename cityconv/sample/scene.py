"""One scene: a street, the things in it in the order of their distance, and the rim of the camera's view."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from cityconv.sample import templates
from cityconv.sample.annotator_noise import trace
from cityconv.sample.backdrop import OUT_OF_ROI, draw_backdrop, draw_border
from cityconv.sample.furniture import (
    barrier,
    bridge,
    fixture,
    hedge,
    pole,
    pole_group,
    sign,
    small,
    traffic_light,
    tree,
    tunnel,
)
from cityconv.sample.outline import seeded, tally
from cityconv.sample.street import Shape, Street, draw_street
from cityconv.sample.traffic import (
    CAR,
    COACH,
    LORRY,
    cyclist,
    group,
    parked,
    person,
    side_on,
    vehicle,
)

Maker = Callable[[np.random.Generator, Street, float], list[Shape]]


class Kind(NamedTuple):
    """A kind of thing that streets have.

    Attributes:
        mean: how many a street of bustle 1 has.
        near: the least distance, metres.
        far: the greatest.
        make: makes one at a given distance.
    """

    mean: float
    near: float
    far: float
    make: Maker


def draw_scene(seed: int, stem: str) -> list[Shape]:
    """Return what the camera sees in the street, back to front; the same for the same seed and stem anywhere."""
    rng = seeded(seed, stem, "scene")
    street = draw_street(rng)
    return trace(rng, draw_backdrop(rng, street) + _draw_things(rng, street))


def draw_rim(seed: int, stem: str) -> list[Shape]:
    """Return what belongs to the camera itself and lies in front of the scene, back to front."""
    rng = seeded(seed, stem, "rim")
    return [*trace(rng, draw_border(rng)), OUT_OF_ROI]


def _draw_things(rng: np.random.Generator, street: Street) -> list[Shape]:
    """Return the things of a street, the farthest first."""
    things: list[tuple[float, list[Shape]]] = []
    for kind in _KINDS:
        number = tally(rng, kind.mean * street.bustle)
        # One in each of as many stretches of the street keeps things of a kind from crowding at one place.
        distances = kind.near + (kind.far - kind.near) * (np.arange(number) + rng.random(number)) / max(number, 1)
        things += [(z, kind.make(rng, street, z)) for z in distances.tolist()]
    things.sort(key=lambda thing: -thing[0])
    return [shape for _, shapes in things for shape in shapes]


_KINDS: tuple[Kind, ...] = (
    Kind(0.05, 85.0, 89.0, tunnel),
    Kind(0.13, 40.0, 85.0, bridge),
    Kind(0.9, 15.0, 80.0, partial(barrier, name="fence", height=1.4)),
    Kind(0.6, 15.0, 80.0, partial(barrier, name="wall", height=2.2)),
    Kind(0.05, 15.0, 60.0, partial(barrier, name="guard rail", height=0.8)),
    Kind(3.2, 12.0, 90.0, tree),
    Kind(2.2, 10.0, 80.0, hedge),
    Kind(7.4, 9.0, 75.0, pole),
    Kind(5.0, 9.0, 80.0, sign),
    Kind(3.7, 12.0, 90.0, traffic_light),
    Kind(0.12, 15.0, 60.0, pole_group),
    Kind(9.5, 9.0, 75.0, partial(small, name="static", template=templates.BIN, largest=1.2)),
    Kind(5.2, 9.0, 75.0, fixture),
    Kind(1.3, 9.0, 70.0, partial(small, name="dynamic", template=templates.BAG, largest=1.0)),
    Kind(8.4, 10.0, 95.0, partial(vehicle, name="car", body=CAR, size=(1.8, 1.5, 4.3))),
    Kind(0.6, 22.0, 90.0, side_on),
    Kind(0.2, 16.0, 80.0, partial(vehicle, name="truck", body=LORRY, size=(2.4, 3.2, 7.5))),
    Kind(0.14, 16.0, 80.0, partial(vehicle, name="bus", body=COACH, size=(2.5, 3.0, 11.0))),
    Kind(0.1, 22.0, 80.0, partial(vehicle, name="train", body=COACH, size=(2.6, 3.4, 28.0))),
    Kind(0.05, 14.0, 60.0, partial(vehicle, name="trailer", body=LORRY, size=(1.9, 1.9, 3.5))),
    Kind(0.05, 14.0, 60.0, partial(vehicle, name="caravan", body=COACH, size=(2.2, 2.5, 5.0))),
    Kind(6.0, 9.0, 90.0, person),
    Kind(0.65, 10.0, 70.0, partial(cyclist, name="bicycle", template=templates.BICYCLE)),
    Kind(0.12, 12.0, 70.0, partial(cyclist, name="motorcycle", template=templates.MOTORCYCLE)),
    Kind(0.05, 15.0, 50.0, partial(cyclist, name="bicyclegroup", template=templates.BICYCLE, rider="ridergroup")),
    Kind(1.0, 9.0, 60.0, partial(parked, name="bicycle", template=templates.BICYCLE, height=1.05)),
    Kind(0.2, 9.0, 60.0, partial(parked, name="motorcycle", template=templates.MOTORCYCLE, height=1.15)),
    Kind(0.6, 60.0, 110.0, partial(group, name="cargroup", width=2.0, height=1.5, on_road=True)),
    Kind(0.4, 35.0, 90.0, partial(group, name="persongroup", width=0.6, height=1.75, on_road=False)),
    Kind(0.3, 12.0, 60.0, partial(group, name="bicyclegroup", width=0.8, height=1.05, on_road=False)),
    Kind(0.05, 15.0, 50.0, partial(group, name="motorcyclegroup", width=0.9, height=1.1, on_road=False)),
    Kind(0.05, 60.0, 100.0, partial(group, name="truckgroup", width=2.6, height=3.1, on_road=True)),
)
