"""Verify on panoptic files: a fault planted in one is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.builders import SCENES
from tests.check.planted import (
    NAME,
    OWN_DATA,
    Fault,
    check_fault,
    check_own_data,
    convert,
    copied,
    cut,
    edit_json,
    every,
    flip_last_byte,
    forget,
    in_file,
    in_json,
    in_pixels,
    put,
    verify,
)
from tests.commands import invoke

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PANOPTIC_JSON = "cityscapes_panoptic_train.json"
TRAIN_JSON = "cityscapes_panoptic_train_trainId.json"
PANOPTIC_PNG = f"cityscapes_panoptic_train/{NAME}_gtFine_panoptic.png"


def in_panoptic(edit: Callable[[Any], object]) -> Callable[[Path], object]:
    return in_json(PANOPTIC_JSON, edit)


def in_segment(**values: object) -> Callable[[Path], object]:
    """Change fields of the last segment of the first frame: a car, the person and stuff come before it."""
    return in_panoptic(lambda content: content["annotations"][0]["segments_info"][-1].update(values))


PANOPTIC_FAULTS: dict[str, Fault] = {
    "a pixel": (
        in_pixels(PANOPTIC_PNG, lambda p: put(p, (20, 10), 7)),
        "pixels",
        "1 pixel differs, first at x 10, y 20",
    ),
    "a truncated PNG": (in_file(PANOPTIC_PNG, cut), "unreadable", "truncated after byte"),
    "a wrong checksum": (in_file(PANOPTIC_PNG, flip_last_byte), "unreadable", "wrong CRC"),
    "not a PNG": (in_file(PANOPTIC_PNG, lambda path: path.write_bytes(b"no")), "unreadable", "not a PNG"),
    "a PNG of another size": (in_pixels(PANOPTIC_PNG, lambda p: np.rot90(p)), "size", "32 x 64 pixels where"),
    "a gray PNG": (
        in_pixels(PANOPTIC_PNG, lambda p: p[..., 0]),
        "unreadable",
        "8-bit gray where 8-bit RGB is expected",
    ),
    "a missing PNG": (in_file(PANOPTIC_PNG, lambda path: path.unlink()), "missing", "no such file"),
    "an extra PNG": (copied(PANOPTIC_PNG, "cityscapes_panoptic_train/x.png"), "extra", "not named in"),
    "another segment id": (in_segment(id=26009), "extra_object", "segment 26009"),
    "a missing segment": (
        in_panoptic(lambda c: c["annotations"][0]["segments_info"].pop()),
        "missing_object",
        "missing segment 26002",
    ),
    "a duplicate segment": (
        in_panoptic(lambda c: c["annotations"][0]["segments_info"].append(c["annotations"][0]["segments_info"][0])),
        "value",
        "is duplicated",
    ),
    "a wrong area": (in_segment(area=1), "value", "area 1.0 where"),
    "a shifted box": (in_segment(bbox=[51, 22, 6, 6]), "box", "bbox"),
    "another category": (in_segment(category_id=24), "class", "category_id 24 where the annotation gives 26"),
    "a wrong crowd flag": (in_segment(iscrowd=1), "value", "iscrowd 1"),
    "a missing frame": (in_panoptic(lambda c: c["images"].pop(0)), "missing", "the image is missing"),
    "a missing annotation": (in_panoptic(lambda c: c["annotations"].pop(0)), "missing", "the image has no annotation"),
    "a duplicate annotation": (
        in_panoptic(lambda c: c["annotations"].append(c["annotations"][0])),
        "extra",
        "several annotations",
    ),
    "an extra frame": (
        in_panoptic(lambda c: c["images"].append(c["images"][0] | {"id": "x", "file_name": "y.png"})),
        "extra",
        "image 'x' belongs to no expected frame",
    ),
    "swapped width and height": (in_panoptic(lambda c: c["images"][0].update(width=32, height=64)), "size", "32 x 64"),
    "another file name": (
        in_panoptic(lambda c: put(c["images"][0], "file_name", f"{NAME}_gtFine_leftImg8bit.png")),
        "value",
        "where 'aachen/.* is expected",
    ),
    "another color": (in_panoptic(lambda c: put(c["categories"][0], "color", [1, 2, 3])), "class", "category 0"),
    "a thing made stuff": (in_panoptic(lambda c: put(c["categories"][-1], "isthing", 0)), "class", "category 18"),
    "broken JSON": (in_file(PANOPTIC_JSON, cut), "unreadable", "not a COCO panoptic file"),
    "a number for an id": (in_panoptic(lambda c: put(c["images"][0], "id", 1)), "missing", "the image is missing"),
    "a field of another type": (in_segment(area="large"), "unreadable", "Expected"),
    "a missing file": (in_file(PANOPTIC_JSON, lambda path: path.unlink()), "missing", "missing"),
}


@pytest.mark.parametrize(("arguments", "fault"), every(PANOPTIC_FAULTS, "panoptic"))
def test_a_planted_fault_is_found(arguments: tuple[str, ...], fault: Fault, tmp_path: Path) -> None:
    check_fault(tmp_path, arguments, fault)


def name_image(content: Any) -> None:
    content["images"][0]["id"] = content["annotations"][0]["image_id"] = NAME


COCO_JSON = "annotations/panoptic_train.json"
COCO_PNG = f"annotations/panoptic_train/aachen/{NAME}_leftImg8bit.png"
COCO_FAULTS: dict[str, Fault] = {
    "a pixel": (in_pixels(COCO_PNG, lambda p: put(p, (20, 10), 7)), "pixels", "1 pixel differs"),
    "an extra PNG": (copied(COCO_PNG, "annotations/panoptic_train/x.png"), "extra", "not named in"),
    "a name for an id": (in_json(COCO_JSON, name_image), "value", "is not of type int"),
    "a duplicate id": (in_json(COCO_JSON, lambda c: put(c["images"][0], "id", 2)), "value", "id 2 is duplicated"),
    "another name of a PNG": (
        in_json(COCO_JSON, lambda c: put(c["annotations"][0], "file_name", f"{NAME}_gtFine_panoptic.png")),
        "value",
        "file name of the PNG",
    ),
    "a wrong area": (
        in_json(COCO_JSON, lambda c: put(c["annotations"][0]["segments_info"][-1], "area", 1)),
        "value",
        "area 1.0 where",
    ),
    "a missing file": (in_file(COCO_JSON, lambda path: path.unlink()), "missing", "missing"),
}


@pytest.mark.parametrize(("arguments", "fault"), every(COCO_FAULTS, "panoptic", "--layout", "coco"))
def test_a_fault_in_cocos_layout_is_found(arguments: tuple[str, ...], fault: Fault, tmp_path: Path) -> None:
    check_fault(tmp_path, arguments, fault)


def swap_images(content: Any) -> None:
    one, other = content["images"][:2]
    one["file_name"], other["file_name"] = other["file_name"], one["file_name"]


OWN_FAULTS: dict[str, Fault] = {
    "names of its own": (in_panoptic(swap_images), "value", "'1/frame0029.*' where '0/frame0029.*' is expected"),
    "blanks in names": (
        in_pixels("cityscapes_panoptic_train/0_street [1] (a)_gtFine_panoptic.png", lambda p: put(p, (20, 10), 7)),
        "pixels",
        "1 pixel differs",
    ),
    "two images per frame": (
        in_panoptic(lambda c: c["annotations"][1]["segments_info"].pop()), "missing_object", "missing segment 26002",
    ),
    "labels of IDD": (in_segment(iscrowd=1), "value", "iscrowd 1"),
    "maps": (in_segment(id=26009), "extra_object", "segment 26009"),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN_DATA)
def test_a_fault_in_data_of_ones_own_is_found(name: str, tmp_path: Path) -> None:
    check_own_data(tmp_path, OWN_DATA[name], ("panoptic",), OWN_FAULTS[name])


@pytest.mark.parametrize("has_manifest", [True, False], ids=["with the manifest", "without"])
def test_two_schemes_in_a_folder_are_checked_each_by_itself(has_manifest: bool, tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "panoptic")
    assert invoke("panoptic", made.source, "-o", made.out, "--category-ids", "train", "-j", "1").status == 0
    if not has_manifest:
        forget(made.out)
    assert verify(made) == []
    in_segment(iscrowd=1)(made.out)
    edit_json(made.out / TRAIN_JSON, lambda content: content["categories"].pop(0))
    found = {(finding["file"].rpartition("/")[2], finding["kind"]) for finding in verify(made)}
    assert found >= {(PANOPTIC_JSON, "value"), (TRAIN_JSON, "class")}


def test_labels_that_share_a_train_id_are_one_category(tmp_path: Path) -> None:
    renamed = (
        in_json(TRAIN_JSON, lambda c: put(c["categories"][1], "name", "drivable fallback")),
        "class",
        "category 1",
    )
    check_own_data(tmp_path, OWN_DATA["labels of IDD"], ("panoptic", "--category-ids", "train"), renamed)
