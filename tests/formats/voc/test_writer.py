"""Pascal VOC: XML, image sets and palette PNGs, for scenes worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest

from tests.builders import FRAME, SCENES, box, document
from tests.commands import convert_dataset, convert_scene
from tests.pngs import PALETTE, chunks, decode_image, header

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.builders import Document

ROOT = "VOCdevkit/VOC2012"
NAME = FRAME.rpartition("/")[2]
BACKGROUND, VOID = 0, 255
THINGS = ["person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"]
SCENE = document(
    ("sky", box(0, 0, 64, 8)),
    ("car", box(0, 10, 20, 10)),  # a quarter of it under the person
    ("person", box(15, 10, 10, 12)),
    ("car", box(42, 12, 3, 3)),  # hidden
    ("cargroup", box(40, 10, 20, 10)),
    ("bus", box(30, 25, 3, 3)),
    ("static", box(0, 28, 64, 4)),
)


def xml(folder: Path, scene: Document, *options: str) -> ET.Element:
    return ET.fromstring(convert_scene(folder, scene, "voc", *options)[f"{ROOT}/Annotations/{NAME}.xml"])


def objects(folder: Path, scene: Document, *options: str) -> list[tuple[Any, ...]]:
    """Return name, sides of the box, and the three flags of each object."""
    found = []
    for item in xml(folder, scene, *options).iter("object"):
        sides = [int(item.findtext(f"bndbox/{side}", "")) for side in ("xmin", "ymin", "xmax", "ymax")]
        flags = {flag for flag in ("truncated", "occluded", "difficult") if item.findtext(flag) == "1"}
        found.append((item.findtext("name"), sides, flags))
    return found


def pixels(files: dict[str, bytes], kind: str) -> NDArray[np.uint8]:
    """Return the palette indices of a PNG."""
    content = files[f"{ROOT}/{kind}/{NAME}.png"]
    colors = decode_image(content, cv2.IMREAD_COLOR)[:, :, ::-1]
    palette = np.frombuffer(chunks(content)["PLTE"], np.uint8).reshape(-1, 3)
    index = {tuple(color): number for number, color in enumerate(palette.tolist())}
    return np.array([[index[tuple(color)] for color in row] for row in colors.tolist()], np.uint8)


def areas(image: NDArray[np.uint8]) -> dict[int, int]:
    return dict(zip(*(part.tolist() for part in np.unique(image, return_counts=True)), strict=True))


def test_objects_have_1_based_boxes_with_both_ends_inside_and_their_flags(tmp_path: Path) -> None:
    assert objects(tmp_path, SCENE) == [
        ("car", [1, 11, 15, 20], {"truncated", "occluded"}),  # visible: columns 0 to 14, rows 10 to 19
        ("person", [16, 11, 25, 22], set()),
        ("car", [41, 11, 60, 20], {"difficult"}),  # the group
        ("bus", [31, 26, 33, 28], {"difficult"}),  # too small to judge
    ]


def test_an_object_that_covers_the_image_has_a_box_from_1_to_its_size(tmp_path: Path) -> None:
    assert objects(tmp_path, document(("car", box(0, 0, 64, 32)))) == [("car", [1, 1, 64, 32], {"truncated"})]


@pytest.mark.parametrize(("x", "y"), [(0, 9), (9, 0), (52, 9), (9, 20)])
def test_an_object_that_touches_any_border_is_truncated(x: int, y: int, tmp_path: Path) -> None:
    assert objects(tmp_path, document(("car", box(x, y, 12, 12))))[0][2] == {"truncated"}


def test_an_object_is_occluded_when_more_than_a_twentieth_of_it_is_hidden(tmp_path: Path) -> None:
    for hidden, flags in ((10, set()), (11, {"occluded"})):  # of 200 pixels
        scene = document(("car", box(10, 10, 20, 10)), ("pole", box(10, 10, hidden, 1)))
        assert objects(tmp_path / str(hidden), scene)[0][2] == flags


def test_an_object_of_100_pixels_can_be_judged(tmp_path: Path) -> None:
    for width, flags in ((10, set()), (9, {"difficult"})):
        assert objects(tmp_path / str(width), document(("car", box(5, 5, width, 10))))[0][2] == flags


def test_full_boxes_are_as_drawn(tmp_path: Path) -> None:
    assert [item[:2] for item in objects(tmp_path, SCENE, "--extent", "full")] == [
        ("car", [1, 11, 20, 20]),
        ("person", [16, 11, 25, 22]),
        ("car", [43, 13, 45, 15]),
        ("car", [41, 11, 60, 20]),
        ("bus", [31, 26, 33, 28]),
    ]


def test_elements_come_in_the_order_of_the_devkit(tmp_path: Path) -> None:
    root = xml(tmp_path, SCENE)
    assert [item.tag for item in root][:6] == ["folder", "filename", "source", "size", "segmented", "object"]
    assert [item.tag for item in root.iterfind("object[1]/*")] == [
        "name", "pose", "truncated", "occluded", "difficult", "bndbox"
    ]  # fmt: skip
    assert [item.tag for item in root.iterfind("object[1]/bndbox/*")] == ["xmin", "ymin", "xmax", "ymax"]
    assert [root.findtext(f"size/{side}") for side in ("width", "height", "depth")] == ["64", "32", "3"]
    assert (root.findtext("folder"), root.findtext("filename")) == ("VOC2012", f"{NAME}.jpg")


def test_the_year_is_part_of_the_folder(tmp_path: Path) -> None:
    files = convert_scene(tmp_path, SCENE, "voc", "--year", "2007", "--task", "instance")
    assert {name.split("/")[1] for name in files} == {"VOC2007"}
    root = ET.fromstring(files[f"VOCdevkit/VOC2007/Annotations/{NAME}.xml"])
    assert root.findtext("folder") == "VOC2007"


@pytest.mark.parametrize(
    ("task", "folders"),
    [
        ("detection", ["Annotations", "ImageSets/Main"]),
        (
            "instance",
            ["Annotations", "ImageSets/Main", "ImageSets/Segmentation", "SegmentationClass", "SegmentationObject"],
        ),
        ("semantic", ["ImageSets/Segmentation", "SegmentationClass"]),
    ],
)
def test_each_task_has_the_folders_that_it_needs(task: str, folders: list[str], tmp_path: Path) -> None:
    files = convert_scene(tmp_path, SCENE, "voc", "--task", task)
    assert sorted({name.removeprefix(f"{ROOT}/").rpartition("/")[0] for name in files} - {""}) == folders


def test_image_sets_list_the_frames_of_each_split_and_of_train_and_val_together(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, SCENES, "voc", "--task", "instance")
    names = {
        split: [key.rpartition("/")[2] for key in SCENES if key.startswith(split)] for split in ("train", "val", "test")
    }
    names["trainval"] = names["train"] + names["val"]
    for image_set, frames in names.items():
        for folder in ("Main", "Segmentation"):
            assert files[f"{ROOT}/ImageSets/{folder}/{image_set}.txt"].decode().splitlines() == frames


def test_image_sets_of_classes_say_1_for_present_0_for_only_difficult_and_minus_1_for_absent(tmp_path: Path) -> None:
    files = convert_scene(tmp_path, SCENE, "voc")
    states = {name: files[f"{ROOT}/ImageSets/Main/{name}_train.txt"].decode() for name in THINGS}
    expected = {"person": 1, "car": 1, "bus": 0}
    assert states == {name: f"{NAME} {expected.get(name, -1):2d}\n" for name in THINGS}


@pytest.mark.parametrize("task", ["detection", "instance", "semantic"])
def test_labelmap_txt_has_the_colors_of_background_classes_and_void(task: str, tmp_path: Path) -> None:
    files = convert_scene(tmp_path, SCENE, "voc", "--task", task, "--classes", "car,bus")
    assert files[f"{ROOT}/labelmap.txt"].decode().splitlines() == [
        "# label:color_rgb:parts:actions",
        "background:0,0,0::",
        "car:128,0,0::",
        "bus:0,128,0::",
        "ignored:224,224,192::",
    ]


def test_the_output_can_be_divided_by_city(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, SCENES, "voc", "--split-by", "city", "--classes", "car")
    sets = {name.rpartition("/")[2] for name in files if "/ImageSets/Main/" in name}
    cities = ("aachen", "bonn", "munster", "ulm")
    assert sets == {f"{prefix}{city}.txt" for city in cities for prefix in ("", "car_")}


def test_segmentation_class_has_the_visible_pixels_of_each_class(tmp_path: Path) -> None:
    image = pixels(convert_scene(tmp_path, SCENE, "voc", "--task", "instance"), "SegmentationClass")
    assert image[15, 5] == 3  # the car
    assert image[15, 20] == 1  # the person
    assert image[26, 31] == 5  # the bus
    assert image[2, 2] == BACKGROUND  # the sky, which is not selected
    assert image[30, 2] == VOID  # static
    assert image[15, 50] == VOID  # the group
    assert image[9, 2] == VOID  # nothing was drawn there
    assert areas(image) == {0: 512, 1: 120, 3: 150, 5: 9, 255: 2048 - 512 - 120 - 150 - 9}


def test_segmentation_object_numbers_objects_as_the_xml_lists_them(tmp_path: Path) -> None:
    image = pixels(convert_scene(tmp_path, SCENE, "voc", "--task", "instance"), "SegmentationObject")
    assert areas(image) == {0: 512, 1: 150, 2: 120, 4: 9, 255: 2048 - 512 - 150 - 120 - 9}  # 3 is the group: void


def test_a_semantic_map_has_all_19_classes_and_groups_with_theirs(tmp_path: Path) -> None:
    image = pixels(convert_scene(tmp_path, SCENE, "voc", "--task", "semantic"), "SegmentationClass")
    found = areas(image)
    assert found.pop(VOID) == 2048 - 512 - 120 - 350 - 9
    assert found == {11: 512, 12: 120, 14: 350, 16: 9}  # sky, person, car and cargroup, bus


def test_what_is_left_out_for_its_size_is_void_and_not_background(tmp_path: Path) -> None:
    image = pixels(convert_scene(tmp_path, SCENE, "voc", "--task", "instance", "--min-area", "10"), "SegmentationClass")
    assert image[26, 31] == VOID


@pytest.mark.parametrize("kind", ["SegmentationClass", "SegmentationObject"])
def test_pngs_have_the_palette_of_voc(kind: str, tmp_path: Path) -> None:
    content = convert_scene(tmp_path, SCENE, "voc", "--task", "instance")[f"{ROOT}/{kind}/{NAME}.png"]
    palette = np.frombuffer(chunks(content)["PLTE"], np.uint8).reshape(-1, 3)
    assert header(content) == (64, 32, 8, PALETTE)
    # As the VOC devkit prints it.
    assert palette[:10].tolist() == [
        [0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128],
        [128, 0, 128], [0, 128, 128], [128, 128, 128], [64, 0, 0], [192, 0, 0],
    ]  # fmt: skip
    assert palette[20].tolist() == [0, 64, 128]
    assert palette[255].tolist() == [224, 224, 192]


@pytest.mark.parametrize(
    ("groups", "cars"),
    [
        ("crowd", [("car", 1), ("car", 41)]),
        ("drop", [("car", 1)]),
        ("merge", [("car", 1), ("car", 41)]),
        ("class", [("car", 1), ("cargroup", 41)]),
    ],
)
def test_groups_become_what_was_asked_for(groups: str, cars: list[tuple[str, int]], tmp_path: Path) -> None:
    found = objects(tmp_path, SCENE, "--groups", groups)
    assert [(name, sides[0]) for name, sides, _ in found if name.startswith("car")] == cars
    assert all("difficult" not in flags for name, sides, flags in found if sides[0] == 41) == (groups != "crowd")


def test_everything_that_is_left_out_is_counted(tmp_path: Path) -> None:
    options = ("--min-area", "10", "--groups", "drop", "--report", str(tmp_path / "report.json"))
    written = objects(tmp_path, SCENE, *options)
    report = json.loads((tmp_path / "report.json").read_bytes())
    (output,) = report["outputs"]
    assert output["written"] == len(written) == 2
    assert output["skipped"] == {
        "class": {"sky": 1, "static": 1},
        "group": {"cargroup": 1},
        "hidden": {"car": 1},
        "min_area": {"bus": 1},
    }
    assert report["objects"] == 7 == 2 + sum(sum(names.values()) for names in output["skipped"].values())


def test_a_frame_without_objects_has_a_file_without_objects(tmp_path: Path) -> None:
    assert objects(tmp_path, document()) == []


def test_more_objects_than_a_palette_has_room_for_are_refused(tmp_path: Path) -> None:
    cars = [("car", box(number % 64, number // 64, 1, 1)) for number in range(255)]
    assert len(objects(tmp_path / "boxes", document(*cars))) == 255
    convert_scene(tmp_path / "most", document(*cars[:254]), "voc", "--task", "instance")
    with pytest.raises(AssertionError, match="more than the 254 objects"):
        convert_scene(tmp_path / "more", document(*cars), "voc", "--task", "instance")
