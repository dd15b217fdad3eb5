"""The preview of outputs: what their files hold, and which of them is broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tests.builders import FRAME, SCENES, street, write_dataset, write_images
from tests.commands import convert, run_inline
from tests.previews.galleries import objects_of, read_index, read_script

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MUNSTER = "val/munster/munster_000000_000019"
FRAMES = [FRAME, MUNSTER]
IDS = {"person": 24, "car": 26, "road": 7, "sky": 23}  # of the evaluated classes in these scenes
MASKS = [
    ("coco", []),
    ("coco", ["--segmentation", "polygon"]),
    ("coco", ["--task", "semantic"]),
    ("coco", ["--layout", "roboflow", "--images", "copy"]),
    ("panoptic", []),
    ("panoptic", ["--layout", "coco"]),
    ("yolo", ["--task", "segment", "--images", "copy", "--groups", "merge"]),
    ("yolo", ["--task", "semantic"]),
    ("voc", ["--task", "instance", "--groups", "merge"]),
    ("voc", ["--task", "semantic"]),
    ("labelmap", ["--kind", "instanceIds"]),
    ("labelmap", ["--kind", "labelTrainIds"]),
]
BOXES = [
    ("coco", ["--task", "detection"]),
    ("yolo", ["--task", "detect", "--images", "copy", "--groups", "merge"]),
    ("voc", ["--task", "detection"]),
    ("csv", []),
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set with photographs."""
    root = write_dataset(tmp_path_factory.mktemp("source"), {frame: SCENES[frame] for frame in FRAMES})
    write_images(root / "leftImg8bit", *FRAMES)
    return root


@pytest.fixture(scope="module")
def label_ids(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray[np.uint8]]:
    """The label map of each frame."""
    out = tmp_path_factory.mktemp("ids")
    convert("labelmap", source, "-o", out, "--kind", "labelIds")
    paths = {frame: out / f"gtFine/{frame}_gtFine_labelIds.png" for frame in FRAMES}
    return {frame: np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)) for frame, path in paths.items()}


def gallery_path(frame: str, options: list[str]) -> str:
    """Return the path of a frame in the gallery of an output."""
    return frame.replace("val/", "valid/") if "roboflow" in options else frame


@pytest.mark.parametrize(
    ("command", "options"), MASKS, ids=lambda item: " ".join(item) if isinstance(item, list) else item
)
def test_masks_are_exactly_those_of_the_label_map(
    source: Path, tmp_path: Path, label_ids: dict[str, NDArray[np.uint8]], command: str, options: list[str]
) -> None:
    convert(command, source, "-o", tmp_path / "out", *options)
    convert("preview", tmp_path / "out")
    index = read_index(tmp_path / "out/preview")
    names = {name for name, _, _ in index["classes"]}
    assert names & {"car", "cargroup"}  # maps of classes do not tell instances apart
    for frame, ids in label_ids.items():
        objects = objects_of(tmp_path / "out/preview", gallery_path(frame, options))
        for name in {name.removesuffix("group") for name in names} & set(IDS):
            masks = [mask for other, mask in objects if other in (name, f"{name}group")]
            assert np.array_equal(np.any(masks, axis=0), ids == IDS[name]), (frame, name)


@pytest.mark.parametrize(
    ("command", "options"), BOXES, ids=lambda item: " ".join(item) if isinstance(item, list) else item
)
def test_boxes_are_those_of_the_files(source: Path, tmp_path: Path, command: str, options: list[str]) -> None:
    convert(command, source, "-o", tmp_path / "out", *options, "--city", "aachen")
    convert("preview", tmp_path / "out", "-o", tmp_path / "preview")
    data = read_script(tmp_path / f"preview/objects/{FRAME}.js")
    assert data["size"] == data["picture"] == [64, 32] or not (tmp_path / "out/images").exists()
    boxes = {(data["classes"][row[0]][0], tuple(row[3][:2] + row[3][4:6])) for row in data["objects"]}
    assert ("car", (8, 15, 20, 23)) in boxes
    assert ("person", (46, 14, 50, 28)) in boxes
    assert all(row[-1] == "" for row in data["objects"])


