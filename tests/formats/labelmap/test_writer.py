"""Label maps: the value of every pixel, for scenes worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cityconv.errors import UsageError
from tests.builders import FRAME, SCENES, box, document, street, write_dataset
from tests.commands import complaint, convert_dataset, convert_scene, run_inline
from tests.pngs import GRAY, RGBA, decode_image, header

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.builders import Document

KINDS = ("labelIds", "labelTrainIds", "instanceIds", "instanceTrainIds", "color", "categoryIds")


def strip(*labels: str, **more: object) -> Document:
    """Return a scene 32 pixels high whose columns, from the left, are one object each; `-` leaves one out."""
    return document(
        *((label, box(x, 0, 1, 32), more) for x, label in enumerate(labels) if label != "-"), width=len(labels)
    )


def pixels(folder: Path, scene: Document, kind: str, *options: str) -> NDArray[Any]:
    """Return the map of a scene."""
    files = convert_scene(folder, scene, "labelmap", "--kind", kind, *options)
    content = files[f"gtFine/{FRAME}_gtFine_{kind}.png"]
    return decode_image(content)


def row(folder: Path, scene: Document, kind: str, *options: str) -> list[int]:
    """Return the values of the topmost row of the map of a scene."""
    values: list[int] = pixels(folder, scene, kind, *options)[0].tolist()
    return values


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("labelIds", [7, 0, 26, 26, 24, 29, 18, 0, 4]),
        ("labelTrainIds", [0, 255, 13, 13, 11, 255, 255, 255, 255]),
        ("instanceIds", [7, 0, 26000, 26, 24000, 29000, 18, 0, 4]),
        ("instanceTrainIds", [0, 255, 13000, 13, 11000, 255, 255, 255, 255]),
        ("categoryIds", [1, 0, 7, 7, 6, 7, 3, 0, 0]),
    ],
)
def test_each_kind_has_the_value_of_stuff_things_groups_void_and_background(
    kind: str, values: list[int], tmp_path: Path
) -> None:
    scene = strip("road", "-", "car", "cargroup", "person", "caravan", "polegroup", "unlabeled", "static")
    assert row(tmp_path, scene, kind) == values


def test_colors_are_those_of_the_table_and_opaque(tmp_path: Path) -> None:
    image = pixels(tmp_path, strip("road", "-", "car", "cargroup", "license plate"), "color")
    rgba = image[0][:, [2, 1, 0, 3]].tolist()
    assert rgba == [[128, 64, 128, 255], [0, 0, 0, 255], [0, 0, 142, 255], [0, 0, 142, 255], [0, 0, 0, 255]]


def test_instances_are_numbered_by_class_in_the_order_of_the_file(tmp_path: Path) -> None:
    scene = strip("car", "person", "car", "cargroup", "rider", "person", "car")
    assert row(tmp_path, scene, "instanceIds") == [26000, 24000, 26001, 26, 25000, 24001, 26002]


def test_the_background_has_the_value_of_unlabeled_in_its_table(tmp_path: Path) -> None:
    assert row(tmp_path, strip("road", "-"), "labelIds", "--labels", "idd") == [0, 35]


def test_hidden_objects_have_a_number_too(tmp_path: Path) -> None:
    scene = document(("car", box(0, 0, 2, 9)), ("car", box(1, 0, 1, 9)), ("car", box(1, 0, 2, 9)), width=3)
    assert row(tmp_path, scene, "instanceIds") == [26000, 26002, 26002]


def test_objects_without_a_pixel_have_a_number_too(tmp_path: Path) -> None:
    scene = document(("car", [[1, 1], [3, 1]]), ("car", box(0, 0, 3, 9)), width=3)
    assert row(tmp_path, scene, "instanceTrainIds") == [13001, 13001, 13001]


def test_deleted_objects_have_none(tmp_path: Path) -> None:
    deleted = ("car", box(0, 0, 1, 9), {"deleted": 1})
    assert row(tmp_path, document(deleted, ("car", box(1, 0, 1, 9)), width=2), "instanceIds") == [0, 26000]


def test_what_lies_under_a_licence_plate_stays_visible(tmp_path: Path) -> None:
    scene = document(("car", box(0, 0, 3, 9)), ("license plate", box(1, 0, 1, 9)), width=3)
    for kind, value in (("labelIds", 26), ("instanceIds", 26000), ("labelTrainIds", 13), ("categoryIds", 7)):
        assert row(tmp_path / kind, scene, kind) == [value] * 3


def test_a_later_object_hides_an_earlier_one(tmp_path: Path) -> None:
    scene = document(("car", box(0, 0, 3, 9)), ("road", box(1, 0, 1, 9)), width=3)
    assert row(tmp_path, scene, "labelIds") == [26, 7, 26]


def test_maps_have_the_size_of_the_image_and_polygons_are_cut_off_at_its_border(tmp_path: Path) -> None:
    scene = document(("sky", [[-9, -9], [99, -9], [99, 99], [-9, 99]]), width=37, height=21)
    image = pixels(tmp_path, scene, "labelIds")
    assert image.shape == (21, 37)
    assert (image == 23).all()


@pytest.mark.parametrize("kind", KINDS)
def test_maps_have_the_modes_and_depths_of_the_released_ones(kind: str, tmp_path: Path) -> None:
    files = convert_scene(tmp_path, street(), "labelmap", "--kind", kind)
    bits = 16 if kind.startswith("instance") else 8
    assert list(files) == [f"gtFine/{FRAME}_gtFine_{kind}.png"]
    assert header(*files.values()) == (64, 32, bits, RGBA if kind == "color" else GRAY)


def test_several_kinds_come_out_of_one_run_and_label_ids_when_none_is_named(tmp_path: Path) -> None:
    alone = convert_scene(tmp_path / "default", street(), "labelmap")
    wanted = [option for kind in KINDS for option in ("--kind", kind)]
    together = convert_scene(tmp_path / "all", street(), "labelmap", *wanted)
    assert list(alone) == [f"gtFine/{FRAME}_gtFine_labelIds.png"]
    assert set(together) == {f"gtFine/{FRAME}_gtFine_{kind}.png" for kind in KINDS}
    assert alone.items() <= together.items()


def test_maps_of_coarse_annotations_are_called_so(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, {FRAME: street()}, "labelmap", tree="gtCoarse")
    assert list(files) == [f"gtCoarse/{FRAME}_gtCoarse_labelIds.png"]


def test_a_thousand_instances_of_a_class_are_numbered(tmp_path: Path) -> None:
    persons = [("person", box(0, 0, 2, 4))] * 1000
    assert row(tmp_path, document(*persons, width=2), "instanceIds") == [24999, 24999]


@pytest.mark.parametrize("kind", ["instanceIds", "instanceTrainIds"])
def test_one_more_would_run_into_the_next_class_and_is_refused(kind: str, tmp_path: Path) -> None:
    message = complaint(tmp_path, document(*[("person", box(0, 0, 2, 4))] * 1001, width=2), "labelmap", "--kind", kind)
    assert f"{FRAME}_gtFine_polygons.json: 1001 instances of 'person'" in message


def test_many_groups_and_much_stuff_are_no_instances(tmp_path: Path) -> None:
    scene = document(*[("persongroup", box(0, 0, 1, 4)), ("pole", box(1, 0, 1, 4))] * 1001, width=2)
    assert row(tmp_path, scene, "instanceIds") == [24, 17]


def class_map(folder: Path, *lines: str) -> str:
    path = folder / "classes.toml"
    path.write_text("\n".join(("[classes]", *lines)))
    return str(path)


def test_a_class_map_gives_the_values(tmp_path: Path) -> None:
    path = class_map(tmp_path, 'ground = ["road", "sidewalk"]', 'vehicle = ["car", "bus"]')
    scene = strip("road", "car", "person", "bus", "busgroup", "sidewalk")
    values = {"labelIds": [1, 2, 0, 2, 2, 1], "instanceTrainIds": [0, 1000, 255, 1001, 1, 0]}
    for kind, expected in values.items():
        assert row(tmp_path / kind, scene, kind, "--class-map", path) == expected


def test_a_class_of_names_that_no_table_has_is_of_no_category(tmp_path: Path) -> None:
    path = class_map(tmp_path, 'ground = ["road"]', 'bird = ["kiwi"]')
    assert row(tmp_path, strip("road", "kiwi"), "categoryIds", "--class-map", path) == [1, 0]


def test_a_thing_whose_id_is_0_is_refused_where_instances_are_numbered(tmp_path: Path) -> None:
    path = class_map(tmp_path, 'vehicle = ["car"]', 'ground = ["road"]')
    with pytest.raises(UsageError, match=r"instance ids of 'vehicle', whose .*id is 0"):
        convert_scene(tmp_path, strip("car"), "labelmap", "--kind", "instanceTrainIds", "--class-map", path)
    assert row(tmp_path, strip("car"), "instanceIds", "--class-map", path) == [1000]


def test_classes_that_are_not_selected_are_background_and_still_hide_others(tmp_path: Path) -> None:
    scene = document(("car", box(0, 0, 3, 9)), ("road", box(1, 0, 1, 9)), ("car", box(2, 0, 1, 9)), width=3)
    assert row(tmp_path, scene, "instanceIds", "--classes", "car") == [26000, 0, 26001]


@pytest.mark.parametrize(
    ("groups", "values"), [("crowd", [26, 26000]), ("drop", [0, 26000]), ("merge", [26000, 26001])]
)
def test_groups_become_what_was_asked_for(groups: str, values: list[int], tmp_path: Path) -> None:
    assert row(tmp_path, strip("cargroup", "car"), "instanceIds", "--groups", groups) == values


def test_classes_without_an_id_have_no_label_map(tmp_path: Path) -> None:
    for options in (["--classes", "raw"], ["--groups", "class"], ["--classes", "car,license plate"]):
        with pytest.raises(UsageError, match="no value in a label map"):
            convert_scene(tmp_path, strip("car"), "labelmap", *options)


def test_license_plates_are_drawn_where_they_are_selected(tmp_path: Path) -> None:
    scene = document(("person", box(0, 0, 2, 9)), ("license plate", box(1, 0, 1, 9)), width=2)
    assert row(tmp_path, scene, "categoryIds", "--classes", "raw") == [6, 7]


def test_an_empty_scene_is_all_background(tmp_path: Path) -> None:
    assert not pixels(tmp_path, document(), "labelIds").any()


def test_metadata_lists_each_photograph_with_its_maps(tmp_path: Path) -> None:
    kinds = ("--kind", "labelIds", "--kind", "instanceIds", "--kind", "masks")
    files = convert_dataset(tmp_path, SCENES, "labelmap", *kinds, "--metadata")
    rows = [json.loads(line) for line in files["metadata.jsonl"].decode().splitlines()]
    assert rows[0] == {
        "file_name": "leftImg8bit/test/bonn/bonn_000000_000019_leftImg8bit.png",
        "labelIds_file_name": "gtFine/test/bonn/bonn_000000_000019_gtFine_labelIds.png",
        "instanceIds_file_name": "gtFine/test/bonn/bonn_000000_000019_gtFine_instanceIds.png",
        "split": "test",
        "city": "bonn",
        "frame": "bonn_000000_000019",
    }
    assert [f"{row['split']}/{row['city']}/{row['frame']}" for row in rows] == sorted(SCENES)
    assert {row["labelIds_file_name"] for row in rows} < files.keys()


def test_metadata_of_masks_alone_is_refused(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", SCENES)
    outcome = run_inline("labelmap", source, "-o", tmp_path / "out", "--kind", "masks", "--metadata")
    assert outcome.status != 0
    assert "--metadata needs a --kind with one PNG per frame" in outcome.err
