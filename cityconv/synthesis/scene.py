"""One scene: a street, the objects in it sorted by distance, and what belongs to the camera."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from cityconv.synthesis import templates
from cityconv.synthesis.annotator_noise import trace
from cityconv.synthesis.backdrop import OUT_OF_ROI, draw_backdrop, draw_ego_vehicle_and_border
from cityconv.synthesis.furniture import (
    barrier,
    bridge,
    facade_board,
    hedge,
    pole,
    pole_group,
    small_object,
    traffic_light,
    traffic_sign,
    tree,
    tunnel,
)
from cityconv.synthesis.outline import make_generator, round_randomly
from cityconv.synthesis.street import Shape, Street, draw_street
from cityconv.synthesis.traffic import (
    BUS_MODEL,
    CAR_MODEL,
    TRUCK_MODEL,
    crossing_car,
    cyclist,
    object_group,
    parked_two_wheeler,
    person,
    vehicle,
)

DrawObject = Callable[[np.random.Generator, Street, float], list[Shape]]


class ObjectSpec(NamedTuple):
    """How many objects of one type a street has, where they are, and how they look.

    Attributes:
        mean_count: mean number in a street of density 1.
        near: smallest distance in meters.
        far: largest distance in meters.
        draw: returns the shapes of one object at a given distance in meters.
    """

    mean_count: float
    near: float
    far: float
    draw: DrawObject


def draw_scene(seed: int, stem: str) -> list[Shape]:
    """Return the shapes of the street, back to front; they depend on seed (0 or greater) and stem alone."""
    rng = make_generator(seed, stem, "scene")
    street = draw_street(rng)
    return trace(rng, draw_backdrop(rng, street) + _draw_objects(rng, street))


def draw_camera_objects(seed: int, stem: str) -> list[Shape]:
    """Return what lies in front of every scene, back to front: ego vehicle, rectification border, `out of roi`."""
    rng = make_generator(seed, stem, "rim")
    return [*trace(rng, draw_ego_vehicle_and_border(rng)), OUT_OF_ROI]


def _draw_objects(rng: np.random.Generator, street: Street) -> list[Shape]:
    """Return the shapes of all objects in the street, the farthest object first."""
    objects: list[tuple[float, list[Shape]]] = []
    for spec in _OBJECT_SPECS:
        count = round_randomly(rng, spec.mean_count * street.density)
        # One object in each of `count` equal intervals, so that objects of one type do not cluster.
        distances = spec.near + (spec.far - spec.near) * (np.arange(count) + rng.random(count)) / max(count, 1)
        objects += [(z, spec.draw(rng, street, z)) for z in distances.tolist()]
    objects.sort(key=lambda item: -item[0])
    return [shape for _, shapes in objects for shape in shapes]


_OBJECT_SPECS: tuple[ObjectSpec, ...] = (
    ObjectSpec(0.05, 85.0, 89.0, tunnel),
    ObjectSpec(0.13, 40.0, 85.0, bridge),
    ObjectSpec(0.9, 15.0, 80.0, partial(barrier, name="fence", height=1.4)),
    ObjectSpec(0.6, 15.0, 80.0, partial(barrier, name="wall", height=2.2)),
    ObjectSpec(0.05, 15.0, 60.0, partial(barrier, name="guard rail", height=0.8)),
    ObjectSpec(3.2, 12.0, 90.0, tree),
    ObjectSpec(2.2, 10.0, 80.0, hedge),
    ObjectSpec(7.4, 9.0, 75.0, pole),
    ObjectSpec(5.0, 9.0, 80.0, traffic_sign),
    ObjectSpec(3.7, 12.0, 90.0, traffic_light),
    ObjectSpec(0.12, 15.0, 60.0, pole_group),
    ObjectSpec(9.5, 9.0, 75.0, partial(small_object, name="static", template=templates.BIN, largest=1.2)),
    ObjectSpec(5.2, 9.0, 75.0, facade_board),
    ObjectSpec(1.3, 9.0, 70.0, partial(small_object, name="dynamic", template=templates.BAG, largest=1.0)),
    ObjectSpec(8.4, 10.0, 95.0, partial(vehicle, name="car", model=CAR_MODEL, size=(1.8, 1.5, 4.3))),
    ObjectSpec(0.6, 22.0, 90.0, crossing_car),
    ObjectSpec(0.2, 16.0, 80.0, partial(vehicle, name="truck", model=TRUCK_MODEL, size=(2.4, 3.2, 7.5))),
    ObjectSpec(0.14, 16.0, 80.0, partial(vehicle, name="bus", model=BUS_MODEL, size=(2.5, 3.0, 11.0))),
    ObjectSpec(0.1, 22.0, 80.0, partial(vehicle, name="train", model=BUS_MODEL, size=(2.6, 3.4, 28.0))),
    ObjectSpec(0.05, 14.0, 60.0, partial(vehicle, name="trailer", model=TRUCK_MODEL, size=(1.9, 1.9, 3.5))),
    ObjectSpec(0.05, 14.0, 60.0, partial(vehicle, name="caravan", model=BUS_MODEL, size=(2.2, 2.5, 5.0))),
    ObjectSpec(6.0, 9.0, 90.0, person),
    ObjectSpec(0.65, 10.0, 70.0, partial(cyclist, name="bicycle", template=templates.BICYCLE)),
    ObjectSpec(0.12, 12.0, 70.0, partial(cyclist, name="motorcycle", template=templates.MOTORCYCLE)),
    ObjectSpec(0.05, 15.0, 50.0, partial(cyclist, name="bicyclegroup", template=templates.BICYCLE, rider="ridergroup")),
    ObjectSpec(1.0, 9.0, 60.0, partial(parked_two_wheeler, name="bicycle", template=templates.BICYCLE, height=1.05)),
    ObjectSpec(
        0.2, 9.0, 60.0, partial(parked_two_wheeler, name="motorcycle", template=templates.MOTORCYCLE, height=1.15)
    ),
    ObjectSpec(0.6, 60.0, 110.0, partial(object_group, name="cargroup", width=2.0, height=1.5, on_road=True)),
    ObjectSpec(0.4, 35.0, 90.0, partial(object_group, name="persongroup", width=0.6, height=1.75, on_road=False)),
    ObjectSpec(0.3, 12.0, 60.0, partial(object_group, name="bicyclegroup", width=0.8, height=1.05, on_road=False)),
    ObjectSpec(0.05, 15.0, 50.0, partial(object_group, name="motorcyclegroup", width=0.9, height=1.1, on_road=False)),
    ObjectSpec(0.05, 60.0, 100.0, partial(object_group, name="truckgroup", width=2.6, height=3.1, on_road=True)),
)
