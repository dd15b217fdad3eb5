"""Verify on COCO files: a fault planted in one is found."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.builders import SCENES, write_images
from tests.check.planted import (
    NAME,
    OWN_DATA,
    Fault,
    check_fault,
    check_own_data,
    cut,
    every,
    in_json,
    put,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# pycocotools decodes with a warning under numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

JSON_FILE = "annotations/instances_train.json"


def in_coco(edit: Callable[[Any], object]) -> Callable[[Path], object]:
    return in_json(JSON_FILE, edit)


def in_annotation(**values: object) -> Callable[[Path], object]:
    """Change fields of the first annotation that is not a crowd: a car in the first frame."""
    return in_coco(lambda content: annotation(content).update(values))


def annotation(content: Any) -> Any:
    return next(item for item in content["annotations"] if not item["iscrowd"])


def change_mask(content: Any) -> None:
    from pycocotools import mask

    target = annotation(content)["segmentation"]
    pixels = mask.decode(target)
    y, x = np.argwhere(pixels)[0]
    pixels[y, x] = 0
    target["counts"] = mask.encode(pixels)["counts"].decode()


def drop_image(content: Any) -> None:
    gone = content["images"].pop(0)["id"]
    content["annotations"] = [item for item in content["annotations"] if item["image_id"] != gone]


def repeat_image(content: Any) -> None:
    content["images"].append(content["images"][0] | {"id": 77})


COCO_FAULTS: dict[str, Fault] = {
    "a missing object": (
        in_coco(lambda c: c["annotations"].remove(annotation(c))),
        "missing_object",
        "missing car at x",
    ),
    "an extra object": (
        in_coco(lambda c: c["annotations"].append(annotation(c) | {"id": 99})),
        "extra_object",
        "annotation 99: car",
    ),
    "a pixel of a mask": (in_coco(change_mask), "mask", "IoU 0.9"),
    "a shifted box": (in_annotation(bbox=[9, 15, 12, 8]), "box", "around a mask at x"),
    "a wrong area": (in_annotation(area=95), "value", "area 95 where"),
    "an area that is NaN": (in_annotation(area=float("nan")), "value", "area nan"),
    "another category": (in_annotation(category_id=24), "class", "is person where the annotation has car"),
    "an unknown category": (in_annotation(category_id=99), "class", "unknown category 99"),
    "a wrong crowd flag": (in_annotation(iscrowd=1), "value", "a crowd where the annotation has a single object"),
    "a crowd flag of 2": (in_annotation(iscrowd=2), "unreadable", "Invalid enum value 2"),
    "a box that is NaN": (in_annotation(bbox=[float("nan"), 15, 12, 8]), "range", "nan"),
    "a box outside": (in_annotation(bbox=[60, 15, 12, 8]), "range", "not within 64 x 32"),
    "an empty box": (in_annotation(bbox=[8, 15, 0, 8]), "range", "not within"),
    "a mask of another size": (
        in_annotation(segmentation={"size": [64, 32], "counts": "00"}),
        "size",
        "32 x 64 pixels",
    ),
    "truncated run lengths": (
        in_annotation(segmentation={"size": [32, 64], "counts": "d0d"}),
        "unreadable",
        "run lengths",
    ),
    "run lengths that end early": (
        in_annotation(segmentation={"size": [32, 64], "counts": "42"}),
        "unreadable",
        "run lengths",
    ),
    "an object without a mask": (in_annotation(segmentation=[]), "value", "segmentation none where the file has rle"),
    "an annotation without area": (
        in_coco(lambda c: annotation(c).pop("area")),
        "unreadable",
        "missing required field",
    ),
    "an annotation without id": (in_coco(lambda c: annotation(c).pop("id")), "unreadable", "id is not an integer"),
    "an annotation of no image": (in_annotation(image_id=55), "extra_object", "unknown image 55"),
    "a duplicate id": (
        in_coco(lambda c: put(c["annotations"][0], "id", c["annotations"][1]["id"])),
        "value",
        "is duplicated",
    ),
    "a duplicate image id": (
        in_coco(lambda c: put(c["images"][0], "id", c["images"][1]["id"])),
        "value",
        "image id 2 is duplicated",
    ),
    "a missing frame": (in_coco(drop_image), "missing", "the image is missing"),
    "an extra frame": (
        in_coco(lambda c: c["images"].append(c["images"][0] | {"id": 77, "file_name": "x/y_1.png"})),
        "extra",
        "y_1.png",
    ),
    "a duplicate frame": (in_coco(repeat_image), "extra", "is a duplicate"),
    "swapped width and height": (
        in_coco(lambda c: c["images"][0].update(width=32, height=64)),
        "size",
        "32 x 64 pixels where",
    ),
    "another file name": (
        in_coco(lambda c: put(c["images"][0], "file_name", f"ulm/{NAME}_leftImg8bit.png")),
        "extra",
        "image 'ulm/.*' belongs to no expected frame",
    ),
    "a renamed category": (in_coco(lambda c: put(c["categories"][2], "name", "auto")), "class", "auto"),
    "another category id": (in_coco(lambda c: put(c["categories"][7], "id", 3)), "class", "category 7"),
    "an extra category": (
        in_coco(lambda c: put(c, "categories", [*c["categories"], c["categories"][0] | {"id": 1}])),
        "class",
        "extra category",
    ),
    "broken JSON": (lambda out: cut(out / JSON_FILE), "unreadable", "not a COCO file: not JSON"),
    "another JSON value": (lambda out: (out / JSON_FILE).write_text("[]"), "unreadable", "not a COCO file"),
    "a missing file": (lambda out: (out / JSON_FILE).unlink(), "missing", "missing"),
    "an extra file": (
        lambda out: shutil.copy(out / JSON_FILE, out / "annotations/instances_bonn.json"),
        "extra",
        "no selected subset",
    ),
}
POLYGON_FAULTS: dict[str, Fault] = {
    "a corner outside": (
        in_coco(lambda c: put(annotation(c)["segmentation"][0], 0, 64.5)),
        "range",
        "leaves the image",
    ),
    "a corner that is NaN": (
        in_coco(lambda c: put(annotation(c)["segmentation"][0], 0, float("nan"))),
        "range",
        "leaves",
    ),
    "a shifted corner": (in_coco(lambda c: put(annotation(c)["segmentation"][0], 1, 13)), "mask", "IoU 0."),
    "half a point": (
        in_coco(lambda c: annotation(c)["segmentation"][0].pop()),
        "unreadable",
        "a polygon of 7 coordinates",
    ),
}
UNCOMPRESSED_FAULTS: dict[str, Fault] = {
    "a pixel of a mask": (in_coco(lambda c: move_run(annotation(c)["segmentation"]["counts"])), "mask", "IoU 0."),
    "run lengths that end early": (
        in_coco(lambda c: annotation(c)["segmentation"]["counts"].pop()),
        "unreadable",
        "run lengths",
    ),
    "a run of negative length": (
        in_annotation(segmentation={"size": [32, 64], "counts": [-1, 32 * 64 + 1]}),
        "unreadable",
        "run lengths",
    ),
    "a run longer than any integer": (
        in_annotation(segmentation={"size": [32, 64], "counts": [2**70]}),
        "unreadable",
        "Integer value out of range|run lengths",
    ),
    "a compressed code": (
        in_coco(lambda c: compress(annotation(c)["segmentation"])),
        "value",
        "segmentation rle where the file has uncompressed-rle",
    ),
}


def compress(code: dict[str, Any]) -> None:
    from pycocotools import mask

    code["counts"] = mask.frPyObjects(code, *code["size"])["counts"].decode()


def move_run(counts: list[int]) -> None:
    counts[0] += 1
    counts[2] -= 1


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        *every(COCO_FAULTS, "coco"),
        *every(POLYGON_FAULTS, "coco", "--segmentation", "polygon"),
        *every(UNCOMPRESSED_FAULTS, "coco", "--segmentation", "uncompressed-rle"),
    ],
)
def test_a_planted_fault_is_found(arguments: tuple[str, ...], fault: Fault, tmp_path: Path) -> None:
    check_fault(tmp_path, arguments, fault)


def swap_images(content: Any) -> None:
    one, other = content["images"][:2]
    one["file_name"], other["file_name"] = other["file_name"], one["file_name"]


MOVED = (in_annotation(bbox=[9, 15, 12, 8]), "box", "around a mask at x")
OWN_FAULTS: dict[str, Fault] = {
    "names of its own": (in_coco(swap_images), "mask", "IoU 0."),
    "blanks in names": MOVED,
    "two images per frame": (
        in_coco(lambda c: c["annotations"].remove(annotation(c))), "missing_object", "missing car at x",
    ),
    "labels of IDD": (in_annotation(category_id=13), "class", "is truck where the annotation has car"),
    "maps": MOVED,
}  # fmt: skip


@pytest.mark.parametrize("name", OWN_DATA)
def test_a_fault_in_data_of_ones_own_is_found(name: str, tmp_path: Path) -> None:
    check_own_data(tmp_path, OWN_DATA[name], ("coco",), OWN_FAULTS[name])


ROBOFLOW_FAULTS: dict[str, Fault] = {
    "a missing image": (
        lambda out: (out / f"train/{NAME}_leftImg8bit.png").unlink(), "missing", "missing",
    ),
    "an extra image": (lambda out: (out / "train/x.png").write_bytes(b""), "extra", "belongs to no selected frame"),
    "a missing file": (lambda out: (out / "valid/_annotations.coco.json").unlink(), "missing", "missing"),
    "a shifted box": (
        in_json("train/_annotations.coco.json", lambda c: annotation(c).update(bbox=[9, 15, 12, 8])),
        "box", "around a mask at x",
    ),
    "a nested name": (
        in_json(
            "train/_annotations.coco.json",
            lambda c: put(c["images"][0], "file_name", f"aachen/{NAME}_leftImg8bit.png"),
        ),
        "extra", "belongs to no expected frame",
    ),
    "a label id": (
        in_json("train/_annotations.coco.json", lambda c: put(c["categories"][0], "id", 24)), "class", "category 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROBOFLOW_FAULTS)
def test_a_fault_in_roboflows_layout_is_found(name: str, tmp_path: Path) -> None:
    write_images(tmp_path / "source/leftImg8bit", *SCENES)
    check_fault(tmp_path, ("coco", "--layout", "roboflow", "--images", "copy"), ROBOFLOW_FAULTS[name])


@pytest.mark.parametrize("told", [(), ("--category-ids", "level3Id")], ids=["inferred", "told"])
def test_classes_that_share_an_id_are_one_category(told: tuple[str, ...], tmp_path: Path) -> None:
    arguments = ("coco", "--task", "semantic", "--category-ids", "level3Id")
    renamed = (in_coco(lambda c: put(c["categories"][1], "name", "drivable fallback")), "class", "category 1")
    check_own_data(tmp_path, OWN_DATA["labels of IDD"], arguments, renamed, *told)
