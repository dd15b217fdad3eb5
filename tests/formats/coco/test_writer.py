"""COCO JSON: boxes, areas, masks and ids, for scenes worked out by hand and as pycocotools reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cityconv.errors import UsageError
from tests.builders import (
    FRAME,
    SCENES,
    box,
    data_of,
    document,
    street,
    tree_of,
    write_dataset,
    write_images,
)
from tests.commands import convert_dataset, convert_scene, invoke
from tests.raster.masks import draw

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Document

# pycocotools 2.0 decodes with an array protocol that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

INSTANCES = ["person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"]
SCENE = document(
    ("sky", box(0, 0, 12, 3)),
    ("cargroup", box(8, 0, 2, 2)),
    ("car", box(1, 1, 5, 4)),
    ("person", box(4, 3, 4, 4)),
    ("car", box(9, 6, 1, 1)),
    ("cargroup", box(9, 5, 3, 3)),
    width=12,
    height=8,
)


def coco_of(folder: Path, scene: Document, *options: str, name: str = "instances_train.json") -> dict[str, Any]:
    written: dict[str, Any] = json.loads(convert_scene(folder, scene, "coco", *options)[f"annotations/{name}"])
    return written


def summary(written: dict[str, Any]) -> list[tuple[str, int, int, list[int]]]:
    """Return name of the category, crowd flag, area and box of each annotation."""
    names = {item["id"]: item["name"] for item in written["categories"]}
    return [
        (names[item["category_id"]], item["iscrowd"], item["area"], item["bbox"]) for item in written["annotations"]
    ]


def test_annotations_have_the_area_and_the_box_of_what_is_visible(tmp_path: Path) -> None:
    assert summary(coco_of(tmp_path, SCENE)) == [
        ("car", 1, 13, [8, 0, 4, 8]),  # both groups in one
        ("car", 0, 16, [1, 1, 5, 4]),  # its lower right corner is hidden by the person
        ("person", 0, 16, [4, 3, 4, 4]),
    ]


def test_masks_decode_to_the_visible_pixels(tmp_path: Path) -> None:
    _, car, _ = (item["segmentation"] for item in coco_of(tmp_path, SCENE)["annotations"])
    assert car["size"] == [8, 12]
    visible = draw(".#####......", ".#####......", ".###........", ".###........")
    np.testing.assert_array_equal(coco_mask.decode(car)[1:5], visible)
    assert coco_mask.area(car) == 16


def decode_slowly(code: dict[str, Any]) -> Any:
    """Return the pixels of an uncompressed code, uint8 (H, W): runs of zeros and ones in turn, down the columns."""
    height, width = code["size"]
    pixels = [index % 2 for index, length in enumerate(code["counts"]) for _ in range(length)]
    return np.array(pixels, np.uint8).reshape(width, height).T


def test_uncompressed_codes_are_lists_of_the_same_runs(tmp_path: Path) -> None:
    scenes = {FRAME: SCENE, FRAME.replace("_000019", "_000020"): street()}
    compressed, lists = (
        [item["segmentation"] for item in json.loads(files["annotations/instances_train.json"])["annotations"]]
        for files in (
            convert_dataset(tmp_path / name, scenes, "coco", "--segmentation", name)
            for name in ("rle", "uncompressed-rle")
        )
    )
    assert len(lists) > 5
    for code, expected in zip(lists, compressed, strict=True):
        np.testing.assert_array_equal(decode_slowly(code), coco_mask.decode(expected))


def test_beside_polygons_crowds_have_uncompressed_codes_as_in_coco(tmp_path: Path) -> None:
    crowd, *others = (
        item["segmentation"] for item in coco_of(tmp_path, SCENE, "--segmentation", "polygon")["annotations"]
    )
    expected = draw("........##..", "........##..", "............", "............",
                    "............", ".........###", ".........###", ".........###")  # fmt: skip
    np.testing.assert_array_equal(decode_slowly(crowd), expected)
    assert [len(rings) for rings in others] == [1, 1]


def test_boxes_and_areas_of_full_extent_are_as_drawn(tmp_path: Path) -> None:
    assert summary(coco_of(tmp_path, SCENE, "--extent", "full")) == [
        ("car", 1, 13, [8, 0, 4, 8]),
        ("car", 0, 20, [1, 1, 5, 4]),
        ("person", 0, 16, [4, 3, 4, 4]),
        ("car", 0, 1, [9, 6, 1, 1]),
    ]


def test_smaller_regions_are_left_out(tmp_path: Path) -> None:
    assert [area for _, _, area, _ in summary(coco_of(tmp_path, SCENE, "--min-area", "14"))] == [16, 16]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ("drop", [("car", 0, 16), ("person", 0, 16)]),
        ("merge", [("car", 0, 4), ("car", 0, 16), ("person", 0, 16), ("car", 0, 9)]),
        ("class", [("cargroup", 0, 4), ("car", 0, 16), ("person", 0, 16), ("cargroup", 0, 9)]),
    ],
)
def test_groups_become_what_was_asked_for(groups: str, expected: list[tuple[str, int, int]], tmp_path: Path) -> None:
    assert [item[:3] for item in summary(coco_of(tmp_path, SCENE, "--groups", groups))] == expected


def test_groups_of_different_classes_are_not_merged(tmp_path: Path) -> None:
    scene = document(("cargroup", box(0, 0, 2, 2)), ("persongroup", box(4, 0, 2, 2)))
    assert [item[:2] for item in summary(coco_of(tmp_path, scene))] == [("car", 1), ("person", 1)]


def test_licence_plates_hide_nothing(tmp_path: Path) -> None:
    scene = document(("car", box(0, 0, 4, 4)), ("license plate", box(1, 1, 2, 2)))
    assert summary(coco_of(tmp_path, scene)) == [("car", 0, 16, [0, 0, 4, 4])]


def test_selected_licence_plates_are_annotated(tmp_path: Path) -> None:
    scene = document(("car", box(0, 0, 4, 4)), ("license plate", box(1, 1, 2, 2)))
    assert summary(coco_of(tmp_path, scene, "--classes", "car,license plate")) == [
        ("car", 0, 12, [0, 0, 4, 4]),
        ("license plate", 0, 4, [1, 1, 2, 2]),
    ]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], [24, 25, 26, 27, 28, 31, 32, 33]),
        (["--category-ids", "label"], [24, 25, 26, 27, 28, 31, 32, 33]),
        (["--category-ids", "train"], list(range(11, 19))),
        (["--category-ids", "contiguous"], list(range(1, 9))),
    ],
)
def test_categories_have_the_ids_of_the_scheme(options: list[str], ids: list[int], tmp_path: Path) -> None:
    written = coco_of(tmp_path, SCENE, *options)
    assert [item["name"] for item in written["categories"]] == INSTANCES
    assert [item["id"] for item in written["categories"]] == ids
    assert [item["category_id"] for item in written["annotations"]] == [ids[2], ids[2], ids[0]]


def test_categories_name_the_category_above(tmp_path: Path) -> None:
    above = {item["name"]: item["supercategory"] for item in coco_of(tmp_path, SCENE)["categories"]}
    assert (above["rider"], above["bicycle"]) == ("human", "vehicle")


def test_classes_without_a_label_id_are_numbered_from_1_unless_label_ids_are_asked_for(tmp_path: Path) -> None:
    written = coco_of(tmp_path, SCENE, "--groups", "class")
    assert [item["id"] for item in written["categories"]] == list(range(1, 17))
    with pytest.raises(UsageError, match="'persongroup' has no label id") as caught:
        coco_of(tmp_path, SCENE, "--groups", "class", "--category-ids", "label", "--overwrite")
    assert "contiguous" in caught.value.hint


def test_classes_that_are_void_in_training_have_no_train_id(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'caravan' has no train id"):
        coco_of(tmp_path, SCENE, "--classes", "things", "--category-ids", "train")


def test_ids_of_images_and_annotations_count_from_1_in_each_file(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, SCENES, "coco")
    assert sorted(files) == [f"annotations/instances_{split}.json" for split in ("test", "train", "val")]
    for content in files.values():
        written = json.loads(content)
        for key in ("images", "annotations"):
            assert [item["id"] for item in written[key]] == list(range(1, len(written[key]) + 1))
        assert {item["image_id"] for item in written["annotations"]} <= {item["id"] for item in written["images"]}


def test_images_are_named_as_below_the_split_and_sorted(tmp_path: Path) -> None:
    written = json.loads(convert_dataset(tmp_path, SCENES, "coco")["annotations/instances_train.json"])
    assert [item["file_name"] for item in written["images"]] == [
        "aachen/aachen_000000_000019_leftImg8bit.png",
        "aachen/aachen_000001_000019_leftImg8bit.png",
        "ulm/ulm_000000_000019_leftImg8bit.png",
    ]
    assert {(item["width"], item["height"]) for item in written["images"]} == {(64, 32)}


def test_an_image_without_annotations_is_listed_and_the_annotations_are_an_empty_list(tmp_path: Path) -> None:
    written = json.loads(convert_dataset(tmp_path, SCENES, "coco")["annotations/instances_test.json"])
    assert [item["file_name"] for item in written["images"]] == ["bonn/bonn_000000_000019_leftImg8bit.png"]
    assert written["annotations"] == []


def test_annotations_belong_to_their_images_when_one_between_has_none(tmp_path: Path) -> None:
    cars = [document(*[("car", box(5 * x, 0, 4, number + 1)) for x in range(number)]) for number in (2, 0, 1)]
    scenes = {f"train/ulm/ulm_00000{number}_000019": scene for number, scene in enumerate(cars)}
    written = json.loads(convert_dataset(tmp_path, scenes, "coco")["annotations/instances_train.json"])
    assert [(item["image_id"], item["area"]) for item in written["annotations"]] == [(1, 12), (1, 12), (3, 8)]


def test_the_name_template_gives_the_names_of_other_tools(tmp_path: Path) -> None:
    files = convert_dataset(
        tmp_path, SCENES, "coco", "--split", "val", "--name-template", "instancesonly_filtered_gtFine_{split}.json"
    )
    assert list(files) == ["annotations/instancesonly_filtered_gtFine_val.json"]


def test_a_name_template_without_the_split_is_refused_where_files_would_replace_each_other(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    with pytest.raises(UsageError):
        invoke("coco", source, "-o", tmp_path / "out", "--name-template", "all.json")
    assert not (tmp_path / "out").exists()


def test_the_output_can_be_divided_by_city(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, SCENES, "coco", "--split-by", "city")
    cities = ("aachen", "bonn", "munster", "ulm")
    assert sorted(files) == [f"annotations/instances_{city}.json" for city in cities]
    assert len(json.loads(files["annotations/instances_aachen.json"])["images"]) == 2


def test_parts_of_an_object_apart_from_each_other_are_one_annotation(tmp_path: Path) -> None:
    scene = document(("car", box(0, 0, 9, 3)), ("pole", box(4, 0, 1, 9)))
    assert summary(coco_of(tmp_path, scene)) == [("car", 0, 24, [0, 0, 9, 3])]


def test_flat_images_are_in_one_folder(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", SCENES)
    write_images(source / "leftImg8bit", *SCENES)
    assert invoke("coco", source, "-o", tmp_path / "out", "-j", "1", "--flat", "--images", "copy").status == 0
    images = json.loads((tmp_path / "out/annotations/instances_train.json").read_bytes())["images"]
    assert [item["file_name"] for item in images] == [
        "aachen_000000_000019_leftImg8bit.png",
        "aachen_000001_000019_leftImg8bit.png",
        "ulm_000000_000019_leftImg8bit.png",
    ]
    assert sorted(path.name for path in (tmp_path / "out/images/train").iterdir()) == [
        item["file_name"] for item in images
    ]


def test_flat_names_that_do_not_begin_with_their_city_get_it_in_front(tmp_path: Path) -> None:
    scenes = {"train/0/frame": street(), "train/1/frame": street()}
    written = json.loads(convert_dataset(tmp_path, scenes, "coco", "--flat")["annotations/instances_train.json"])
    assert [item["file_name"] for item in written["images"]] == ["0_frame_leftImg8bit.png", "1_frame_leftImg8bit.png"]


def test_roboflow_has_annotations_and_images_together_and_calls_val_valid(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", SCENES)
    write_images(source / "leftImg8bit", *SCENES)
    outcome = invoke("coco", source, "-o", tmp_path / "out", "-j", "1", "--layout", "roboflow", "--images", "copy")
    assert outcome.status == 0, outcome.err
    assert sorted(data_of(tree_of(tmp_path / "out"))) == [
        "test/_annotations.coco.json",
        "test/bonn_000000_000019_leftImg8bit.png",
        "train/_annotations.coco.json",
        "train/aachen_000000_000019_leftImg8bit.png",
        "train/aachen_000001_000019_leftImg8bit.png",
        "train/ulm_000000_000019_leftImg8bit.png",
        "valid/_annotations.coco.json",
        "valid/munster_000000_000019_leftImg8bit.png",
    ]
    written = json.loads((tmp_path / "out/valid/_annotations.coco.json").read_bytes())
    assert [item["file_name"] for item in written["images"]] == ["munster_000000_000019_leftImg8bit.png"]
    assert [item["id"] for item in written["categories"]] == list(range(1, 9))  # as RF-DETR requires


@pytest.mark.parametrize(
    ("options", "message"),
    [([], "roboflow needs --images"), (["--images", "copy", "--name-template", "a_{split}"], "fixed name")],
)
def test_roboflow_refuses_options_that_contradict_it(options: list[str], message: str, tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    with pytest.raises(UsageError, match=message):
        invoke("coco", source, "-o", tmp_path / "out", "--layout", "roboflow", *options)


@pytest.fixture
def loaded(tmp_path: Path) -> COCO:
    convert_dataset(tmp_path, SCENES, "coco", "--split", "train")
    return COCO(str(tmp_path / "out/annotations/instances_train.json"))


def test_pycocotools_loads_the_file_and_its_areas_and_boxes_are_those_of_its_masks(loaded: COCO) -> None:
    annotations = loaded.loadAnns(loaded.getAnnIds())
    assert len(loaded.getAnnIds(catIds=[26], iscrowd=True)) == 3
    for annotation in annotations:
        code = loaded.annToRLE(annotation)
        assert annotation["area"] == coco_mask.area(code) == loaded.annToMask(annotation).sum()
        assert annotation["bbox"] == coco_mask.toBbox(code).tolist()


@pytest.mark.parametrize("kind", ["segm", "bbox"])
def test_measured_against_itself_the_average_precision_is_1(kind: str, loaded: COCO) -> None:
    annotations = loaded.loadAnns(loaded.getAnnIds(iscrowd=False))
    results = loaded.loadRes([{**annotation, "score": 1.0} for annotation in annotations])
    evaluation = COCOeval(loaded, results, kind)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == 1.0


def test_an_empty_scene_gives_a_file_that_loads(tmp_path: Path) -> None:
    convert_scene(tmp_path, document(), "coco")
    assert COCO(str(tmp_path / "out/annotations/instances_train.json")).getAnnIds() == []


def test_the_same_scene_gives_the_same_annotations_in_every_image(tmp_path: Path) -> None:
    scenes = {FRAME: street(), FRAME.replace("_000019", "_000020"): street()}
    written = json.loads(convert_dataset(tmp_path, scenes, "coco")["annotations/instances_train.json"])
    first, second = (
        [{**item, "id": 0, "image_id": 0} for item in written["annotations"] if item["image_id"] == image_id]
        for image_id in (1, 2)
    )
    assert first == second != []