def test_the_corners_of_oriented_boxes_are_shown(source: Path, tmp_path: Path) -> None:
    convert("yolo", source, "-o", tmp_path / "out", "--task", "obb", "--images", "copy", "--city", "aachen")
    convert("preview", tmp_path / "out")
    data = read_script(tmp_path / f"out/preview/objects/{FRAME}.js")
    (person,) = (row for row in data["objects"] if data["classes"][row[0]][0] == "person")
    text = (tmp_path / f"out/labels/train/{FRAME.rpartition('/')[2]}_leftImg8bit.txt").read_text()
    (row,) = (line.split() for line in text.splitlines() if len(data["classes"]) and line.startswith("0 "))
    expected = np.array(row[1:], float).reshape(-1, 2) * (64, 32)
    assert np.abs(np.array(person[3]).reshape(-1, 2) - expected).max() <= 0.06


def test_an_output_without_a_manifest_is_found_by_its_files(source: Path, tmp_path: Path) -> None:
    for command in ("coco", "panoptic", "voc", "csv"):
        convert(command, source, "-o", tmp_path / command)
        (tmp_path / command / "cityconv.json").unlink()
        convert("preview", tmp_path / command)
        index = read_index(tmp_path / command / "preview")
        assert (index["splits"], index["cities"]) == (["train", "val"], ["aachen", "munster"])
        assert [row[2] for row in index["frames"]] == [
            "aachen_000000_000019",
            "munster_000000_000019",
        ]


def test_an_output_is_drawn_from_its_own_files_alone(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: street()})
    convert("coco", source, "-o", tmp_path / "out")
    source.rename(tmp_path / "gone")
    (tmp_path / "out").rename(tmp_path / "moved")
    convert("preview", tmp_path / "moved")
    assert len(objects_of(tmp_path / "moved/preview", FRAME)) == 4  # the person, two cars, and the crowd of cars


def test_classes_of_a_class_map_are_shown(source: Path, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[classes]\nvehicle = ["car", "truck"]\nhuman = ["person"]\n')
    for command, options in (("labelmap", ["--kind", "labelIds"]), ("coco", [])):
        convert(command, source, "-o", tmp_path / command, "--class-map", tmp_path / "map.toml", *options)
        convert("preview", tmp_path / command)
        names = {name for name, _, _ in read_index(tmp_path / command / "preview")["classes"]}
        assert {name.removesuffix("group") for name in names} == {"vehicle", "human"}


def test_frames_and_classes_of_an_output_are_selected(source: Path, tmp_path: Path) -> None:
    convert("coco", source, "-o", tmp_path / "out", "--task", "semantic")
    options = ["--split", "train", "--limit", "1", "--classes", "person,sky"]
    convert("preview", tmp_path / "out", "-o", tmp_path / "preview", *options)
    index = read_index(tmp_path / "preview")
    assert [row[2] for row in index["frames"]] == ["aachen_000000_000019"]
    assert {name for name, _, _ in index["classes"]} == {"person", "sky"}
    for options, message in (
        (["--classes", "persn"], "--classes: unknown class 'persn'\nhint: did you mean 'person'?"),
        (["--city", "koeln"], "no city named 'koeln'"),
        (["--read", "labelIds"], "found no *_labelIds.png here"),
        (["--splits", "splits.toml"], "--splits: does not apply to an output"),
        (["--format", "voc"], "holds no output of the format voc"),
    ):
        outcome = run_inline("preview", tmp_path / "out", "-o", tmp_path / "other", *options)
        assert outcome.status in (1, 2)
        assert message in outcome.err


def test_one_of_several_outputs_is_chosen(source: Path, tmp_path: Path) -> None:
    convert("coco", source, "-o", tmp_path / "out")
    convert("csv", source, "-o", tmp_path / "out")
    outcome = run_inline("preview", tmp_path / "out")
    assert outcome.status == 2
    assert f"{tmp_path / 'out'}: holds several outputs: coco, csv" in outcome.err
    convert("preview", tmp_path / "out", "--format", "csv")
    assert read_index(tmp_path / "out/preview")["title"] == "out (csv)"


def test_a_data_set_with_outputs_in_it_is_still_a_data_set(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: street()})
    convert("coco", source, "-o", source / "coco")
    convert("preview", source, "-o", tmp_path / "one")
    convert("preview", source, "-o", tmp_path / "two", "--format", "coco")
    assert [len(objects_of(tmp_path / name, FRAME)) for name in ("one", "two")] == [8, 4]


