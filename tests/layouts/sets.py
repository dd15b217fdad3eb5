"""Data sets in the layout of Cityscapes that are not the release, one for each publisher or tool, made in code.

Photographs differ in brightness, so that a wrong one is seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from tests.builders import HEIGHT, WIDTH, box, document, street, write_annotation

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Frame(NamedTuple):
    """One frame as an output should have it.

    Attributes:
        split: its split.
        city: its city, with `/` between folders; empty for none.
        name: its name.
        images: what follows the name of each of its images, and the photograph in the data set.
    """

    split: str
    city: str
    name: str
    images: dict[str, str]


class DataSet(NamedTuple):
    """A data set and what is right of it.

    Attributes:
        make: writes it into a folder.
        source: what is converted, below that folder.
        frames: its frames, sorted by split, city and name.
        objects: the annotations of each image in COCO.
        options: what a user must say of it; `{}` stands for the folder.
        voc_refuses: what is said of names that the flat folders of VOC cannot hold, if anything.
        has_instances: whether single objects are told apart; if not, only semantic outputs are possible.
    """

    make: Callable[[Path], None]
    source: str
    frames: tuple[Frame, ...]
    objects: int
    options: tuple[str, ...] = ()
    has_instances: bool = True
    voc_refuses: str = ""


def write_png(path: Path, pixels: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, pixels)[1].tobytes())


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def painted(dtype: type[np.unsignedinteger[Any]], ground: int, *boxes: tuple[int, int, int, int, int]) -> NDArray[Any]:
    """Return a map of one value with boxes of others: x, y, width, height, value."""
    pixels = np.full((HEIGHT, WIDTH), ground, dtype)
    for x, y, width, height, value in boxes:
        pixels[y : y + height, x : x + width] = value
    return pixels


def photographs(folder: Path, frames: tuple[Frame, ...]) -> None:
    """Write the photographs of frames, each of another brightness."""
    shade = count(20)
    for frame in frames:
        for path in frame.images.values():
            write_png(folder / path, np.full((HEIGHT, WIDTH, 3), next(shade), np.uint8))


# IDD: numbers for sequences, frame names that repeat, JPEG in later parts, fractions, live objects without points.

IDD_FRAMES = tuple(
    Frame(split, city, "frame0029", {suffix: f"idd/leftImg8bit/{split}/{city}/frame0029{suffix}"})
    for split, city, suffix in (
        ("train", "0", "_leftImg8bit.png"),
        ("train", "1", "_leftImg8bit.jpg"),
        ("val", "2", "_leftImg8bit.png"),
    )
)


def make_idd(folder: Path) -> None:
    scene = document(
        ("road", box(0, 10, 64, 22)),
        ("sky", [[0, 0], [63.9, 0.2], [63.4, 10.7], [0, 10.9]]),
        ("autorickshaw", box(4, 14, 8, 10)),
        ("autorickshaw", box(24, 14, 8, 10), {"id": 3, "draw": True, "user": "x", "verified": 0, "deleted": 0}),
        ("animal", []),
        ("vehicle fallback", box(44, 14, 8, 10)),
        ("license plate", box(6, 20, 2, 2)),
    )
    for frame in IDD_FRAMES:
        write_annotation(folder / f"idd/gtFine/{frame.split}/{frame.city}/{frame.name}_gtFine_polygons.json", scene)
    photographs(folder, IDD_FRAMES)


# The official label tool on one's own pictures: any file name.

TOOL_FRAMES = tuple(
    Frame(split, "drive", name, {"_leftImg8bit.png": f"tool/leftImg8bit/{split}/drive/{name}_leftImg8bit.png"})
    for split, name in (("train", "20200101-x.y"), ("train", "IMG_0001"), ("val", "IMG_0001"))
)


def make_label_tool(folder: Path) -> None:
    for frame in TOOL_FRAMES:
        write_annotation(folder / f"tool/gtFine/{frame.split}/drive/{frame.name}_gtFine_polygons.json", street())
    photographs(folder, TOOL_FRAMES)


# Lost and Found: gtCoarse, and cities with underscores.

LOST_CITY = "01_Hanns_Klemm_Str_45"
LOST_FRAMES = tuple(
    Frame(split, LOST_CITY, name, {"_leftImg8bit.png": f"lost/leftImg8bit/{split}/{LOST_CITY}/{name}_leftImg8bit.png"})
    for split, name in (("test", f"{LOST_CITY}_000001_000010"), ("train", f"{LOST_CITY}_000000_000010"))
)


def make_lost_and_found(folder: Path) -> None:
    rows = ['{name = "unlabeled", id = 0}', '{name = "free", id = 1, hasInstances = false}']
    rows += [f'{{name = "{number:02}", id = {number + 1}}}' for number in range(1, 44)]
    write_text(folder / "lost/labels.toml", f"labels = [{', '.join(rows)}]")
    scene = document(("free", box(0, 10, 64, 22)), ("01", box(4, 14, 8, 10)), ("43", box(40, 14, 3, 3)))
    for frame in LOST_FRAMES:
        path = folder / f"lost/gtCoarse/{frame.split}/{LOST_CITY}/{frame.name}_gtCoarse_polygons.json"
        write_annotation(path, scene)
    photographs(folder, LOST_FRAMES)


# Supervisely's export: names with blanks and brackets, classes in a JSON file.

SUPERVISELY_FRAMES = tuple(
    Frame(split, "ds 1", name, {"_leftImg8bit.png": f"sly/leftImg8bit/{split}/ds 1/{name}_leftImg8bit.png"})
    for split, name in (("train", "street [1] (a)"), ("val", "street [2] (a)"))
)


def make_supervisely(folder: Path) -> None:
    table = [{"name": "road", "id": 1, "color": [128, 64, 128]}, {"name": "e-scooter", "id": 2, "color": [0, 0, 230]}]
    write_text(folder / "sly/class_to_id.json", json.dumps(table))
    scene = document(("road", box(0, 10, 64, 22)), ("e-scooter", box(4, 14, 8, 10)))
    for frame in SUPERVISELY_FRAMES:
        write_annotation(folder / f"sly/gtFine/{frame.split}/ds 1/{frame.name}_gtFine_polygons.json", scene)
    photographs(folder, SUPERVISELY_FRAMES)


# Home-made converters: no city folder, or no folders at all.

HOMEMADE_FRAMES = tuple(
    Frame(split, "", name, {"_rgb.png": f"home/images/{split}/{name}_rgb.png"})
    for split, name in (("train", "pano12"), ("train", "pano13"), ("val", "pano12"))
)
FLAT_FRAMES = tuple(Frame("all", "", name, {".jpg": f"flat/{name}.jpg"}) for name in ("a_1", "b"))


def make_homemade(folder: Path) -> None:
    for frame in HOMEMADE_FRAMES:
        write_annotation(folder / f"home/gt/{frame.split}/{frame.name}_polygons.json", street())
    photographs(folder, HOMEMADE_FRAMES)


def make_flat(folder: Path) -> None:
    for frame in FLAT_FRAMES:
        write_annotation(folder / f"flat/{frame.name}_polygons.json", street())
    photographs(folder, FLAT_FRAMES)


# ACDC: maps of classes, the split below the condition.

ACDC_FRAMES = tuple(
    Frame(split, f"{condition}/GOPR0475", name, {
        "_rgb_anon.png": f"acdc/rgb_anon/{condition}/{split}/GOPR0475/{name}_rgb_anon.png"
    })
    for split, condition, name in (
        ("train", "fog", "GOPR0475_frame_000041"),
        ("train", "night", "GOPR0475_frame_000041"),
        ("val", "night", "GOPR0475_frame_000042"),
    )
)  # fmt: skip


def make_acdc(folder: Path) -> None:
    for frame in ACDC_FRAMES:
        condition = frame.city.split("/")[0]
        stem = folder / f"acdc/gt/{condition}/{frame.split}/GOPR0475/{frame.name}_gt"
        values = painted(np.uint8, 7, (4, 14, 8, 10, 26), (30, 14, 8, 10, 24), (0, 0, 64, 8, 23), (60, 30, 4, 2, 0))
        write_png(Path(f"{stem}_labelIds.png"), values)
        train = np.select([values == 7, values == 26, values == 24, values == 23], [0, 13, 11, 10], 255)
        write_png(Path(f"{stem}_labelTrainIds.png"), train.astype(np.uint8))
        write_png(Path(f"{stem}_labelColor.png"), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    photographs(folder, ACDC_FRAMES)


# KITTI: maps of instances, label id * 256 + n, in a folder below that of the split, which is taken for a city.

KITTI_FRAMES = tuple(
    Frame("training", "instance", name, {".png": f"kitti/training/image_2/{name}.png"})
    for name in ("000000_10", "000001_10")
)


def make_kitti(folder: Path) -> None:
    car, person = 26 * 256, 24 * 256
    boxes = ((4, 14, 8, 10, car + 1), (20, 14, 8, 10, car + 2), (34, 14, 4, 10, person + 1), (50, 14, 8, 10, car))
    for frame in KITTI_FRAMES:
        write_png(folder / f"kitti/training/instance/{frame.name}.png", painted(np.uint16, 7 * 256, *boxes))
    photographs(folder, KITTI_FRAMES)


# CVAT and datumaro: maps, no city folder, names and colors in a text file.

CVAT_FRAMES = tuple(
    Frame(split, "", name, {"_leftImg8bit.png": f"cvat/leftImg8bit/{split}/{name}_leftImg8bit.png"})
    for split, name in (("train", "frame_000000"), ("val", "frame_000001"))
)


def make_cvat(folder: Path) -> None:
    write_text(folder / "cvat/label_colors.txt", "0 0 0 background\n128 64 128 road\n0 0 230 scooter\n")
    for frame in CVAT_FRAMES:
        stem = folder / f"cvat/gtFine/{frame.split}/{frame.name}_gtFine"
        values = painted(np.uint16, 1, (4, 14, 8, 10, 2000), (20, 14, 8, 10, 2001), (0, 0, 64, 4, 0))
        write_png(Path(f"{stem}_instanceIds.png"), values)
        classes = np.where(values > 1, 2, values).astype(np.uint8)
        write_png(Path(f"{stem}_labelIds.png"), classes)
        colors = np.array([[0, 0, 0], [128, 64, 128], [230, 0, 0]], np.uint8)[classes]
        write_png(Path(f"{stem}_color.png"), colors)
    photographs(folder, CVAT_FRAMES)


# Foggy Cityscapes and Rain: several photographs of a frame.

RELEASED = (("train", "aachen", "aachen_000000_000019"), ("val", "munster", "munster_000000_000019"))
FOGS = tuple(f"_leftImg8bit_foggy_beta_{density}.png" for density in ("0.005", "0.01", "0.02"))
RAINS = tuple(f"_leftImg8bit_rain_alpha_0.0{number}.png" for number in range(1, 5))
FOGGY_FRAMES = tuple(
    Frame(split, city, name, {fog: f"foggy/leftImg8bit_foggy/{split}/{city}/{name}{fog}" for fog in FOGS})
    for split, city, name in RELEASED
)
RAIN_FRAMES = tuple(
    Frame(split, city, name, {rain: f"rain/leftImg8bit_rain/{split}/{city}/{name}{rain}" for rain in rains})
    for (split, city, name), rains in zip(RELEASED, (RAINS[:3], RAINS[2:]), strict=True)
)


def make_foggy(folder: Path) -> None:
    for frame in FOGGY_FRAMES:
        path = f"foggy/gtFine/{frame.split}/{frame.city}/{frame.name}_gtFine_polygons.json"
        write_annotation(folder / path, street())
    photographs(folder, FOGGY_FRAMES)


def make_rain(folder: Path) -> None:
    for frame in RAIN_FRAMES:
        path = f"rain/gtFine/{frame.split}/{frame.city}/{frame.name}_gtFine_polygons.json"
        write_annotation(folder / path, street())
    photographs(folder, RAIN_FRAMES)


def given(suffixes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for suffix in suffixes for part in ("--image-suffix", suffix))


# Predictions: maps of train ids called as photographs.

PREDICTED = ("berlin_000000_000019", "bonn_000000_000019")


def predicted(name: str) -> NDArray[Any]:
    return painted(np.uint8, 0, (4 + len(name), 14, 8, 10, 13), (0, 0, 64, 8, 10), (60, 30, 4, 2, 255))


DATA_SETS = {
    "IDD": DataSet(make_idd, "idd", IDD_FRAMES, 3, ("--labels", "idd")),
    "the official label tool": DataSet(
        make_label_tool,
        "tool",
        TOOL_FRAMES,
        4,
        voc_refuses="would be written to 'VOCdevkit/VOC2012/Annotations/drive_IMG_0001.xml', as ",
    ),
    "Lost and Found": DataSet(make_lost_and_found, "lost", LOST_FRAMES, 2, ("--labels", "{}/lost/labels.toml")),
    "Supervisely": DataSet(
        make_supervisely,
        "sly",
        SUPERVISELY_FRAMES,
        2,
        ("--labels", "{}/sly/class_to_id.json"),
        voc_refuses="VOC's image sets cannot hold a name with blanks: 'ds 1_street [1] (a)'",
    ),
    "home-made": DataSet(
        make_homemade,
        "home",
        HOMEMADE_FRAMES,
        4,
        voc_refuses="would be written to 'VOCdevkit/VOC2012/Annotations/pano12.xml', as ",
    ),
    "no folders": DataSet(make_flat, "flat", FLAT_FRAMES, 4),
    "ACDC": DataSet(make_acdc, "acdc", ACDC_FRAMES, 4, has_instances=False),
    "KITTI": DataSet(
        make_kitti,
        "kitti/training/instance",
        KITTI_FRAMES,
        4,
        (
            *("--read", "instanceIds", "--map-suffix", ".png", "--instance-divisor", "256"),
            *("--image-root", "{}/kitti/training/image_2"),
        ),
    ),
    "CVAT": DataSet(make_cvat, "cvat", CVAT_FRAMES, 3, ("--labels", "{}/cvat/label_colors.txt")),
    "Foggy": DataSet(
        make_foggy, "foggy", FOGGY_FRAMES, 4, ("--image-root", "{}/foggy/leftImg8bit_foggy", *given(FOGS))
    ),
    "Rain": DataSet(make_rain, "rain", RAIN_FRAMES, 4, ("--image-root", "{}/rain/leftImg8bit_rain", *given(RAINS))),
}
