"""Small data sets that are not the release, each of which an early version got wrong."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from tests.builders import Document, DrawnObject, annotation_path, document, write_annotation, write_dataset
from tests.commands import Outcome, cityconv, run_inline
from tests.pngs import read_image

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 128, 64
ROAD: DrawnObject = ("road", [[0, 32], [128, 32], [128, 64], [0, 64]])
CAR_POLYGON = [[10, 30], [40, 30], [40, 50], [10, 50]]
CAR_BOX = [10, 30, 31, 20]
RIGHT_CAR_POLYGON = [[60, 30], [90, 30], [90, 50], [60, 50]]


def scene(*objects: DrawnObject) -> Document:
    return document(ROAD, *objects, width=WIDTH, height=HEIGHT)


CAR = scene(("car", CAR_POLYGON))


def run(*arguments: str | Path, status: int = 0) -> Outcome:
    outcome = run_inline(*arguments)
    assert outcome.status == status, outcome.err
    return outcome


def write_image(path: Path, height: int = HEIGHT, width: int = WIDTH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, np.full((height, width, 3), 90, np.uint8))[1].tobytes())


def coco(out: Path, subset: str = "train") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / f"annotations/instances_{subset}.json").read_bytes())
    return found


def boxes(out: Path, subset: str = "train") -> list[tuple[str, list[int], int]]:
    """Return class, box and crowd flag of each object."""
    content = coco(out, subset)
    names = {item["id"]: item["name"] for item in content["categories"]}
    return [(names[item["category_id"]], item["bbox"], item["iscrowd"]) for item in content["annotations"]]


def file_names(out: Path, subset: str = "train") -> list[str]:
    return [item["file_name"] for item in coco(out, subset)["images"]]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_folders_say_the_split_where_file_names_do_not_repeat_them(tmp_path: Path, out: Path) -> None:
    keys = "train/0/frame0029", "val/2/frame0050"
    data = write_dataset(tmp_path / "d", dict.fromkeys(keys, CAR))
    run("yolo", data, "-o", out)
    lines = (out / "data.yaml").read_text().splitlines()
    assert {"train: images/train", "val: images/val"} <= set(lines)
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.txt")) == [
        "labels/train/0_frame0029_leftImg8bit.txt",
        "labels/val/2_frame0050_leftImg8bit.txt",
    ]
    run("coco", data, "-o", tmp_path / "out2", "--split", "train")
    assert file_names(tmp_path / "out2") == ["0/frame0029_leftImg8bit.png"]
    run("labelmap", data, "-o", tmp_path / "out3")
    assert sorted(str(path.relative_to(tmp_path / "out3")) for path in (tmp_path / "out3").rglob("*.png")) == [
        f"gtFine/{key}_gtFine_labelIds.png" for key in keys
    ]


def test_one_name_in_two_folders_is_two_frames(tmp_path: Path, out: Path) -> None:
    person: DrawnObject = ("person", [[60, 20], [70, 20], [70, 50], [60, 50]])
    data = write_dataset(tmp_path / "d", {"train/0/frame0029": CAR, "train/1/frame0029": scene(person)})
    run("coco", data, "-o", out)
    assert file_names(out) == ["0/frame0029_leftImg8bit.png", "1/frame0029_leftImg8bit.png"]
    assert boxes(out) == [("car", CAR_BOX, 0), ("person", [60, 20, 11, 30], 0)]
    assert [item["image_id"] for item in coco(out)["annotations"]] == [item["id"] for item in coco(out)["images"]]


@pytest.mark.parametrize("polygon", [[], [[5, 5]]], ids=["empty", "of one point"])
@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_an_object_without_points_is_skipped_and_its_frame_stays(
    polygon: list[list[int]], on_error: str, tmp_path: Path, out: Path
) -> None:
    pole = ("pole", polygon, {"deleted": 0, "draw": True, "id": 1, "verified": 0})
    data = write_dataset(tmp_path / "d", {"train/aachen/aachen_000000_000019": scene(pole, ("car", CAR_POLYGON))})
    outcome = run("coco", data, "-o", out, "--classes", "pole,car", "--on-error", on_error)
    assert boxes(out) == [("car", CAR_BOX, 0)]
    reason = "with an empty polygon" if not polygon else "without a pixel in the image"
    assert f"skipped: 1 objects {reason}" in outcome.err


@pytest.mark.parametrize(
    ("name", "suffix"), [("berlin_drive_01_frame_0001", ".png"), ("berlin_0001", "_rgb.png")], ids=["none", "own"]
)
@pytest.mark.parametrize("is_given", [True, False])
def test_an_image_is_the_name_of_the_frame_and_the_suffix(
    name: str, suffix: str, is_given: bool, tmp_path: Path, out: Path
) -> None:
    data = write_dataset(tmp_path / "d", {f"train/berlin/{name}": CAR})
    write_image(data / f"leftImg8bit/train/berlin/{name}{suffix}")
    run("coco", data, "-o", out, "--images", "copy", *(["--image-suffix", suffix] if is_given else []))
    assert file_names(out) == [f"berlin/{name}{suffix}"]
    assert (out / f"images/train/berlin/{name}{suffix}").is_file()


def test_an_image_of_another_size_than_its_annotation_makes_a_bad_frame(tmp_path: Path, out: Path) -> None:
    key = "train/aachen/aachen_000000_000019"
    data = write_dataset(tmp_path / "d", {key: CAR})
    image = data / f"leftImg8bit/{key}_leftImg8bit.png"
    write_image(image, 32, 32)
    for command in ("voc", "coco"):
        outcome = run(command, data, "-o", out, "--images", "copy", status=1)
        assert outcome.err.splitlines()[0] == f"error: {image}: 32 x 32 pixels where the annotation has 128 x 64"
        assert not out.exists()


class TestOwnLabels:
    """A label that the table does not have."""

    @pytest.fixture
    def data(self, tmp_path: Path) -> Path:
        objects = scene(("autorickshaw", CAR_POLYGON), ("car", RIGHT_CAR_POLYGON))
        return write_dataset(tmp_path / "d", {"train/a/a_0_0": objects})

    def test_is_named_when_nothing_is_said_of_it(self, data: Path, out: Path) -> None:
        outcome = run("coco", data, "-o", out, status=1)
        assert "unknown label 'autorickshaw'" in outcome.err.splitlines()[0]
        assert "error: not in the label table cityscapes: 'autorickshaw' (1)" in outcome.err.splitlines()
        assert not out.exists()

    def test_can_be_dropped(self, data: Path, out: Path) -> None:
        outcome = run("coco", data, "-o", out, "--unknown-labels", "drop")
        assert boxes(out) == [("car", [60, 30, 31, 20], 0)]
        assert "skipped: 1 objects whose labels are not in the label table" in outcome.err

    def test_can_be_named_in_a_class_map(self, data: Path, tmp_path: Path, out: Path) -> None:
        (tmp_path / "map.toml").write_text('[classes]\nvehicle = ["car", "autorickshaw"]\n')
        run("coco", data, "-o", out, "--class-map", tmp_path / "map.toml")
        assert boxes(out) == [("vehicle", CAR_BOX, 0), ("vehicle", [60, 30, 31, 20], 0)]

    def test_is_not_dropped_by_a_class_map_that_does_not_name_it(self, data: Path, tmp_path: Path, out: Path) -> None:
        (tmp_path / "known.toml").write_text('[classes]\nvehicle = ["car"]\n')
        run("coco", data, "-o", out, "--class-map", tmp_path / "known.toml", status=1)
        run("coco", data, "-o", out, "--class-map", tmp_path / "known.toml", "--unknown-labels", "drop")
        assert boxes(out) == [("vehicle", [60, 30, 31, 20], 0)]

    def test_can_be_named_by_a_table(self, data: Path, tmp_path: Path, out: Path) -> None:
        (tmp_path / "labels.toml").write_text(
            'labels = [{name = "road", id = 1, hasInstances = false}, {name = "autorickshaw", id = 2}, '
            '{name = "car", id = 3}]'
        )
        run("coco", data, "-o", out, "--labels", tmp_path / "labels.toml")
        assert boxes(out) == [("autorickshaw", CAR_BOX, 0), ("car", [60, 30, 31, 20], 0)]
        assert [item["id"] for item in coco(out)["categories"]] == [2, 3]

    def test_gives_a_draft_of_a_table_that_reads_it(self, data: Path, tmp_path: Path, out: Path) -> None:
        run("labels", "--from", data, "-o", tmp_path / "labels.toml")
        run("coco", data, "-o", out, "--labels", tmp_path / "labels.toml")
        assert {name for name, *_ in boxes(out)} == {"autorickshaw", "car", "road"}


def test_jpeg_images_stay_as_they_are_and_nothing_is_printed(tmp_path: Path, out: Path) -> None:
    names = [f"drive_0_{number}" for number in range(3)]
    data = write_dataset(tmp_path / "d", {f"train/drive/{name}": CAR for name in names})
    for name in names:
        write_image(data / f"leftImg8bit/train/drive/{name}_leftImg8bit.jpg")
    outcome = cityconv("coco", data, "-o", out, "--images", "copy", "--image-format", "keep", "-q")
    assert outcome == (0, "", "")
    assert file_names(out) == [f"drive/{name}_leftImg8bit.jpg" for name in names]
    for name in names:
        path = f"train/drive/{name}_leftImg8bit.jpg"
        assert (out / "images" / path).read_bytes() == (data / "leftImg8bit" / path).read_bytes()
    run("coco", data, "-o", tmp_path / "out2", "--images", "symlink")
    assert (tmp_path / f"out2/images/train/drive/{names[0]}_leftImg8bit.jpg").is_symlink()


def test_raw_has_a_class_for_every_group_that_is_drawn(tmp_path: Path, out: Path) -> None:
    names = ("bus", "busgroup", "traingroup", "caravangroup", "trailergroup", "cargroup")
    drawn = [(name, [[20 * n, 10], [20 * n + 9, 10], [20 * n + 9, 30], [20 * n, 30]]) for n, name in enumerate(names)]
    data = write_dataset(tmp_path / "d", {"train/aachen/aachen_000000_000019": scene(*drawn)})
    run("coco", data, "-o", out, "--classes", "raw")
    assert [(name, crowd) for name, _, crowd in boxes(out)] == [("road", 0), *((name, 0) for name in names)]


def test_a_zip_with_backslashes_is_read_as_folders(tmp_path: Path, out: Path) -> None:
    folder = write_dataset(tmp_path / "d", {"train/aachen/aachen_000000_000019": CAR})
    key = "train/aachen/aachen_000000_000019"
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        name = annotation_path(folder, key).relative_to(folder)
        archive.writestr(str(name).replace("/", "\\"), annotation_path(folder, key).read_bytes())
    run("coco", tmp_path / "d.zip", "-o", out)
    assert (file_names(out), boxes(out)) == (["aachen/aachen_000000_000019_leftImg8bit.png"], [("car", CAR_BOX, 0)])


@pytest.mark.parametrize("name", ["IMG 0001", "IMG (1) [2]", "straße"])
def test_a_name_with_blanks_and_brackets_is_converted(name: str, tmp_path: Path, out: Path) -> None:
    data = write_dataset(tmp_path / "d", {f"train/drive/{name}": CAR, "train/drive/drive_0_0": CAR})
    run("coco", data, "-o", out, "--on-error", "skip")
    assert (
        file_names(out)
        == [f"drive/{name}_leftImg8bit.png", "drive/drive_0_0_leftImg8bit.png"][:: 1 if name < "drive" else -1]
    )
    assert boxes(out) == [("car", CAR_BOX, 0)] * 2


@pytest.mark.parametrize("extent", ["visible", "full"])
def test_an_object_without_a_pixel_is_not_said_to_be_hidden(extent: str, tmp_path: Path, out: Path) -> None:
    outside = ("person", [[-30, -30], [-10, -30], [-10, -10], [-30, -10]])
    objects = scene(("car", CAR_POLYGON), outside, ("bus", [[5, 5]]))
    data = write_dataset(tmp_path / "d", {"train/aachen/aachen_000000_000019": objects})
    outcome = run("coco", data, "-o", out, "--extent", extent, "-v")
    lines = [line.split() for line in outcome.err.splitlines()]
    assert ["skipped:", "2", "objects", "without", "a", "pixel", "in", "the", "image"] in lines
    assert ["1", "bus"] in lines
    assert ["1", "person"] in lines
    assert "hidden" not in outcome.err


def test_a_hidden_object_is_said_to_be_hidden(tmp_path: Path, out: Path) -> None:
    objects = scene(("bus", CAR_POLYGON), ("car", CAR_POLYGON))
    write_annotation(annotation_path(tmp_path, "train/aachen/aachen_0_0"), objects)
    outcome = run("labelmap", tmp_path, "-o", out)
    assert "skipped: 1 objects hidden behind others" in outcome.err
    (path,) = out.rglob("*.png")
    assert np.unique(read_image(path)).tolist() == [0, 7, 26]