def test_an_output_may_say_what_it_likes(source: Path, tmp_path: Path) -> None:
    convert("panoptic", source, "-o", tmp_path / "out", "--split", "train")
    path = tmp_path / "out/cityscapes_panoptic_train.json"
    text = path.read_text()
    path.write_text(text.replace('"car"', json.dumps("<b>\n" + 500 * "x")).replace('"road"', '"\u8def"'))
    convert("preview", tmp_path / "out", "--size", "2000", "--poster", tmp_path / "poster.png")
    path.write_text(text.replace("[128,64,128]", "[999,64,128]").replace("[128, 64, 128]", "[999, 64, 128]"))
    outcome = run_inline("preview", tmp_path / "out", "--overwrite")
    assert outcome.status == 1
    assert f"error: {path}: category 7: [999, 64, 128] is not a color" in outcome.err


def test_photographs_of_an_output_are_its_own_or_in_a_folder(source: Path, tmp_path: Path) -> None:
    convert("coco", source, "-o", tmp_path / "bare", "--city", "munster")
    convert("coco", source, "-o", tmp_path / "full", "--city", "munster", "--images", "symlink")
    outcome = convert("preview", tmp_path / "bare", "-o", tmp_path / "one")
    assert "images that the output does not have, which show label colors: 1" in outcome.err
    convert("preview", tmp_path / "full", "-o", tmp_path / "two")
    convert("preview", tmp_path / "bare", "-o", tmp_path / "three", "--image-root", source / "leftImg8bit")
    has_photographs = [read_index(tmp_path / name)["frames"][0][3] for name in ("one", "two", "three")]
    assert has_photographs == [0, 1, 1]


BROKEN = [
    ("coco", [], {"annotations/instances_train.json": b'{"images": [', "cityconv.json": b"{"}),
    (
        "panoptic",
        [],
        {
            "cityscapes_panoptic_train/aachen_000000_000019_gtFine_panoptic.png": b"PNG",
            "cityscapes_panoptic_train.json": b"[]",
        },
    ),
    (
        "yolo",
        ["--images", "copy"],
        {"labels/train/aachen_000000_000019_leftImg8bit.txt": b"0 0.5 0.5 2 0.1\n", "data.yaml": b"names: 3\n"},
    ),
    ("yolo", ["--task", "semantic"], {"masks/train/aachen_000000_000019_leftImg8bit.png": b""}),
    (
        "voc",
        ["--task", "instance"],
        {
            "VOCdevkit/VOC2012/Annotations/aachen_000000_000019.xml": b"<annotation>",
            "VOCdevkit/VOC2012/SegmentationObject/aachen_000000_000019.png": b"no",
            "VOCdevkit/VOC2012/labelmap.txt": b"\xff",
        },
    ),
    ("csv", [], {"annotations_train.csv": b"image\r\n"}),
    ("labelmap", ["--kind", "labelIds"], {f"gtFine/{FRAME}_gtFine_labelIds.png": b"no"}),
]


@pytest.mark.parametrize(("command", "options", "damages"), BROKEN, ids=lambda item: str(item)[:30])
def test_a_broken_output_says_which_file_in_one_line(
    source: Path, tmp_path: Path, command: str, options: list[str], damages: dict[str, bytes]
) -> None:
    convert(command, source, "-o", tmp_path / "out", "--split", "train", *options)
    for path, damage in damages.items():
        file = tmp_path / "out" / path
        content = file.read_bytes()
        file.write_bytes(damage)
        outcome = run_inline("preview", tmp_path / "out")
        file.write_bytes(content)
        assert outcome.status == 1
        errors = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1
        assert str(file) in errors[0]
        assert not (tmp_path / "out/preview").exists()
        assert not (tmp_path / "out/.cityconv").exists()
