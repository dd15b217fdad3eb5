"""Generate docs/images from a synthetic frame: `python -m docs.generate_gallery`. It needs Pillow besides.

The pictures are not made anew by `make docs`, since their bytes depend on the versions of OpenCV and Pillow.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

import cityconv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[Any]  # uint8 (height, width, 3), blue, green, red

FOLDER = Path(__file__).parent / "images"
_WIDTH = 800
_GAP = 8
_ZOOM = 12
_DIFFERS = (60, 20, 230)


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        cityconv.sample(folder, frames=4, images=True, seed=5)
        (frame,) = cityconv.open(folder, split="val")[:1]
        path = f"leftImg8bit/{frame.split}/{frame.city}/{frame.name}_leftImg8bit.png"
        photograph = np.asarray(cv2.imread(str(Path(folder) / path)))
        pictures = {
            "photograph": photograph,
            "classes": _blend(photograph, _classes(frame)),
            "instances": _blend(photograph, _instances(frame)),
            "panoptic": _outlined(_instances(frame), frame),
            "boxes": _boxes(photograph, frame),
            "color": _classes(frame),
        }
        for name, picture in pictures.items():
            _write(f"{name}.jpg", _shrunk(picture, _WIDTH))
        shown = [_shrunk(pictures[name], 460) for name in ("photograph", "classes", "boxes")]
        gap = np.full((shown[0].shape[0], _GAP, 3), 255, np.uint8)
        _write("cityconv.jpg", np.hstack([shown[0], gap, shown[1], gap, shown[2]]))
        cv2.imwrite(str(FOLDER / "pixels.png"), _pixels(frame))


def _classes(frame: cityconv.AnnotatedFrame) -> Picture:
    """Return the colors of the label table."""
    colors = np.zeros((frame.height, frame.width, 3), np.uint8)
    for item in frame.objects:
        if item.label.id >= 0:
            colors[item.mask] = item.label.color[::-1]
    return colors


def _instances(frame: cityconv.AnnotatedFrame) -> Picture:
    """Return the colors of things, each in a shade of its own, and of all else in gray."""
    gray = cv2.cvtColor(_classes(frame), cv2.COLOR_BGR2GRAY)
    colors = np.repeat((gray // 3 + 40)[:, :, None], 3, axis=2)
    things = [item for item in frame.objects if item.label.has_instances and item.label.id >= 0]
    for number, item in enumerate(things):
        hue = np.array([[[number * 67 % 180, 190, 235]]], np.uint8)
        colors[item.mask] = cv2.cvtColor(hue, cv2.COLOR_HSV2BGR)[0, 0]
    return colors


def _outlined(picture: Picture, frame: cityconv.AnnotatedFrame) -> Picture:
    number = frame.instance_ids().astype(np.int32)
    border = np.zeros(number.shape, np.uint8)
    border[1:] |= number[1:] != number[:-1]
    border[:, 1:] |= number[:, 1:] != number[:, :-1]
    outlined = picture.copy()
    outlined[cv2.dilate(border, np.ones((3, 3), np.uint8)) > 0] = 255
    return outlined


def _boxes(photograph: Picture, frame: cityconv.AnnotatedFrame) -> Picture:
    boxes = photograph.copy()
    for item in frame.objects:
        if item.label.has_instances and item.label.id >= 0 and item.area:
            x0, y0, x1, y1 = item.box.tolist()
            bright = tuple(min(255, channel + 90) for channel in item.label.color[::-1])
            cv2.rectangle(boxes, (x0, y0), (x1 - 1, y1 - 1), bright, 6)
    return boxes


def _blend(photograph: Picture, colors: Picture) -> Picture:
    return cv2.addWeighted(photograph, 0.4, colors, 0.6, 0)


def _pixels(frame: cityconv.AnnotatedFrame) -> Picture:
    """Return a person in three panels: by the rule of the release, by OpenCV, and by Pillow."""
    item = max((item for item in frame.objects if item.name == "person"), key=lambda item: item.area)
    shape = frame.height, frame.width
    alone = _full_mask(item.polygon, shape)
    by_opencv = cv2.fillPoly(np.zeros(shape, np.uint8), [item.polygon.astype(np.int32)], (1,)) > 0
    image = Image.new("L", shape[::-1])
    ImageDraw.Draw(image).polygon([(int(x), int(y)) for x, y in item.polygon], fill=1)
    by_pillow = np.asarray(image) > 0
    x, y = item.polygon.min(axis=0) - 3
    size = 46
    panels = [_magnified(mask[y : y + size, x : x + size], alone[y : y + size, x : x + size])
              for mask in (alone, by_opencv, by_pillow)]  # fmt: skip
    gap = np.full((panels[0].shape[0], 2 * _GAP, 3), 255, np.uint8)
    return np.hstack([panels[0], gap, panels[1], gap, panels[2]])


def _full_mask(polygon: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    from cityconv.raster.objectmap import resolve_front
    from cityconv.raster.sampling import every_pixel
    from cityconv.raster.scanline import scan_convert

    spans = scan_convert(polygon, np.array([len(polygon)]), every_pixel(*shape))
    return resolve_front(spans, *shape).through(np.array([False, True]))


def _magnified(mask: NDArray[np.bool_], released: NDArray[np.bool_]) -> Picture:
    """Return pixels as squares: the mask in a color, and those that differ from the released ones in another."""
    picture = np.full((*mask.shape, 3), 245, np.uint8)
    picture[mask] = [200, 170, 120]
    picture[mask != released] = _DIFFERS
    large = picture.repeat(_ZOOM, axis=0).repeat(_ZOOM, axis=1)
    large[::_ZOOM] = large[:, ::_ZOOM] = 225
    return cv2.resize(large, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)


def _shrunk(picture: Picture, width: int) -> Picture:
    height = round(width * picture.shape[0] / picture.shape[1])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def _write(name: str, picture: Picture) -> None:
    cv2.imwrite(str(FOLDER / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 84])


if __name__ == "__main__":
    main()
