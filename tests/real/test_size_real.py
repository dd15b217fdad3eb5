"""The released validation split in half the size: all formats are the released maps, resized by OpenCV."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from cityconv.source.labels.files import load_table
from tests.commands import cityconv
from tests.pngs import read_image

SOURCE = Path(os.environ.get("CITYSCAPES_DATASET", ""))
PROCESSES = 2
SIZE = "50%"
HEIGHT, WIDTH = 512, 1024
FRAMES = 500
MAPS = ("labelIds", "instanceIds", "color")
RECIPE = """
source = "{source}"
out = "{out}"
split = ["val"]
size = "{size}"
[outputs.coco]
[outputs.polygons]
format = "coco"
segmentation = "polygon"
[outputs.panoptic]
[outputs.yolo]
[outputs.outlines]
format = "yolo"
task = "segment"
[outputs.voc]
task = "instance"
[outputs.labelmap]
kind = ["labelIds", "instanceIds", "color"]
"""
LABELS = {label.id: label for label in load_table("cityscapes").labels}
CLASSES = [label.id for label in LABELS.values() if label.has_instances and not label.ignore_in_eval]

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not os.environ.get("CITYSCAPES_DATASET"), reason="CITYSCAPES_DATASET is not set"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # pycocotools beside numpy 2
]


def in_processes(work: Callable[..., list[str]], *items: Iterable[Any]) -> dict[str, list[str]]:
    """Return what differs in frames, whose names are the first argument of the work."""
    names, *others = map(list, items)
    with ProcessPoolExecutor(PROCESSES, get_context("fork")) as pool:
        found = pool.map(work, names, *others, chunksize=4)
        return {name: differences for name, differences in zip(names, found, strict=True) if differences}


def names() -> list[str]:
    found = sorted(path.name.split("_gtFine")[0] for path in SOURCE.glob("gtFine/val/*/*_polygons.json"))
    assert len(found) == FRAMES
    return found


def released(name: str, kind: str) -> Any:
    """Return a released map in half the size."""
    image = read_image(SOURCE / f"gtFine/val/{name.split('_')[0]}/{name}_gtFine_{kind}.png")
    assert image.shape[:2] == (2 * HEIGHT, 2 * WIDTH)
    return cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of one run over the split."""
    folder = tmp_path_factory.mktemp("half")
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(source=SOURCE, out=folder / "out", size=SIZE))
    outcome = cityconv("run", recipe, "-j", str(PROCESSES))
    assert outcome.status == 0, outcome.err
    print(outcome.err)
    return folder / "out"


def map_differences(name: str, out: Path) -> list[str]:
    city = name.split("_")[0]
    return [
        kind
        for kind in MAPS
        if not np.array_equal(
            read_image(out / f"labelmap/gtFine/val/{city}/{name}_gtFine_{kind}.png"), released(name, kind)
        )
    ]


def test_label_maps_are_the_released_ones_resized(out: Path) -> None:
    assert in_processes(map_differences, names(), [out] * FRAMES) == {}


