"""Vehicles and people: each function returns the shapes of one object at distance z, in meters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.synthesis import templates
from cityconv.synthesis.outline import adapt_detail, uniform
from cityconv.synthesis.street import Pose, Shape, Street, billboard, picture_details, pose_beside_road, pose_on_road

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

# Meters; details farther away are too small to show.
_MAX_PLATE_DISTANCE, _MAX_PANE_DISTANCE = 40.0, 65.0


class VehicleView(NamedTuple):
    """A vehicle seen from one direction.

    Attributes:
        outline: template of the annotated outline.
        panes: templates of the window panes, which only the picture shows.
        tires: templates of the tires, likewise.
    """

    outline: Points
    panes: Points
    tires: Points


class VehicleModel(NamedTuple):
    """The views of one type of vehicle.

    Attributes:
        end: flat templates: from straight ahead or behind.
        oblique: solid templates: the near end and the side facing the road, for a vehicle to one side of the camera.
    """

    end: VehicleView
    oblique: VehicleView


CAR_MODEL = VehicleModel(
    VehicleView(templates.CAR_END, templates.CAR_END_PANES, templates.END_TIRES),
    VehicleView(templates.CAR_SOLID, templates.CAR_SOLID_PANES, templates.SOLID_TIRES),
)
BUS_MODEL = VehicleModel(
    VehicleView(templates.BOX_END, templates.BOX_END_PANES, templates.END_TIRES),
    VehicleView(templates.BOX_SOLID, templates.BOX_SOLID_PANES, templates.SOLID_TIRES),
)
TRUCK_MODEL = VehicleModel(
    VehicleView(templates.BOX_END, templates.BOX_END_PANES[:0], templates.END_TIRES),
    VehicleView(templates.TRUCK_SOLID, templates.BOX_SOLID_PANES[:0], templates.SOLID_TIRES),
)


def vehicle(
    rng: np.random.Generator,
    street: Street,
    z: float,
    *,
    name: str,
    model: VehicleModel,
    size: tuple[float, float, float],
) -> list[Shape]:
    """Return a vehicle along the street, in a lane or at the curb, with a license plate if it is close enough.

    Args:
        rng: the random generator of the frame.
        street: the street.
        z: distance of the near end, in meters.
        name: the label.
        model: the templates.
        size: width, height, and length in meters, scaled at random by 0.9 to 1.1.
    """
    scale = uniform(rng, 0.9, 1.1)
    width, height, length = size[0] * scale, size[1] * scale, size[2] * scale
    pose = _vehicle_pose(rng, street, z, width)
    is_straight_ahead = pose.x * pose.outwards < 0
    view = model.end if is_straight_ahead else model.oblique
    outline = street.project(pose.transform(view.outline, (width, height, length)))
    shapes = [Shape(name, adapt_detail(outline))]
    if z < _MAX_PANE_DISTANCE:
        shapes += picture_details("pane", street.project(pose.transform(view.panes, (width, height, length))))
        shapes += picture_details("tire", street.project(pose.transform(view.tires, (width, height, length))))
    if z < _MAX_PLATE_DISTANCE:
        lamps = street.project(pose.transform(templates.LAMPS, (width, height, 0.0)))
        shapes += picture_details("head lamp" if pose.outwards < 0 else "tail lamp", lamps)
        shapes += billboard(street, "license plate", templates.PLATE, pose, width, height)
    return shapes


def _vehicle_pose(rng: np.random.Generator, street: Street, z: float, width: float) -> Pose:
    """Return a random pose for a vehicle: parked at a curb, or in a lane of either direction; z and width in meters."""
    left, right = street.curbs
    draw = rng.random()
    if draw < 0.3:
        return Pose(left + 0.3 + width, 0.0, z, -1.0)
    if draw < 0.6:
        return Pose(right - 0.3 - width, 0.0, z, 1.0)
    if draw < 0.8 or z < 14.0:
        return Pose(-3.4 + 0.5 * width, 0.0, z, -1.0)
    return Pose(-0.5 * width + uniform(rng, -0.2, 0.6), 0.0, z, 1.0)


def crossing_car(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a car that crosses the street, seen from the side."""
    pose = pose_on_road(rng, street, z, 4.4)
    panes = street.project(pose.transform(templates.CAR_SIDE_PANES, (4.4, 1.5, 0.0)))
    return billboard(street, "car", templates.CAR_SIDE, pose, 4.4, 1.5) + picture_details("pane", panes)


def person(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a person walking or standing, mostly beside the road."""
    template, width = (templates.WALKING_PERSON, 0.85) if rng.random() < 0.6 else (templates.STANDING_PERSON, 0.6)
    choose_pose = pose_on_road if rng.random() < 0.15 else pose_beside_road
    pose = choose_pose(rng, street, z, width)
    return billboard(street, "person", template, pose, width, uniform(rng, 1.45, 1.9))


def cyclist(
    rng: np.random.Generator, street: Street, z: float, *, name: str, template: Points, rider: str = "rider"
) -> list[Shape]:
    """Return a two-wheeler, seen roughly from behind, and its rider.

    Args:
        rng: the random generator of the frame.
        street: the street.
        z: distance in meters.
        name: the label of the two-wheeler.
        template: its outline, flat.
        rider: the label of the rider.
    """
    length = uniform(rng, 0.6, 1.8)
    pose = pose_on_road(rng, street, z, length)
    seat = Pose(pose.x + pose.outwards * 0.5 * (length - 0.65), 0.45, z, pose.outwards)
    two_wheeler = billboard(street, name, template, pose, length, 1.05)
    riders = billboard(street, rider, templates.RIDER, seat, 0.65, uniform(rng, 1.2, 1.4))
    return two_wheeler + riders if rng.random() < 0.5 else riders + two_wheeler


def parked_two_wheeler(
    rng: np.random.Generator, street: Street, z: float, *, name: str, template: Points, height: float
) -> list[Shape]:
    """Return a two-wheeler parked beside the road; height in meters."""
    length = uniform(rng, 0.7, 1.9)
    return billboard(street, name, template, pose_beside_road(rng, street, z, length), length, height)


def object_group(
    rng: np.random.Generator, street: Street, z: float, *, name: str, width: float, height: float, on_road: bool
) -> list[Shape]:
    """Return a group of 2 to 5 objects as one shape.

    Args:
        rng: the random generator of the frame.
        street: the street.
        z: distance in meters.
        name: the label, with the ending `group`.
        width: of one member, in meters.
        height: in meters.
        on_road: whether the group is on the road, or beside it.
    """
    members = int(rng.integers(2, 6))
    choose_pose = pose_on_road if on_road else pose_beside_road
    pose = choose_pose(rng, street, z, width * members)
    return billboard(street, name, templates.group_outline(members), pose, width * members, height)
