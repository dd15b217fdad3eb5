"""Panoptic PNGs and JSON, for scenes worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from cityconv.errors import UsageError
from cityconv.source.labels.files import load_table
from tests.builders import FRAME, SCENES, box, data_of, document
from tests.commands import complaint, convert_dataset, convert_scene
from tests.pngs import RGB, decode_image, header

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.builders import Document

NAME = FRAME.rpartition("/")[2]
# 24000, 26000 and 26 are the segments of the person, of the first car and of both groups; 26001 is hidden.
SCENE = document(
    ("sky", box(0, 0, 12, 3)),
    ("cargroup", box(8, 0, 2, 2)),
    ("car", box(1, 1, 5, 4)),
    ("person", box(4, 3, 4, 4)),
    ("car", box(9, 6, 1, 1)),
    ("cargroup", box(9, 5, 3, 3)),
    ("static", box(0, 7, 4, 1)),
    width=12,
    height=8,
)
SEGMENTS = ["id", "category_id", "area", "bbox", "iscrowd"]
VISIBLE = [
    [23, 23, 22, [0, 0, 12, 3], 0],
    [26, 26, 13, [8, 0, 4, 8], 1],
    [24000, 24, 16, [4, 3, 4, 4], 0],
    [26000, 26, 16, [1, 1, 5, 4], 0],
]


def panoptic(folder: Path, scene: Document, *options: str, stem: str = "cityscapes_panoptic_train") -> Any:
    """Return the JSON and the PNG of a scene, the latter as red, green and blue."""
    files = data_of(convert_scene(folder, scene, "panoptic", *options))
    png = files.pop(f"{stem}/{NAME}_gtFine_panoptic.png")
    written = json.loads(files.pop(f"{stem}.json"))
    assert not [name for name in files if not name.endswith("report.json")]
    return written, decode_image(png, cv2.IMREAD_COLOR)[:, :, ::-1]


def segments(folder: Path, scene: Document, *options: str) -> list[list[Any]]:
    (annotation,) = panoptic(folder, scene, *options)[0]["annotations"]
    return [[segment[key] for key in SEGMENTS] for segment in annotation["segments_info"]]


def skipped(folder: Path, scene: Document, *options: str) -> dict[str, dict[str, int]]:
    convert_scene(folder, scene, "panoptic", "--report", str(folder / "report.json"), *options)
    (output,) = json.loads((folder / "report.json").read_bytes())["outputs"]
    numbers: dict[str, dict[str, int]] = output["skipped"]
    return numbers


def test_segments_have_the_area_and_the_box_of_what_is_visible_in_the_order_of_their_ids(tmp_path: Path) -> None:
    assert segments(tmp_path, SCENE) == VISIBLE


def test_the_png_has_the_id_of_each_segment_in_red_green_and_blue_and_void_black(tmp_path: Path) -> None:
    _, pixels = panoptic(tmp_path, SCENE)
    colors = {
        (23, 0, 0): 22,  # the sky
        (26, 0, 0): 13,  # the groups
        (192, 93, 0): 16,  # 24000 = 93 * 256 + 192
        (144, 101, 0): 16,  # 26000 = 101 * 256 + 144
        (0, 0, 0): 29,
    }
    found, areas = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    assert dict(zip(map(tuple, found.tolist()), areas.tolist(), strict=True)) == colors
    assert pixels[1, 1].tolist() == [144, 101, 0]
    assert pixels[3, 4].tolist() == [192, 93, 0]
    assert pixels[7, 0].tolist() == [0, 0, 0]  # `static` takes no part in the evaluation


def test_the_png_is_rgb_in_the_size_of_the_image(tmp_path: Path) -> None:
    convert_scene(tmp_path, SCENE, "panoptic")
    path = tmp_path / f"out/cityscapes_panoptic_train/{NAME}_gtFine_panoptic.png"
    assert header(path.read_bytes()) == (12, 8, 8, RGB)


def test_images_and_annotations_are_matched_by_the_name_of_the_frame(tmp_path: Path) -> None:
    written, _ = panoptic(tmp_path, SCENE)
    image = {"id": NAME, "width": 12, "height": 8, "file_name": f"aachen/{NAME}_leftImg8bit.png"}
    assert written["images"] == [image]
    (annotation,) = written["annotations"]
    assert (annotation["image_id"], annotation["file_name"]) == (NAME, f"{NAME}_gtFine_panoptic.png")


def test_categories_are_the_19_evaluated_classes(tmp_path: Path) -> None:
    categories = panoptic(tmp_path, SCENE)[0]["categories"]
    assert [item["id"] for item in categories] == [
        label.id for label in load_table("cityscapes").labels if not label.ignore_in_eval
    ]
    assert categories[0] == {
        "id": 7, "name": "road", "color": [128, 64, 128], "supercategory": "flat", "isthing": 0
    }  # fmt: skip
    assert [item["name"] for item in categories if item["isthing"]] == [
        "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"
    ]  # fmt: skip


def test_train_ids_change_category_ids_and_names_and_leave_segment_ids_and_pixels(tmp_path: Path) -> None:
    by_label, pixels = panoptic(tmp_path / "label", SCENE)
    by_train, same_pixels = panoptic(
        tmp_path / "train", SCENE, "--category-ids", "train", stem="cityscapes_panoptic_train_trainId"
    )
    np.testing.assert_array_equal(pixels, same_pixels)
    assert [item["id"] for item in by_train["categories"]] == list(range(19))
    pairs = [
        [(segment["id"], segment["category_id"]) for segment in written["annotations"][0]["segments_info"]]
        for written in (by_label, by_train)
    ]
    assert pairs == [
        [(23, 23), (26, 26), (24000, 24), (26000, 26)],
        [(23, 10), (26, 13), (24000, 11), (26000, 13)],
    ]


def coco_layout(folder: Path, *options: str) -> tuple[dict[str, bytes], Any]:
    """Return the files of an output in COCO's layout, and the JSON of `train`."""
    files = data_of(convert_dataset(folder, SCENES, "panoptic", "--layout", "coco", *options))
    return files, json.loads(files["annotations/panoptic_train.json"])


