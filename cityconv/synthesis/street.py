"""A straight street in front of a camera: its dimensions in meters, and the projection into the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.synthesis.outline import adapt_detail, uniform

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

WIDTH, HEIGHT = 2048, 1024  # pixels
_FOCAL_LENGTH = 2262.0  # pixels
_CAMERA_HEIGHT = 1.3  # meters above the road
NEAR_LIMIT = 3.5  # meters; nothing closer to the camera is visible


class Shape(NamedTuple):
    """One polygon of a scene.

    Attributes:
        name: the label, or the name of a detail that only the picture shows.
        outline: float64 (V, 2), x and y in pixels; integers after tracing.
        annotated: whether it is in the annotation, or only in the picture.
    """

    name: str
    outline: NDArray[np.float64]
    annotated: bool = True


class Street(NamedTuple):
    """The geometry of a street, in meters: x to the right, y up, z ahead; the origin is the ground below the camera.

    Attributes:
        vanishing_point: x and y in pixels, on the horizon.
        curbs: x of the left and the right curb.
        facades: x of the facades on the left and on the right.
        end: z of the buildings or trees that close the street, 90 to 150.
        density: number of objects relative to their mean, 0.6 to 2.9.
    """

    vanishing_point: tuple[float, float]
    curbs: tuple[float, float]
    facades: tuple[float, float]
    end: float
    density: float

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Project points (..., 3) in meters, z > 0, to image coordinates (..., 2) in pixels."""
        scale = _FOCAL_LENGTH / points[..., 2]
        image = np.empty((*points.shape[:-1], 2))
        image[..., 0] = points[..., 0] * scale + self.vanishing_point[0]
        image[..., 1] = (_CAMERA_HEIGHT - points[..., 1]) * scale + self.vanishing_point[1]
        return image

    def project_upright(self, points: NDArray[np.float64], z: float) -> NDArray[np.float64]:
        """Project points (V, 2), x and y in meters, all at distance z > 0, to image coordinates (V, 2) in pixels."""
        scale = _FOCAL_LENGTH / z
        left, top = self.vanishing_point
        image: NDArray[np.float64] = points * (scale, -scale) + (left, top + _CAMERA_HEIGHT * scale)
        return image


def draw_street(rng: np.random.Generator) -> Street:
    """Return a random street with at least two lanes; one in 25 is crowded."""
    curbs = uniform(rng, -9.5, -5.5), uniform(rng, 2.6, 6.0)
    facades = curbs[0] - uniform(rng, 3.0, 8.0), curbs[1] + uniform(rng, 2.8, 7.0)
    crowd = 1.6 if rng.random() < 0.04 else 1.0
    vanishing_point = uniform(rng, 940.0, 1110.0), uniform(rng, 405.0, 470.0)
    return Street(vanishing_point, curbs, facades, uniform(rng, 90.0, 150.0), crowd * uniform(rng, 0.6, 1.8))


def picture_details(name: str, outlines: NDArray[np.float64]) -> list[Shape]:
    """Return details that only the picture shows, from outlines (N, V, 2) in pixels."""
    return [Shape(name, outline, annotated=False) for outline in outlines]


def stack_xyz(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> NDArray[np.float64]:
    """Return points (..., 3) from their coordinates, which are broadcast against each other."""
    points = np.empty((*np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z)), 3))
    points[..., 0], points[..., 1], points[..., 2] = x, y, z
    return points


class Pose(NamedTuple):
    """Position and direction of an object: where the origin of its template goes, and which way the template points.

    Attributes:
        x: meters, at the side of the object that is closer to the middle of the road.
        y: meters above the ground, at the bottom of the object.
        z: meters, at the near end of the object.
        outwards: direction of the template's first axis: -1 to the left, 1 to the right.
    """

    x: float
    y: float
    z: float
    outwards: float

    def transform_flat(self, template: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
        """Return x and y (V, 2) of a flat template's points, upright and facing the camera; all in meters."""
        points: NDArray[np.float64] = template * (self.outwards * width, height) + (self.x, self.y)
        return points

    def transform(self, template: NDArray[np.float64], size: tuple[float, float, float]) -> NDArray[np.float64]:
        """Return a template's points (..., 3) in the street.

        Args:
            template: (..., 2) if flat, (..., 3) if solid; see `templates`.
            size: width, height, and length, in meters; a flat template has no length.
        """
        points = np.empty((*template.shape[:-1], 3))
        points[..., 0] = template[..., 0] * (self.outwards * size[0]) + self.x
        points[..., 1] = template[..., 1] * size[1] + self.y
        points[..., 2] = self.z if template.shape[-1] == 2 else template[..., 2] * size[2] + self.z
        return points


def billboard(
    street: Street, name: str, template: NDArray[np.float64], pose: Pose, width: float, height: float
) -> list[Shape]:
    """Return one flat, upright shape that faces the camera; width and height in meters."""
    outline = street.project_upright(pose.transform_flat(template, width, height), pose.z)
    return [Shape(name, adapt_detail(outline))]


def pose_beside_road(rng: np.random.Generator, street: Street, z: float, width: float) -> Pose:
    """Return a random pose between curb and facades, on either side; z and width in meters."""
    side = int(rng.integers(2))
    curb, facade = street.curbs[side], street.facades[side]
    outwards = (-1.0, 1.0)[side]
    return Pose(curb + rng.random() * (facade - curb - outwards * width), 0.0, z, outwards)


def pose_on_road(rng: np.random.Generator, street: Street, z: float, width: float) -> Pose:
    """Return a random pose on the road, in either direction; z and width in meters."""
    outwards = (-1.0, 1.0)[int(rng.integers(2))]
    return Pose(uniform(rng, street.curbs[0] + width, street.curbs[1] - width), 0.0, z, outwards)