def things(ids: Any) -> list[int]:
    """Return the values of evaluated instances and groups in a map of instances, ascending."""
    return [value for value in np.unique(ids).tolist() if (value // 1000 if value >= 1000 else value) in CLASSES]


def box_of(mask: Any) -> list[int]:
    """Return x0, y0, x1, y1 of a mask, half-open."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


def decode(segmentation: Any) -> Any:
    if isinstance(segmentation, list):
        segmentation = coco_mask.merge(coco_mask.frPyObjects(segmentation, HEIGHT, WIDTH))
    elif isinstance(segmentation["counts"], list):
        segmentation = coco_mask.frPyObjects(segmentation, HEIGHT, WIDTH)
    return coco_mask.decode(segmentation).astype(bool)


def coco_differences(name: str, annotations: list[dict[str, Any]], with_polygons: list[dict[str, Any]]) -> list[str]:
    """Return in which respects the COCO annotations of a frame differ from the resized map of instances."""
    ids = released(name, "instanceIds")
    annotated, differences = [], []
    for item, polygons in zip(annotations, with_polygons, strict=True):
        mask = decode(item["segmentation"])
        value = int(ids[mask][0])
        annotated.append(value)
        x0, y0, x1, y1 = box_of(ids == value)
        expected = (value // 1000 or value, int(value < 1000), int((ids == value).sum()), [x0, y0, x1 - x0, y1 - y0])
        if (item["category_id"], item["iscrowd"], item["area"], item["bbox"]) != expected:
            differences.append(f"{value}: category, crowd flag, area or box")
        if not (np.array_equal(mask, ids == value) and np.array_equal(decode(polygons["segmentation"]), mask)):
            differences.append(f"{value}: pixels")
    return differences + ([] if sorted(annotated) == things(ids) else ["which instances there are"])


def annotations_of(path: Path) -> dict[str, list[dict[str, Any]]]:
    document = json.loads(path.read_bytes())
    assert {(image["width"], image["height"]) for image in document["images"]} == {(WIDTH, HEIGHT)}
    found = {image["id"]: Path(image["file_name"]).name.split("_leftImg8bit")[0] for image in document["images"]}
    by_name: dict[str, list[dict[str, Any]]] = {name: [] for name in found.values()}
    for annotation in document["annotations"]:
        by_name[found[annotation["image_id"]]].append(annotation)
    return by_name


def test_coco_masks_are_the_instances_and_groups_of_the_resized_maps(out: Path) -> None:
    codes, polygons = (annotations_of(out / name / "annotations/instances_val.json") for name in ("coco", "polygons"))
    assert list(codes) == names()
    assert in_processes(coco_differences, codes, codes.values(), polygons.values()) == {}


def panoptic_differences(name: str, out: Path, segments: list[dict[str, Any]]) -> list[str]:
    ids = released(name, "instanceIds").astype(np.int64)
    shown = [value for value in np.unique(ids).tolist() if not LABELS[value // 1000 or value].ignore_in_eval]
    ids[~np.isin(ids, shown)] = 0
    png = read_image(out / f"panoptic/cityscapes_panoptic_val/{name}_gtFine_panoptic.png").astype(np.int64)
    differences = [] if np.array_equal(png @ (65536, 256, 1), ids) else ["pixels"]  # OpenCV has blue first
    areas = {value: int((ids == value).sum()) for value in shown}
    return differences + ([] if {item["id"]: item["area"] for item in segments} == areas else ["segments"])


def test_panoptic_segments_are_those_of_the_resized_maps(out: Path) -> None:
    written = json.loads((out / "panoptic/cityscapes_panoptic_val.json").read_bytes())["annotations"]
    by_name = {item["image_id"]: item["segments_info"] for item in written}
    assert list(by_name) == names()
    assert in_processes(panoptic_differences, by_name, [out] * FRAMES, by_name.values()) == {}


def box_differences(name: str, out: Path) -> list[str]:
    """Return in which respects the boxes of YOLO and VOC and the PNGs of VOC differ from the resized maps."""
    ids = released(name, "instanceIds")
    single = [value for value in things(ids) if value >= 1000]
    boxes = sorted([CLASSES.index(value // 1000), *box_of(ids == value)] for value in single)
    text = (out / f"yolo/labels/val/{name}_leftImg8bit.txt").read_text()
    rows = np.array([line.split() for line in text.splitlines()], np.float64).reshape(-1, 5)
    centers, sides = rows[:, 1:3] * (WIDTH, HEIGHT), rows[:, 3:] * (WIDTH, HEIGHT)
    found = np.rint(np.hstack((rows[:, :1], centers - sides / 2, centers + sides / 2))).astype(int)
    differences = [] if sorted(found.tolist()) == boxes else ["boxes of YOLO"]
    root = out / "voc/VOCdevkit/VOC2012"
    png = read_image(root / f"SegmentationObject/{name}.png").astype(np.int64) @ (65536, 256, 1)
    colors = [np.unique(png[ids == value]).tolist() for value in single]
    xml = ElementTree.parse(root / f"Annotations/{name}.xml")
    corners = [[int(item.findtext(f"bndbox/{side}", "")) for side in ("xmin", "ymin", "xmax", "ymax")]
               for item in xml.iter("object")]  # fmt: skip
    written = sorted([box[0] - 1, box[1] - 1, *box[2:]] for box in corners)
    if missing := [box for _, *box in boxes if box not in written]:
        differences.append(f"boxes of VOC: {missing}")
    if [xml.findtext(f"size/{side}") for side in ("width", "height")] != [str(WIDTH), str(HEIGHT)]:
        differences.append("size of VOC")
    if sorted(map(len, colors)) != [1] * len(single) or len({color for (color,) in colors}) != len(single):
        differences.append("PNGs of VOC")
    return differences


def test_boxes_of_yolo_and_voc_are_those_of_the_resized_maps(out: Path) -> None:
    assert in_processes(box_differences, names(), [out] * FRAMES) == {}


def test_verify_finds_nothing_in_any_of_the_outputs(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    city = RECIPE.replace("size =", 'city = ["lindau"]\nsize =')
    recipe.write_text(city.format(source=SOURCE, out=tmp_path / "out", size="777x333"))
    assert cityconv("run", recipe, "-j", str(PROCESSES)).status == 0
    outcome = cityconv("verify", SOURCE, tmp_path / "out", "-j", str(PROCESSES))
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err.count("findings: none") == 8  # of seven outputs, and of their manifests
