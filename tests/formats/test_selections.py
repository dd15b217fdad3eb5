"""Selections mean the same in every format, on one scene worked out by hand, and nothing vanishes in silence."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from cityconv.errors import UsageError
from tests.builders import FLAT_FRAME, FRAME, SCENES, box, document, write_dataset
from tests.commands import convert_dataset, convert_scene, run_inline
from tests.pngs import decode_image

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = FRAME.rpartition("/")[2]
# What is visible of each, in pixels: sky 64 * 8, the first car 150 of 200, the person 120, a group 200, the bus 9.
SCENE = document(
    ("sky", box(0, 0, 64, 8)),
    ("car", box(0, 10, 20, 10)),
    ("person", box(15, 10, 10, 12)),
    ("car", box(42, 12, 3, 3)),  # hidden by the group
    ("cargroup", box(40, 10, 20, 10)),
    ("bus", box(30, 25, 3, 3)),
    ("caravan", box(50, 24, 8, 4)),
    ("static", box(0, 28, 64, 4)),
)
INSTANCES = ["person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"]
THINGS = ["person", "rider", "car", "truck", "bus", "caravan", "trailer", "train", "motorcycle", "bicycle"]
STUFF = [
    *("road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign"),
    *("vegetation", "terrain", "sky"),
]
DRAWN_GROUPS = ["persongroup", "ridergroup", "cargroup", "truckgroup", "motorcyclegroup", "bicyclegroup"]
BOX_FORMATS = ("coco", "yolo", "voc")


def class_map(folder: Path, *lines: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "map.toml"
    path.write_text("\n".join(("[classes]", *lines)))
    return str(path)


def class_names(folder: Path, command: str, *options: str) -> list[str]:
    """Return the classes that an output lists, in its order."""
    files = convert_scene(folder, SCENE, command, *options)
    match command:
        case "coco":
            categories = json.loads(files["annotations/instances_train.json"])["categories"]
            return [item["name"] for item in categories]
        case "panoptic":
            return [item["name"] for item in json.loads(files["cityscapes_panoptic_train.json"])["categories"]]
        case "yolo":
            return re.findall(r'^  \d+: "(.*)"$', files["data.yaml"].decode(), re.MULTILINE)
        case _:
            sets = (re.fullmatch(r".*/Main/(.+)_train\.txt", name) for name in files)
            return [found[1] for found in sets if found]


def boxes(folder: Path, command: str, *options: str) -> list[tuple[str, list[float]]]:
    """Return the class and the box, x0, y0, x1, y1, half-open, of each annotation of the scene, in its order."""
    files = convert_scene(folder, SCENE, command, *options)
    match command:
        case "coco":
            return list(coco_boxes(json.loads(files["annotations/instances_train.json"])))
        case "yolo":
            names = re.findall(r'^  \d+: "(.*)"$', files["data.yaml"].decode(), re.MULTILINE)
            lines = files[f"labels/{FLAT_FRAME}_leftImg8bit.txt"].decode().splitlines()
            return [yolo_box(names, *map(float, line.split())) for line in lines]
        case _:
            root = ET.fromstring(files[f"VOCdevkit/VOC2012/Annotations/{NAME}.xml"])
            return list(voc_boxes(root))


def coco_boxes(written: dict[str, Any]) -> Iterable[tuple[str, list[float]]]:
    names = {item["id"]: item["name"] for item in written["categories"]}
    for item in written["annotations"]:
        x, y, width, height = item["bbox"]
        yield names[item["category_id"]], [x, y, x + width, y + height]


def yolo_box(
    names: list[str], number: float, x: float, y: float, width: float, height: float
) -> tuple[str, list[float]]:
    sides = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2]) * (64, 32, 64, 32)
    return names[int(number)], sides.round(3).tolist()


def voc_boxes(root: ET.Element) -> Iterable[tuple[str, list[float]]]:
    for item in root.iter("object"):
        x0, y0, x1, y1 = (int(item.findtext(f"bndbox/{side}", "")) for side in ("xmin", "ymin", "xmax", "ymax"))
        yield item.findtext("name", ""), [x0 - 1, y0 - 1, x1, y1]


SKY = ("sky", [0, 0, 64, 8])
CAR = ("car", [0, 10, 15, 20])
DRAWN_CAR = ("car", [0, 10, 20, 20])
PERSON = ("person", [15, 10, 25, 22])
HIDDEN_CAR = ("car", [42, 12, 45, 15])
GROUP = ("car", [40, 10, 60, 20])
BUS = ("bus", [30, 25, 33, 28])
CARAVAN = ("caravan", [50, 24, 58, 28])
STATIC = ("static", [0, 28, 64, 32])


@pytest.mark.parametrize("command", [*BOX_FORMATS, "panoptic"])
@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("instances", INSTANCES),
        ("things", THINGS),
        ("eval", STUFF + INSTANCES),
        ("car,sky", ["car", "sky"]),
        ("bus, person", ["bus", "person"]),
    ],
)
def test_presets_and_lists_name_the_same_classes(wanted: str, names: list[str], command: str, tmp_path: Path) -> None:
    found = class_names(tmp_path, command, "--classes", wanted)
    assert (sorted(found) if command == "voc" else found) == (sorted(names) if command == "voc" else names)


@pytest.mark.parametrize("command", BOX_FORMATS)
def test_the_preset_labels_is_the_table_and_raw_the_40_names_that_are_drawn(command: str, tmp_path: Path) -> None:
    labels = class_names(tmp_path / "labels", command, "--classes", "labels")
    raw = class_names(tmp_path / "raw", command, "--classes", "raw")
    assert len(labels) == 34
    assert len(raw) == 40
    assert set(raw) - set(labels) == {"license plate", *DRAWN_GROUPS}
    assert set(labels) - set(raw) == {"unlabeled"}


@pytest.mark.parametrize("command", BOX_FORMATS)
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--groups", "drop"], [CAR, PERSON, BUS]),
        (["--groups", "merge"], [CAR, PERSON, GROUP, BUS]),
        (["--groups", "class"], [CAR, PERSON, ("cargroup", GROUP[1]), BUS]),
        (["--groups", "drop", "--extent", "full"], [DRAWN_CAR, PERSON, HIDDEN_CAR, BUS]),
        (["--groups", "drop", "--min-area", "9"], [CAR, PERSON, BUS]),
        (["--groups", "drop", "--min-area", "10"], [CAR, PERSON]),
        (["--groups", "drop", "--min-area", "151"], []),
        (["--groups", "drop", "--min-area", "151", "--extent", "full"], [DRAWN_CAR]),
        (["--groups", "drop", "--classes", "car"], [CAR]),
        (["--groups", "merge", "--classes", "car"], [CAR, GROUP]),
        (["--groups", "drop", "--classes", "things"], [CAR, PERSON, BUS, CARAVAN]),
        (["--groups", "drop", "--classes", "sky,static"], [SKY, STATIC]),
        (["--classes", "cargroup"], [("cargroup", GROUP[1])]),
        (
            ["--classes", "raw"],
            [SKY, CAR, PERSON, ("cargroup", GROUP[1]), BUS, CARAVAN, STATIC],
        ),
    ],
)  # fmt: skip
def test_a_selection_gives_the_same_boxes(
    options: list[str], expected: list[tuple[str, list[int]]], command: str, tmp_path: Path
) -> None:
    assert boxes(tmp_path, command, *options) == expected


def test_groups_are_crowds_in_coco_difficult_in_voc_and_not_in_yolo_when_nothing_is_said(tmp_path: Path) -> None:
    assert boxes(tmp_path / "coco", "coco") == boxes(tmp_path / "voc", "voc") == [CAR, PERSON, GROUP, BUS]
    assert boxes(tmp_path / "yolo", "yolo") == [CAR, PERSON, BUS]


@pytest.mark.parametrize("command", BOX_FORMATS)
def test_a_class_map_merges_renames_and_drops(command: str, tmp_path: Path) -> None:
    path = class_map(tmp_path, 'vehicle = ["car", "bus", "caravan"]', '"on foot" = ["person"]')
    options = ("--class-map", path, "--groups", "drop")
    assert sorted(class_names(tmp_path / "names", command, *options)) == ["on foot", "vehicle"]
    assert boxes(tmp_path / "boxes", command, *options) == [
        ("vehicle", CAR[1]),
        ("on foot", PERSON[1]),
        ("vehicle", BUS[1]),
        ("vehicle", CARAVAN[1]),
    ]


@pytest.mark.parametrize("command", BOX_FORMATS)
def test_a_class_map_can_make_a_class_of_a_group(command: str, tmp_path: Path) -> None:
    path = class_map(tmp_path, 'parked = ["cargroup"]')
    assert boxes(tmp_path, command, "--class-map", path) == [("parked", GROUP[1])]


@pytest.mark.parametrize("command", ["coco", "panoptic", "yolo", "voc", "labelmap"])
@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--classes", "car,lorry"], "unknown class 'lorry'"),
        (["--classes", "car,car"], "'car' is duplicated"),
        (["--class-map", "map.toml", "--classes", "car"], "cannot be combined"),
        (["--class-map", "map.toml", "--groups", "class"], "name the groups in the class map"),
        (["--class-map", "nowhere.toml"], "nowhere.toml: no such file or directory"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused_in_every_format(
    options: list[str], complaint: str, command: str, tmp_path: Path
) -> None:
    class_map(tmp_path, 'vehicle = ["car"]')
    where = [str(tmp_path / word) if word.endswith(".toml") else word for word in options]
    with pytest.raises(UsageError, match=complaint):
        convert_scene(tmp_path, SCENE, command, *where)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            'vehicle = ["lorry"]',
            "map.toml: 'lorry' is neither in the label table cityscapes nor in an annotation - at `classes.vehicle`",
        ),
        ('a = ["car"]\nb = ["car"]', "map.toml: 'car' is mapped twice - at `classes.b`"),
    ],
)
def test_a_mistake_in_a_class_map_is_one_line_that_names_it(line: str, complaint: str, tmp_path: Path) -> None:
    path = class_map(tmp_path, line)
    source = write_dataset(tmp_path / "source", {FRAME: SCENE})
    outcome = run_inline("yolo", source, "-o", tmp_path / "out", "--class-map", path)
    assert outcome.status == 2
    assert outcome.err.splitlines()[0] == f"error: {path.removesuffix('map.toml')}{complaint}"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("extent", ["visible", "full"])
def test_areas_and_masks_follow_the_extent(extent: str, tmp_path: Path) -> None:
    files = convert_scene(tmp_path, SCENE, "coco", "--classes", "car", "--groups", "drop", "--extent", extent)
    annotations = json.loads(files["annotations/instances_train.json"])["annotations"]
    assert [item["area"] for item in annotations] == {"visible": [150], "full": [200, 9]}[extent]


# --- COCO's own options -----------------------------------------------------------------------------------------------


def coco(folder: Path, *options: str) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(
        convert_scene(folder, SCENE, "coco", *options)["annotations/instances_train.json"]
    )
    return written


def test_the_semantic_task_has_one_mask_a_class_groups_included_and_the_19_classes(tmp_path: Path) -> None:
    written = coco(tmp_path, "--task", "semantic")
    names = {item["id"]: item["name"] for item in written["categories"]}
    assert list(names.values()) == STUFF + INSTANCES
    assert [(names[item["category_id"]], item["area"], item["iscrowd"]) for item in written["annotations"]] == [
        ("sky", 512, 0),
        ("car", 350, 0),
        ("person", 120, 0),
        ("bus", 9, 0),
    ]


def test_the_detection_task_has_boxes_and_areas_and_no_masks(tmp_path: Path) -> None:
    written = coco(tmp_path, "--task", "detection")
    assert [(item["area"], item["segmentation"]) for item in written["annotations"]] == [
        (150, []),
        (120, []),
        (200, []),
        (9, []),
    ]


def test_polygons_are_rings_along_the_corners_of_pixels_and_crowds_stay_run_length_codes(tmp_path: Path) -> None:
    car, person, group, bus = (
        item["segmentation"] for item in coco(tmp_path, "--segmentation", "polygon")["annotations"]
    )
    assert car == [[0, 10, 15, 10, 15, 20, 0, 20]]
    assert person == [[15, 10, 25, 10, 25, 22, 15, 22]]
    assert bus == [[30, 25, 33, 25, 33, 28, 30, 28]]
    assert group["size"] == [32, 64]


def test_masks_can_be_left_out_of_instances(tmp_path: Path) -> None:
    assert [item["segmentation"] for item in coco(tmp_path, "--segmentation", "none")["annotations"]] == [[]] * 4


@pytest.mark.parametrize(
    ("scheme", "ids"), [("label", [26, 24, 26, 28]), ("train", [13, 11, 13, 15]), ("contiguous", [3, 1, 3, 5])]
)
def test_category_ids_follow_the_scheme(scheme: str, ids: list[int], tmp_path: Path) -> None:
    written = coco(tmp_path, "--category-ids", scheme)
    assert [item["category_id"] for item in written["annotations"]] == ids


# --- subset and accounting ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("coco", "annotations/instances_munster.json"),
        ("yolo", "labels/munster/munster_000000_000019_leftImg8bit.txt"),
        ("voc", "VOCdevkit/VOC2012/ImageSets/Main/munster.txt"),
        ("panoptic", "cityscapes_panoptic_munster.json"),
    ],
)
def test_dividing_by_city_changes_where_annotations_go_and_not_which_there_are(
    command: str, file: str, tmp_path: Path
) -> None:
    outputs = {}
    for split_by in ("split", "city"):
        folder = tmp_path / split_by
        report = folder / "report.json"
        files = convert_dataset(folder, SCENES, command, "--split-by", split_by, "--report", str(report))
        assert (file in files) == (split_by == "city")
        (outputs[split_by],) = json.loads(report.read_bytes())["outputs"]
    assert outputs["split"] == outputs["city"]
    assert outputs["city"]["written"] > 0


def accounts(folder: Path, command: str, *options: str) -> tuple[int, int, dict[str, dict[str, int]]]:
    """Return the number of objects of the scene, of what was written, and what was left out, as the report has it."""
    convert_scene(folder, SCENE, command, "--report", str(folder / "report.json"), *options)
    report = json.loads((folder / "report.json").read_bytes())
    (output,) = report["outputs"]
    return report["objects"], output["written"], output["skipped"]


@pytest.mark.parametrize("command", BOX_FORMATS)
@pytest.mark.parametrize("classes", ["instances", "eval", "raw"])
@pytest.mark.parametrize("more", [[], ["--min-area", "100"], ["--extent", "full"], ["--groups", "drop"]])
def test_every_object_is_written_or_counted_as_left_out(
    more: list[str], classes: str, command: str, tmp_path: Path
) -> None:
    objects, written, skipped = accounts(tmp_path, command, "--classes", classes, *more)
    assert objects == len(SCENE["objects"])
    assert written + sum(sum(names.values()) for names in skipped.values()) == objects


@pytest.mark.parametrize("command", BOX_FORMATS)
def test_what_is_left_out_is_counted_by_reason_and_name(command: str, tmp_path: Path) -> None:
    _, written, skipped = accounts(tmp_path, command, "--groups", "drop", "--min-area", "10")
    assert written == 2
    assert skipped == {
        "class": {"sky": 1, "caravan": 1, "static": 1},
        "group": {"cargroup": 1},
        "hidden": {"car": 1},
        "min_area": {"bus": 1},
    }


HIDDEN_MEMBERS = document(
    ("cargroup", box(0, 0, 4, 4)),
    ("cargroup", box(20, 0, 4, 4)),  # hidden
    ("pole", box(30, 0, 2, 9)),
    ("pole", box(21, 1, 1, 1)),  # hidden
    ("car", box(18, 0, 9, 9)),
)


@pytest.mark.parametrize(
    ("command", "options", "hidden"),
    [
        ("coco", ["--classes", "car,pole"], {"cargroup": 1, "pole": 1}),
        ("coco", ["--task", "semantic"], {"cargroup": 1, "pole": 1}),
        ("voc", ["--classes", "car,pole"], {"cargroup": 1, "pole": 1}),
        ("voc", ["--task", "semantic"], {"cargroup": 1, "pole": 1}),
        ("panoptic", [], {"cargroup": 1, "pole": 1}),
        ("labelmap", [], {"cargroup": 1, "pole": 1}),
    ],
)
def test_hidden_objects_are_counted_even_where_others_of_their_class_or_crowd_are_visible(
    command: str, options: list[str], hidden: dict[str, int], tmp_path: Path
) -> None:
    convert_scene(tmp_path, HIDDEN_MEMBERS, command, "--report", str(tmp_path / "report.json"), *options)
    (output,) = json.loads((tmp_path / "report.json").read_bytes())["outputs"]
    assert output["skipped"] == {"hidden": hidden}


def test_the_summary_counts_skipped_objects_by_reason(tmp_path: Path) -> None:
    convert_scene(tmp_path, SCENE, "yolo")
    outcome = run_inline("yolo", tmp_path / "source", "-o", tmp_path / "again", "--min-area", "10", "-v")
    lines = [line.strip() for line in outcome.err.splitlines()]
    assert lines[0].startswith("note: ")  # all images are training images
    assert re.match("yolo: 1 frame.*, 2 rows", lines[1])
    for number, reason in ((3, "not selected"), (1, "group"), (1, "hidden"), (1, "--min-area")):
        assert [line for line in lines if re.match(f"skipped: {number} object.*{reason}", line)]
    assert {"1 cargroup", "1 bus", "1 car", "1 sky", "1 static", "1 caravan"} <= set(lines)


def test_label_maps_follow_the_same_selection(tmp_path: Path) -> None:
    files = convert_scene(tmp_path, SCENE, "labelmap", "--kind", "labelIds", "--classes", "car,sky", "--groups", "drop")
    (content,) = files.values()
    image = decode_image(content)
    values, counts = np.unique(image, return_counts=True)
    found = dict(zip(values.tolist(), counts.tolist(), strict=True))
    assert found == {23: 512, 26: 150, 0: 2048 - 512 - 150}
