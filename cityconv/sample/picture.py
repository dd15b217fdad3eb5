"""A picture of a scene: flat paint, then soft light from one side and from above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.objectmap import resolve_front
from cityconv.raster.scanline import scan_convert
from cityconv.sample.outline import seeded
from cityconv.sample.street import HEIGHT, WIDTH, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Paint as the eye expects it and not the label colors, so that an overlay of those stands out. Red, green, blue.
_BACKGROUND = (84, 82, 80)
_BRICK = ((146, 104, 84), (172, 150, 118), (128, 122, 116), (160, 126, 96), (184, 172, 150))
_LEAVES = ((62, 92, 44), (78, 108, 52), (54, 80, 50), (92, 114, 58))
_CLOTHES = ((58, 62, 84), (120, 48, 44), (70, 70, 68), (150, 136, 116), (48, 84, 92), (96, 64, 92))
_LACQUER = ((36, 38, 44), (150, 154, 160), (186, 188, 190), (112, 30, 32), (38, 56, 104), (86, 90, 96), (60, 76, 66))
_PAINT: dict[str, tuple[tuple[int, int, int], ...]] = {
    "sky": ((150, 182, 212), (168, 188, 206), (136, 170, 210)),
    "road": ((92, 92, 94), (86, 84, 86)),
    "sidewalk": ((134, 128, 122), (124, 120, 118)),
    "parking": ((104, 98, 96),),
    "ground": ((116, 108, 98),),
    "terrain": ((102, 122, 68), (112, 118, 70)),
    "rail track": ((98, 90, 82),),
    "building": _BRICK,
    "wall": ((134, 128, 122), (120, 112, 108)),
    "fence": ((92, 84, 74), (70, 78, 70)),
    "guard rail": ((160, 162, 164),),
    "bridge": ((128, 124, 116),),
    "tunnel": ((34, 34, 38),),
    "pole": ((74, 78, 78), (96, 98, 98)),
    "traffic light": ((30, 34, 32),),
    "traffic sign": ((196, 52, 48), (48, 90, 170), (206, 178, 52), (200, 202, 200)),
    "vegetation": _LEAVES,
    "person": _CLOTHES,
    "rider": _CLOTHES,
    "car": _LACQUER,
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
    "tyre": ((30, 30, 32),),
    "head lamp": ((226, 222, 204),),
    "tail lamp": ((160, 30, 30),),
    "lane mark": ((186, 186, 182),),
}
_TONE = 14  # how much brighter than its paint an object may be

_LIGHT_CELLS = (9, 16)  # rows and columns of the coarse grid that the light is drawn on
_LIGHT = 26.0


def picture_png(shapes: list[Shape], seed: int, stem: str) -> bytes:
    """Return the picture of a scene as a PNG of 8-bit red, green and blue; shapes come back to front."""
    rng = seeded(seed, stem, "picture")
    shown = [shape for shape in shapes if shape.name != "out of roi"]
    vertices = np.rint(np.concatenate([shape.outline for shape in shown])).astype(np.int64)
    counts = np.array([len(shape.outline) for shape in shown])
    objects = resolve_front(scan_convert(vertices, counts, HEIGHT, WIDTH), HEIGHT, WIDTH)
    return _png(_lit(objects.through(_table(shown, rng)), rng))


def _table(shapes: list[Shape], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the paint of the background and of each shape: red, green, blue, uint8 (N + 1, 3)."""
    choices = [_PAINT[shape.name.removesuffix("group")] for shape in shapes]
    picks = rng.random(len(shapes)).tolist()
    paint = [choice[int(pick * len(choice))] for choice, pick in zip(choices, picks, strict=True)]
    tone = rng.integers(0, _TONE, (len(shapes), 1))
    table = np.concatenate(([_BACKGROUND], np.array(paint) + tone))
    return table.astype(np.uint8)


def _lit(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the image (H, W, 3) with light added to it: more towards the top, and in soft patches."""
    import cv2

    grid = _LIGHT * rng.random(_LIGHT_CELLS) + np.linspace(_LIGHT, 0.0, _LIGHT_CELLS[0])[:, None]
    # The exact kind of interpolation gives the same bits on every machine.
    light = cv2.resize(grid.astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR_EXACT)
    return np.asarray(cv2.add(image, cv2.merge((light, light, light))), np.uint8)


def _png(image: NDArray[np.uint8]) -> bytes:
    """Return the PNG of an image (H, W, 3) of red, green and blue."""
    import cv2

    blue_first = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", blue_first, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