@pytest.mark.parametrize("flat", [False, True], ids=["nested", "flat"])
def test_in_cocos_layout_images_are_numbered_and_a_png_is_named_as_its_image(flat: bool, tmp_path: Path) -> None:
    files, written = coco_layout(tmp_path, *["--flat"] * flat)
    names = ["aachen_000000_000019", "aachen_000001_000019", "ulm_000000_000019"]
    stems = [name if flat else f"{name.partition('_')[0]}/{name}" for name in names]
    assert [(item["id"], item["file_name"]) for item in written["images"]] == [
        (number, f"{stem}_leftImg8bit.png") for number, stem in enumerate(stems, 1)
    ]
    assert [(item["image_id"], item["file_name"]) for item in written["annotations"]] == [
        (number, f"{stem}_leftImg8bit.png") for number, stem in enumerate(stems, 1)
    ]
    assert {name for name in files if name.startswith("annotations/panoptic_train/")} == {
        f"annotations/panoptic_train/{stem}_leftImg8bit.png" for stem in stems
    }


def test_in_cocos_layout_pngs_and_segments_are_those_of_cityscapes(tmp_path: Path) -> None:
    files, written = coco_layout(tmp_path / "coco", "--flat")
    own = data_of(convert_dataset(tmp_path / "cityscapes", SCENES, "panoptic"))
    expected = json.loads(own["cityscapes_panoptic_train.json"])
    assert written["categories"] == expected["categories"]
    for ours, theirs in zip(written["annotations"], expected["annotations"], strict=True):
        assert ours["segments_info"] == theirs["segments_info"]
        png = files[f"annotations/panoptic_train/{ours['file_name']}"]
        assert png == own[f"cityscapes_panoptic_train/{theirs['file_name']}"]


def test_in_cocos_layout_train_ids_change_no_names(tmp_path: Path) -> None:
    _, written = coco_layout(tmp_path, "--category-ids", "train")
    assert [item["id"] for item in written["categories"]] == list(range(19))


def test_in_cocos_layout_each_image_of_a_frame_has_a_png(tmp_path: Path) -> None:
    suffixes = ("--image-suffix", "_leftImg8bit.png", "--image-suffix", "_foggy.jpg")
    files, written = coco_layout(tmp_path, "--flat", *suffixes)
    assert [item["id"] for item in written["images"]] == [1, 2, 3, 4, 5, 6]
    assert [item["file_name"] for item in written["annotations"]][:2] == [
        f"{NAME}_leftImg8bit.png",
        f"{NAME}_foggy.png",
    ]
    assert files[f"annotations/panoptic_train/{NAME}_foggy.png"]


def test_groups_that_are_dropped_are_void(tmp_path: Path) -> None:
    assert segments(tmp_path, SCENE, "--groups", "drop") == [VISIBLE[0], *VISIBLE[2:]]
    _, pixels = panoptic(tmp_path, SCENE, "--groups", "drop", "--overwrite")
    assert not pixels[5:8, 9:12].any()


def test_groups_that_are_merged_are_instances_of_their_class(tmp_path: Path) -> None:
    cars = [segment for segment in segments(tmp_path, SCENE, "--groups", "merge") if segment[1] == 26]
    assert cars == [
        [26000, 26, 4, [8, 0, 2, 2], 0],
        [26001, 26, 16, [1, 1, 5, 4], 0],
        [26003, 26, 9, [9, 5, 3, 3], 0],  # 26002 is the hidden car
    ]


