"""The formats on the released validation split, held against the released PNGs and against each other."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from cityconv.source.labels.files import load_table
from tests.commands import cityconv
from tests.pngs import read_image

SOURCE = Path(os.environ.get("CITYSCAPES_DATASET", ""))
PROCESSES = 2
EVALUATED_THINGS = [
    label.id for label in load_table("cityscapes").labels if label.has_instances and not label.ignore_in_eval
]

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not os.environ.get("CITYSCAPES_DATASET"), reason="CITYSCAPES_DATASET is not set"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # pycocotools beside numpy 2
]


def convert(out: Path, command: str, *options: str) -> Path:
    """Convert the validation split to a folder, and return it."""
    outcome = cityconv(command, SOURCE, "--split", "val", "-o", out, "-j", str(PROCESSES), *options)
    assert outcome.status == 0, outcome.err
    return out


def in_processes(work: Callable[..., Any], *items: Iterable[Any]) -> list[Any]:
    with ProcessPoolExecutor(PROCESSES, get_context("fork")) as pool:
        return list(pool.map(work, *items, chunksize=4))


def released_instance_ids(name: str) -> Any:
    path = SOURCE / f"gtFine/val/{name.split('_')[0]}/{name}_gtFine_instanceIds.png"
    return read_image(path)


# --- panoptic ---------------------------------------------------------------------------------------------------------


def reference_segments(values: Any) -> list[dict[str, Any]]:
    """Return the segments of an instance map by the rule of cityscapesScripts' `createPanopticImgs`."""
    of_id = {label.id: label for label in load_table("cityscapes").labels}
    segments = []
    for value in np.unique(values).tolist():
        label = of_id[value if value < 1000 else value // 1000]
        if label.ignore_in_eval:
            continue
        mask = values == value
        columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
        box = [columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1]
        segments.append({
            "id": value, "category_id": label.id, "area": int(np.count_nonzero(mask)), "bbox": list(map(int, box)),
            "iscrowd": int(label.has_instances and value < 1000),
        })  # fmt: skip
    return segments


def panoptic_differences(folder: Path, annotation: dict[str, Any]) -> list[str]:
    """Return in which respects a frame differs from the reference."""
    name = annotation["image_id"]
    values = released_instance_ids(name)
    expected = reference_segments(values)
    shown = np.where(np.isin(values, [segment["id"] for segment in expected]), values, 0).astype(np.int64)
    colors = np.stack((shown // 65536, shown // 256 % 256, shown % 256), axis=2)  # OpenCV has blue first
    written = read_image(folder / annotation["file_name"])
    named = {"image_id": name, "file_name": f"{name}_gtFine_panoptic.png", "segments_info": expected}
    return [
        *(["pixels"] if not np.array_equal(written, colors) else []),
        *(["segments"] if annotation != named else []),
    ]


def test_panoptic_files_are_those_that_the_official_script_makes_of_the_released_maps(tmp_path: Path) -> None:
    out = convert(tmp_path, "panoptic")
    written = json.loads((out / "cityscapes_panoptic_val.json").read_bytes())
    names = sorted(path.name.split("_gtFine")[0] for path in SOURCE.glob("gtFine/val/*/*_instanceIds.png"))
    assert [annotation["image_id"] for annotation in written["annotations"]] == names
    folders = [out / "cityscapes_panoptic_val"] * len(names)
    differences = in_processes(panoptic_differences, folders, written["annotations"])
    assert {name: what for name, what in zip(names, differences, strict=True) if what} == {}
    assert written["images"] == [
        {"id": name, "width": 2048, "height": 1024, "file_name": f"{name.split('_')[0]}/{name}_leftImg8bit.png"}
        for name in names
    ]
    assert written["categories"] == [
        {"id": label.id, "name": label.name, "color": list(label.color), "supercategory": label.category,
         "isthing": int(label.has_instances)}
        for label in load_table("cityscapes").labels if not label.ignore_in_eval
    ]  # fmt: skip


def test_panoptic_files_with_train_ids_differ_in_their_category_ids_alone(tmp_path: Path) -> None:
    by_label, by_train = (
        convert(tmp_path / scheme, "panoptic", "--category-ids", scheme, "--city", "frankfurt")
        for scheme in ("label", "train")
    )
    train_ids = {label.id: label.train_id for label in load_table("cityscapes").labels}
    expected = json.loads((by_label / "cityscapes_panoptic_val.json").read_bytes())
    segments = [segment for annotation in expected["annotations"] for segment in annotation["segments_info"]]
    for category in expected["categories"]:
        category["id"] = train_ids[category["id"]]
    for segment in segments:
        segment["category_id"] = train_ids[segment["category_id"]]
    assert json.loads((by_train / "cityscapes_panoptic_val_trainId.json").read_bytes()) == expected
    pngs = [
        {path.name: path.read_bytes() for path in folder.iterdir()}
        for folder in (by_label / "cityscapes_panoptic_val", by_train / "cityscapes_panoptic_val_trainId")
    ]
    assert pngs[0] == pngs[1]
    assert pngs[0]


# --- COCO and YOLO ----------------------------------------------------------------------------------------------------


class Image(NamedTuple):
    """The annotations of a frame in our COCO file with run-length codes."""

    name: str
    annotations: list[dict[str, Any]]


def images_of(path: Path) -> list[Image]:
    written = json.loads(path.read_bytes())
    found = {item["id"]: Image(Path(item["file_name"]).name.split("_leftImg8bit")[0], []) for item in written["images"]}
    for annotation in written["annotations"]:
        found[annotation["image_id"]].annotations.append(annotation)
    return list(found.values())


@pytest.fixture(scope="module")
def coco(tmp_path_factory: pytest.TempPathFactory) -> list[Image]:
    """Every frame of the split."""
    out = convert(tmp_path_factory.mktemp("coco"), "coco")
    images = images_of(out / "annotations/instances_val.json")
    assert len(images) == len(list(SOURCE.glob("gtFine/val/*/*_polygons.json")))
    return images


def instance_differences(image: Image) -> list[str]:
    """Return in which respects the masks of a frame differ from the released instance map."""
    values = released_instance_ids(image.name)
    things = [value for value in np.unique(values).tolist() if (value // 1000 or value) in EVALUATED_THINGS]
    annotated, differences = [], []
    for annotation in image.annotations:
        covered = values[coco_mask.decode(annotation["segmentation"]).astype(bool)]
        value = int(covered[0])
        annotated.append(value)
        as_written = (annotation["category_id"], annotation["iscrowd"], annotation["area"])
        if as_written != (value // 1000 or value, int(value < 1000), np.count_nonzero(values == value)):
            differences.append(f"{value}: category, crowd flag or area")
        if (covered != value).any():
            differences.append(f"{value}: pixels")
    return differences + ([] if sorted(annotated) == things else ["which instances there are"])


def test_masks_are_the_instances_and_groups_of_the_released_maps(coco: list[Image]) -> None:
    differences = in_processes(instance_differences, coco)
    assert {image.name: what for image, what in zip(coco, differences, strict=True) if what} == {}


def polygon_differences(by_code: Image, by_polygon: Image) -> list[str]:
    """Return which annotations of a frame have other pixels as polygons than as run-length codes."""
    differences = []
    for code, polygons in zip(by_code.annotations, by_polygon.annotations, strict=True):
        if isinstance(polygons["segmentation"], list):
            decoded = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(polygons["segmentation"], 1024, 2048)))
        else:
            assert polygons["iscrowd"]
            decoded = coco_mask.decode(coco_mask.frPyObjects(polygons["segmentation"], 1024, 2048))
        if not np.array_equal(decoded, coco_mask.decode(code["segmentation"])):
            differences.append(f"annotation {code['id']}")
    return differences


def test_polygons_decode_exactly_to_the_masks(coco: list[Image], tmp_path: Path) -> None:
    out = convert(tmp_path, "coco", "--segmentation", "polygon")
    polygons = images_of(out / "annotations/instances_val.json")
    differences = in_processes(polygon_differences, coco, polygons)
    assert {image.name: what for image, what in zip(coco, differences, strict=True) if what} == {}


def loaded_masks(rows: list[str]) -> list[Any]:
    """Return the masks that Ultralytics' loader makes of segment rows: more points in between, cut off, filled."""
    contours = [np.array(row.split()[1:], np.float32).reshape(-1, 2) for row in rows]
    longest = max(map(len, contours), default=0)
    number = longest + 1 if longest > 1000 else 1000
    masks = []
    for contour in contours:
        points = (resample(contour, number) * np.array([2048, 1024], np.float32)).astype(np.int32)
        masks.append(cv2.fillPoly(np.zeros((1024, 2048), np.uint8), [points], 1))
    return masks


def resample(contour: Any, number: int) -> Any:
    """Return a closed contour with that many points, its own among them if there are fewer."""
    if len(contour) == number:
        return contour
    closed = np.concatenate((contour, contour[:1]))
    own = np.arange(len(closed))
    if len(closed) < number:
        between = np.linspace(0, len(closed) - 1, number - len(closed))
        places = np.insert(between, np.searchsorted(between, own), own)
    else:
        places = np.linspace(0, len(closed) - 1, number)
    return np.stack([np.interp(places, own, closed[:, axis]) for axis in (0, 1)], axis=1).astype(np.float32)


def overlaps(folder: Path, image: Image) -> list[float]:
    """Return the intersection over union of each row's mask with the visible one."""
    path = folder / f"labels/val/{image.name}_leftImg8bit.txt"
    loaded = loaded_masks(path.read_text().splitlines())
    single = [coco_mask.decode(item["segmentation"]) for item in image.annotations if not item["iscrowd"]]
    assert len(loaded) == len(single)  # no instance is lost
    return [float((a & b).sum() / (a | b).sum()) for a, b in zip(loaded, single, strict=True)]


def test_yolo_segments_are_the_visible_masks_when_filled_and_none_is_lost(coco: list[Image], tmp_path: Path) -> None:
    out = convert(tmp_path, "yolo", "--task", "segment", "--report", str(tmp_path / "report.json"))
    each = [overlap for found in in_processes(overlaps, [out] * len(coco), coco) for overlap in found]
    output = json.loads((tmp_path / "report.json").read_bytes())["outputs"][0]
    print(f"{len(each)} rows: mean IoU {np.mean(each):.4f}, worst {min(each):.3f}")
    assert len(each) == output["written"] > 0
    assert np.mean(each) >= 0.99
