"""Who moves or has parked in a street: each is made at a distance z in metres, as the shapes it consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.sample import templates
from cityconv.sample.outline import adapt_detail, between
from cityconv.sample.street import Place, Shape, Street, beside, crossing, flat, paint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

# Metres: further away they are too small to be drawn.
_PLATE_TO, _PANES_TO = 40.0, 65.0


class Look(NamedTuple):
    """What is seen of a kind of vehicle from one direction: its outline, and patches in the picture alone."""

    outline: Points
    panes: Points
    tyres: Points


class Body(NamedTuple):
    """The looks of a kind of vehicle: straight from behind or in front, and standing to one side."""

    end: Look
    aside: Look


CAR = Body(
    Look(templates.CAR_END, templates.CAR_END_PANES, templates.END_TYRES),
    Look(templates.CAR_SOLID, templates.CAR_SOLID_PANES, templates.SOLID_TYRES),
)
COACH = Body(
    Look(templates.BOX_END, templates.BOX_END_PANES, templates.END_TYRES),
    Look(templates.BOX_SOLID, templates.BOX_SOLID_PANES, templates.SOLID_TYRES),
)
LORRY = Body(
    Look(templates.BOX_END, templates.BOX_END_PANES[:0], templates.END_TYRES),
    Look(templates.TRUCK_SOLID, templates.BOX_SOLID_PANES[:0], templates.SOLID_TYRES),
)


def vehicle(
    rng: np.random.Generator, street: Street, z: float, *, name: str, body: Body, size: tuple[float, float, float]
) -> list[Shape]:
    """Return a vehicle along the street, in a lane or at the kerb, with a plate when near.

    Args:
        rng: the chance of the frame.
        street: where it is.
        z: how far ahead its near end is, metres.
        name: its label.
        body: what it looks like.
        size: about its width, height and length, metres.
    """
    scale = between(rng, 0.9, 1.1)
    width, height, length = size[0] * scale, size[1] * scale, size[2] * scale
    place = _lane(rng, street, z, width)
    is_ahead = place.x * place.outwards < 0
    look = body.end if is_ahead else body.aside
    outline = street.project(place.put(look.outline, (width, height, length)))
    shapes = [Shape(name, adapt_detail(outline))]
    if z < _PANES_TO:
        shapes += paint("pane", street.project(place.put(look.panes, (width, height, length))))
        shapes += paint("tyre", street.project(place.put(look.tyres, (width, height, length))))
    if z < _PLATE_TO:
        lamps = street.project(place.put(templates.LAMPS, (width, height, 0.0)))
        shapes += paint("head lamp" if place.outwards < 0 else "tail lamp", lamps)
        shapes += flat(street, "license plate", templates.PLATE, place, width, height)
    return shapes


def _lane(rng: np.random.Generator, street: Street, z: float, width: float) -> Place:
    """Return the place of a vehicle: at the kerb mostly, or in the lane of either direction."""
    left, right = street.kerbs
    chance = rng.random()
    if chance < 0.3:
        return Place(left + 0.3 + width, 0.0, z, -1.0)
    if chance < 0.6:
        return Place(right - 0.3 - width, 0.0, z, 1.0)
    if chance < 0.8 or z < 14.0:
        return Place(-3.4 + 0.5 * width, 0.0, z, -1.0)
    return Place(-0.5 * width + between(rng, -0.2, 0.6), 0.0, z, 1.0)


def side_on(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return a car that crosses the street."""
    place = crossing(rng, street, z, 4.4)
    panes = street.project(place.put(templates.CAR_SIDE_PANES, (4.4, 1.5, 0.0)))
    return flat(street, "car", templates.CAR_SIDE, place, 4.4, 1.5) + paint("pane", panes)


def person(rng: np.random.Generator, street: Street, z: float) -> list[Shape]:
    """Return someone walking or standing, mostly beside the road."""
    template, width = (templates.WALKER, 0.85) if rng.random() < 0.6 else (templates.STANDER, 0.6)
    where = crossing if rng.random() < 0.15 else beside
    place = where(rng, street, z, width)
    return flat(street, "person", template, place, width, between(rng, 1.45, 1.9))


def cyclist(
    rng: np.random.Generator, street: Street, z: float, *, name: str, template: Points, rider: str = "rider"
) -> list[Shape]:
    """Return a two-wheeler seen more or less from behind, and who rides it."""
    length = between(rng, 0.6, 1.8)
    place = crossing(rng, street, z, length)
    seat = Place(place.x + place.outwards * 0.5 * (length - 0.65), 0.45, z, place.outwards)
    machine = flat(street, name, template, place, length, 1.05)
    people = flat(street, rider, templates.RIDER, seat, 0.65, between(rng, 1.2, 1.4))
    return machine + people if rng.random() < 0.5 else people + machine


def parked(
    rng: np.random.Generator, street: Street, z: float, *, name: str, template: Points, height: float
) -> list[Shape]:
    """Return a two-wheeler of that height in metres that stands beside the road, more or less across it."""
    length = between(rng, 0.7, 1.9)
    return flat(street, name, template, beside(rng, street, z, length), length, height)


def group(
    rng: np.random.Generator, street: Street, z: float, *, name: str, width: float, height: float, on_road: bool
) -> list[Shape]:
    """Return several things of a kind as one shape; width is that of one of them."""
    members = int(rng.integers(2, 6))
    where = crossing if on_road else beside
    place = where(rng, street, z, width * members)
    return flat(street, name, templates.cluster(members), place, width * members, height)
