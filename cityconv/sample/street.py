"""A straight street before a camera: its measures in metres, and where a point of it appears in the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.sample.outline import adapt_detail, between

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

WIDTH, HEIGHT = 2048, 1024  # pixels
_FOCAL = 2262.0  # pixels
_EYE = 1.3  # metres above the road
NEAR = 3.5  # metres ahead: nothing nearer is in view


class Shape(NamedTuple):
    """One polygon of a scene.

    Attributes:
        name: the label, or for a detail that is in the picture alone, what it is.
        outline: float64 (n, 2), x and y in pixels; whole numbers once it has been traced.
        annotated: whether the annotation has it.
    """

    name: str
    outline: NDArray[np.float64]
    annotated: bool = True


class Street(NamedTuple):
    """The lie of a street; x points right, y up, z ahead, in metres from below the camera.

    Attributes:
        vanishing: x and y in pixels of the point where the street vanishes, on the horizon.
        kerbs: x of the left and the right edge of the road.
        fronts: x of the house fronts on the left and on the right.
        end: z at which buildings close the view.
        bustle: 0.6 to 3; how many things stand here, as a multiple of what their kinds say.
    """

    vanishing: tuple[float, float]
    kerbs: tuple[float, float]
    fronts: tuple[float, float]
    end: float
    bustle: float

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where points (..., 3) in metres, z above 0, appear: pixels (..., 2)."""
        scale = _FOCAL / points[..., 2]
        image = np.empty((*points.shape[:-1], 2))
        image[..., 0] = points[..., 0] * scale + self.vanishing[0]
        image[..., 1] = (_EYE - points[..., 1]) * scale + self.vanishing[1]
        return image

    def project_upright(self, points: NDArray[np.float64], z: float) -> NDArray[np.float64]:
        """Return where points (n, 2) appear, x and y in metres, that all are z ahead: pixels (n, 2)."""
        scale = _FOCAL / z
        left, top = self.vanishing
        image: NDArray[np.float64] = points * (scale, -scale) + (left, top + _EYE * scale)
        return image


def draw_street(rng: np.random.Generator) -> Street:
    """Return a street of two lanes or more, mostly quiet, seldom crowded."""
    kerbs = between(rng, -9.5, -5.5), between(rng, 2.6, 6.0)
    fronts = kerbs[0] - between(rng, 3.0, 8.0), kerbs[1] + between(rng, 2.8, 7.0)
    crowd = 1.6 if rng.random() < 0.04 else 1.0
    vanishing = between(rng, 940.0, 1110.0), between(rng, 405.0, 470.0)
    return Street(vanishing, kerbs, fronts, between(rng, 90.0, 150.0), crowd * between(rng, 0.6, 1.8))


def paint(name: str, outlines: NDArray[np.float64]) -> list[Shape]:
    """Return details of the picture alone, from outlines (N, n, 2) in pixels."""
    return [Shape(name, outline, annotated=False) for outline in outlines]


def spatial(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> NDArray[np.float64]:
    """Return points (..., 3) from their coordinates, each an array (...) or one number for all."""
    points = np.empty((*np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z)), 3))
    points[..., 0], points[..., 1], points[..., 2] = x, y, z
    return points


class Place(NamedTuple):
    """Where a thing stands: the inner near lower corner of its box, and the way outwards, -1 left or 1 right."""

    x: float
    y: float
    z: float
    outwards: float

    def put_flat(self, template: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
        """Return x and y of a flat template's points (n, 2) in the street, upright across it; all in metres."""
        points: NDArray[np.float64] = template * (self.outwards * width, height) + (self.x, self.y)
        return points

    def put(self, template: NDArray[np.float64], size: tuple[float, float, float]) -> NDArray[np.float64]:
        """Return the template's points in the street: across, up and, of a solid one, along; sizes in metres."""
        points = np.empty((*template.shape[:-1], 3))
        points[..., 0] = template[..., 0] * (self.outwards * size[0]) + self.x
        points[..., 1] = template[..., 1] * size[1] + self.y
        points[..., 2] = self.z if template.shape[-1] == 2 else template[..., 2] * size[2] + self.z
        return points


def flat(
    street: Street, name: str, template: NDArray[np.float64], place: Place, width: float, height: float
) -> list[Shape]:
    """Return one upright shape that faces the camera; width and height in metres."""
    outline = street.project_upright(place.put_flat(template, width, height), place.z)
    return [Shape(name, adapt_detail(outline))]


def beside(rng: np.random.Generator, street: Street, z: float, width: float, y: float = 0.0) -> Place:
    """Return a place somewhere between kerb and house front, on either side."""
    side = int(rng.integers(2))
    kerb, front = street.kerbs[side], street.fronts[side]
    outwards = (-1.0, 1.0)[side]
    return Place(kerb + rng.random() * (front - kerb - outwards * width), y, z, outwards)


def crossing(rng: np.random.Generator, street: Street, z: float, width: float, y: float = 0.0) -> Place:
    """Return a place anywhere on the road, facing either way."""
    outwards = (-1.0, 1.0)[int(rng.integers(2))]
    return Place(between(rng, street.kerbs[0] + width, street.kerbs[1] - width), y, z, outwards)
