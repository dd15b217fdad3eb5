"""The picture of a scene: one flat color per shape, then smooth light, brighter toward the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.objectmap import resolve_front
from cityconv.raster.sampling import every_pixel
from cityconv.raster.scanline import scan_convert
from cityconv.synthesis.outline import make_generator
from cityconv.synthesis.street import HEIGHT, WIDTH, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Natural colors (RGB) rather than label colors, so that an overlay of label colors stands out.
_BACKGROUND = (84, 82, 80)
_FACADE_COLORS = ((146, 104, 84), (172, 150, 118), (128, 122, 116), (160, 126, 96), (184, 172, 150))
_LEAF_COLORS = ((62, 92, 44), (78, 108, 52), (54, 80, 50), (92, 114, 58))
_CLOTHING_COLORS = ((58, 62, 84), (120, 48, 44), (70, 70, 68), (150, 136, 116), (48, 84, 92), (96, 64, 92))
_CAR_COLORS = ((36, 38, 44), (150, 154, 160), (186, 188, 190), (112, 30, 32), (38, 56, 104), (86, 90, 96), (60, 76, 66))
_COLORS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "sky": ((150, 182, 212), (168, 188, 206), (136, 170, 210)),
    "road": ((92, 92, 94), (86, 84, 86)),
    "sidewalk": ((134, 128, 122), (124, 120, 118)),
    "parking": ((104, 98, 96),),
    "ground": ((116, 108, 98),),
    "terrain": ((102, 122, 68), (112, 118, 70)),
    "rail track": ((98, 90, 82),),
    "building": _FACADE_COLORS,
    "wall": ((134, 128, 122), (120, 112, 108)),
    "fence": ((92, 84, 74), (70, 78, 70)),
    "guard rail": ((160, 162, 164),),
    "bridge": ((128, 124, 116),),
    "tunnel": ((34, 34, 38),),
    "pole": ((74, 78, 78), (96, 98, 98)),
    "traffic light": ((30, 34, 32),),
    "traffic sign": ((196, 52, 48), (48, 90, 170), (206, 178, 52), (200, 202, 200)),
    "vegetation": _LEAF_COLORS,
    "person": _CLOTHING_COLORS,
    "rider": _CLOTHING_COLORS,
    "car": _CAR_COLORS,
    "truck": ((176, 174, 166), (64, 86, 120), (140, 70, 50)),
    "bus": ((184, 150, 50), (150, 40, 44), (188, 190, 188)),
    "train": ((176, 48, 46), (54, 100, 82)),
    "caravan": ((196, 194, 184),),
    "trailer": ((110, 104, 92),),
    "motorcycle": ((40, 42, 48), (120, 34, 32)),
    "bicycle": ((52, 50, 54), (84, 44, 46), (46, 66, 84)),
    "license plate": ((206, 206, 196),),
    "static": ((88, 84, 78), (64, 76, 72), (116, 102, 84)),
    "dynamic": ((120, 94, 60), (66, 74, 92)),
    "ego vehicle": ((26, 28, 32),),
    "rectification border": ((0, 0, 0),),
    "window": ((66, 76, 88), (82, 92, 102)),
    "pane": ((44, 52, 60),),
    "tire": ((30, 30, 32),),
    "head lamp": ((226, 222, 204),),
    "tail lamp": ((160, 30, 30),),
    "lane mark": ((186, 186, 182),),
}
_MAX_BRIGHTENING = 14  # gray levels; each shape is brighter than its color by less than this

_LIGHT_CELLS = (9, 16)  # rows and columns of the coarse grid that the light is interpolated from
_MAX_LIGHT = 26.0  # gray levels: the most that the random part adds, and the vertical gradient again


def picture_png(shapes: list[Shape], seed: int, stem: str) -> bytes:
    """Return the picture of a scene as an 8-bit RGB PNG; shapes are given back to front."""
    rng = make_generator(seed, stem, "picture")
    shown = [shape for shape in shapes if shape.name != "out of roi"]
    vertices = np.rint(np.concatenate([shape.outline for shape in shown])).astype(np.int64)
    counts = np.array([len(shape.outline) for shape in shown])
    objects = resolve_front(scan_convert(vertices, counts, every_pixel(HEIGHT, WIDTH)), HEIGHT, WIDTH)
    return _encode_png(_add_light(objects.through(_color_table(shown, rng)), rng))


def _color_table(shapes: list[Shape], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the RGB colors (N + 1, 3) of the background and of each of the N shapes."""
    choices = [_COLORS[shape.name.removesuffix("group")] for shape in shapes]
    picks = rng.random(len(shapes)).tolist()
    colors = [choice[int(pick * len(choice))] for choice, pick in zip(choices, picks, strict=True)]
    tone = rng.integers(0, _MAX_BRIGHTENING, (len(shapes), 1))
    table = np.concatenate(([_BACKGROUND], np.array(colors) + tone))
    return table.astype(np.uint8)


def _add_light(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the image (H, W, 3) with light added: a random smooth pattern, and a gradient brighter toward the top."""
    import cv2

    grid = _MAX_LIGHT * rng.random(_LIGHT_CELLS) + np.linspace(_MAX_LIGHT, 0.0, _LIGHT_CELLS[0])[:, None]
    # Exact interpolation gives the same bits on every machine.
    light = cv2.resize(grid.astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR_EXACT)
    return np.asarray(cv2.add(image, cv2.merge((light, light, light))), np.uint8)


def _encode_png(image: NDArray[np.uint8]) -> bytes:
    """Return an RGB image (H, W, 3) as PNG."""
    import cv2

    blue_first = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", blue_first, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
