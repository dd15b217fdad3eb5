"""What the names of COCO files and of their images say about split, city and name."""

from __future__ import annotations

import pytest

from cityconv.source.coco_names import ImageName, name_image, split_of
from cityconv.source.files import File
from cityconv.source.folders import Place


def place(path: str) -> Place:
    *folders, name = path.split("/")
    return Place(tuple(folders), 0, name, File(path), ())


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("annotations/instances_val.json", "val"),
        ("annotations/instances_train_extra.json", "train_extra"),
        ("annotations/instances_train2017.json", "train2017"),
        ("annotations/instances_default.json", "default"),  # of CVAT
        ("cityscapes_panoptic_val.json", "val"),
        ("instancesonly_filtered_gtFine_train.json", "train"),
        ("train/_annotations.coco.json", "train"),  # of Roboflow
        ("valid/annotations.json", "valid"),  # of labelme2coco
        ("my-train.json", "train"),
        ("trainval.json", None),
        ("annotations/result.json", None),  # of Label Studio
        ("train/labels/result.json", None),
    ],
)
def test_the_split_is_in_the_name_of_the_file_or_in_that_of_its_folder(path: str, split: str | None) -> None:
    assert split_of(place(path)) == split


def test_split_folders_are_names_of_splits_too() -> None:
    assert split_of(place("night.json"), ["night"]) == "night"
    assert name_image("night/a.png", None, ["night"]).split == "night"


@pytest.mark.parametrize(
    ("file_name", "split", "expected"),
    [
        ("ulm/ulm_0_leftImg8bit.png", "val", ImageName("val", "ulm", "ulm_0", "_leftImg8bit.png")),
        ("leftImg8bit/val/ulm/ulm_0_leftImg8bit.png", "val", ImageName("val", "ulm", "ulm_0", "_leftImg8bit.png")),
        ("val/ulm/ulm_0.jpg", None, ImageName("val", "ulm", "ulm_0", ".jpg")),
        ("ulm/ulm_0.jpg", "ulm", ImageName("ulm", "ulm", "ulm_0", ".jpg")),  # of --split-by city
        ("JPEGImages\\a.b.jpg", "default", ImageName("default", "", "a.b", ".jpg")),  # of labelme on Windows
        ("/home/me/a.png", "val", ImageName("val", "", "a", ".png")),
        ("C:\\me\\a.png", "val", ImageName("val", "", "a", ".png")),
        ("a_foggy_beta_0.02.png", None, ImageName("all", "", "a_foggy_beta_0.02", ".png")),
        ("drive/1/a", None, ImageName("all", "drive/1", "a", "")),
    ],
)
def test_folders_of_an_image_are_its_city_but_for_those_of_images_and_splits(
    file_name: str, split: str | None, expected: ImageName
) -> None:
    assert name_image(file_name, split) == expected