def test_groups_cannot_be_classes_as_they_have_no_id_to_make_segment_ids_of(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'persongroup' has no label id"):
        panoptic(tmp_path, SCENE, "--groups", "class")


def test_classes_that_are_not_selected_are_void(tmp_path: Path) -> None:
    written, pixels = panoptic(tmp_path, SCENE, "--classes", "car,static")
    assert [item["name"] for item in written["categories"]] == ["car", "static"]
    assert [segment["id"] for segment in written["annotations"][0]["segments_info"]] == [4, 26, 26000]
    assert np.count_nonzero(pixels.any(axis=2)) == 4 + 13 + 16


def test_a_class_map_gives_segment_ids_and_categories(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[classes]\nabove = ["sky"]\nroad_user = ["car", "person"]\n')
    written, _ = panoptic(tmp_path, SCENE, "--class-map", str(path))
    assert [(item["id"], item["name"], item["isthing"]) for item in written["categories"]] == [
        (1, "above", 0),
        (2, "road_user", 1),
    ]
    assert [segment["id"] for segment in written["annotations"][0]["segments_info"]] == [1, 2, 2000, 2001]


def test_segments_below_the_minimum_are_void(tmp_path: Path) -> None:
    assert segments(tmp_path, SCENE, "--min-area", "16") == [VISIBLE[0], *VISIBLE[2:]]
    _, pixels = panoptic(tmp_path, SCENE, "--min-area", "16", "--overwrite")
    assert not pixels[5:8, 9:12].any()


def test_everything_that_is_left_out_is_counted(tmp_path: Path) -> None:
    assert skipped(tmp_path / "a", SCENE) == {"class": {"static": 1}, "hidden": {"car": 1}}
    assert skipped(tmp_path / "b", SCENE, "--groups", "drop")["group"] == {"cargroup": 2}
    assert skipped(tmp_path / "c", SCENE, "--min-area", "16") == {
        "class": {"static": 1},
        "hidden": {"car": 1},
        "min_area": {"cargroup": 2},
    }


def test_an_object_is_left_out_for_one_reason_alone(tmp_path: Path) -> None:
    scene = document(("pole", box(4, 4, 2, 1)), ("pole", box(9, 4, 1, 1)), ("car", box(8, 2, 9, 9)))
    assert skipped(tmp_path, scene, "--min-area", "3") == {"hidden": {"pole": 1}, "min_area": {"pole": 1}}


def test_the_output_can_be_divided_by_city(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, SCENES, "panoptic", "--split-by", "city")
    assert {name.split("/")[0] for name in files if name.endswith(".png")} == {
        f"cityscapes_panoptic_{city}" for city in ("aachen", "bonn", "munster", "ulm")
    }
    written = json.loads(files["cityscapes_panoptic_aachen.json"])
    assert [image["id"] for image in written["images"]] == ["aachen_000000_000019", "aachen_000001_000019"]


def test_a_frame_without_segments_is_listed(tmp_path: Path) -> None:
    written, pixels = panoptic(tmp_path, document())
    assert [annotation["segments_info"] for annotation in written["annotations"]] == [[]]
    assert not pixels.any()


def test_more_instances_than_a_class_has_numbers_are_refused(tmp_path: Path) -> None:
    message = complaint(tmp_path, document(*[("person", box(0, 0, 2, 4))] * 1001), "panoptic")
    assert "1001 instances of 'person'" in message


def test_files_of_coarse_annotations_are_called_so(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, {FRAME: SCENE}, "panoptic", tree="gtCoarse")
    assert f"cityscapes_panoptic_train/{NAME}_gtCoarse_panoptic.png" in files


def test_licence_plates_hide_nothing(tmp_path: Path) -> None:
    scene = document(("car", box(0, 0, 4, 4)), ("license plate", box(1, 1, 2, 2)))
    assert segments(tmp_path, scene) == [[26000, 26, 16, [0, 0, 4, 4], 0]]


def ids(image: NDArray[np.uint8]) -> set[int]:
    red, green, blue = np.moveaxis(image.astype(int), 2, 0)
    return set(np.unique(red + 256 * green + 65536 * blue).tolist())


def test_high_instance_numbers_fit_in_the_colors(tmp_path: Path) -> None:
    bicycles = [("bicycle", box(number % 64, number // 64, 1, 1)) for number in range(1000)]
    _, pixels = panoptic(tmp_path, document(*bicycles))
    assert ids(pixels) == {0, *range(33000, 34000)}
