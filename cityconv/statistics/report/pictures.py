"""The pictures of the page: frames in the colors of their labels, and where classes are."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cityconv.frame.map_kinds import MapKind
from cityconv.frame.pixel_tables import pixel_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection

_WIDTH = 480
_OUTLINE = 0.55  # brightness at the borders of objects
_COLOR = MapKind("color", "color")


def draw_frame(rasterized: RasterizedFrame, selection: Selection) -> str:
    """Return the label colors of a frame as a data URI: a JPEG 480 pixels wide, with darker outlines of objects."""
    objects = rasterized.object_map()
    colors = objects.through(pixel_table(_COLOR, rasterized, selection))[:, :, 2::-1].copy()
    number = objects.through(np.arange(len(rasterized.annotation.objects) + 1, dtype=np.uint16))
    is_border = np.zeros(number.shape, np.bool_)
    is_border[1:] |= number[1:] != number[:-1]
    is_border[:, 1:] |= number[:, 1:] != number[:, :-1]
    colors[is_border] = (colors[is_border] * _OUTLINE).astype(np.uint8)
    height = max(1, round(_WIDTH * rasterized.height / rasterized.width))
    small = cv2.resize(colors, (_WIDTH, height), interpolation=cv2.INTER_AREA)
    return _data_uri(small, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, 82])


def draw_density(density: NDArray[np.int64]) -> str:
    """Return a density as a data URI: a gray PNG of its size, whose brightness is the square root of the density."""
    most = max(int(density.max()), 1)
    return _data_uri(np.round(np.sqrt(density / most) * 255).astype(np.uint8), ".png", [])


def _data_uri(image: NDArray[Any], suffix: str, options: list[int]) -> str:
    content = cv2.imencode(suffix, image, options)[1].tobytes()
    return f"data:image/{'jpeg' if suffix == '.jpg' else 'png'};base64,{b64encode(content).decode()}"
