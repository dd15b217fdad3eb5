"""YOLO rows and data.yaml, for scenes worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tests.builders import FLAT_FRAME, SCENES, box, document, write_dataset
from tests.commands import convert_dataset, convert_scene, invoke, run_inline

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.builders import Document

LABELS = f"labels/{FLAT_FRAME}_leftImg8bit.txt"
SCENE = document(
    ("sky", box(0, 0, 12, 3)),
    ("cargroup", box(8, 0, 2, 2)),
    ("car", box(1, 1, 5, 4)),
    ("person", box(4, 3, 4, 4)),
    ("car", box(9, 6, 1, 1)),  # hidden
    ("cargroup", box(9, 5, 3, 3)),
    width=12,
    height=8,
)
PERSON, CAR = 0, 2


def rows(folder: Path, scene: Document, *options: str) -> list[tuple[int, list[float]]]:
    """Return class and coordinates of each row of a scene."""
    lines = convert_scene(folder, scene, "yolo", *options)[LABELS].decode().splitlines()
    return [(int(line.split()[0]), list(map(float, line.split()[1:]))) for line in lines]


def filled(coordinates: list[float], width: int, height: int) -> NDArray[np.bool_]:
    """Return the mask that fractions cut off and OpenCV's filling make of an outline."""
    points = (np.array(coordinates, np.float32).reshape(-1, 2) * (width, height)).astype(np.int32)
    return cv2.fillPoly(np.zeros((height, width), np.uint8), [points], 1).astype(bool)


def test_detect_rows_are_the_centre_and_the_size_of_visible_boxes_as_parts_of_the_image(tmp_path: Path) -> None:
    assert convert_scene(tmp_path, SCENE, "yolo")[LABELS].decode().splitlines() == [
        f"{CAR} 0.291667 0.375000 0.416667 0.500000",  # columns 1 to 5 of 12, rows 1 to 4 of 8
        f"{PERSON} 0.500000 0.625000 0.333333 0.500000",  # columns 4 to 7, rows 3 to 6
    ]


def test_full_boxes_are_as_drawn_and_hidden_objects_have_one(tmp_path: Path) -> None:
    scene = document(("car", box(0, 0, 8, 4)), ("bus", box(0, 0, 4, 8)), ("car", box(1, 1, 2, 2)), width=8, height=8)
    assert rows(tmp_path / "visible", scene) == [
        (CAR, [0.75, 0.25, 0.5, 0.5]),
        (4, [0.25, 0.5, 0.5, 1.0]),
        (CAR, [0.25, 0.25, 0.25, 0.25]),
    ]
    covered = document(("car", box(1, 1, 2, 2)), ("car", box(0, 0, 8, 4)), ("bus", box(0, 0, 4, 8)), width=8, height=8)
    assert rows(tmp_path / "hidden", covered)[0] == (CAR, [0.75, 0.25, 0.5, 0.5])
    assert rows(tmp_path / "full", covered, "--extent", "full") == [
        (CAR, [0.25, 0.25, 0.25, 0.25]),
        (CAR, [0.5, 0.25, 1.0, 0.5]),
        (4, [0.25, 0.5, 0.5, 1.0]),
    ]


def test_segment_rows_go_through_pixel_centres_a_quarter_of_a_pixel_in(tmp_path: Path) -> None:
    _, person = rows(tmp_path, SCENE, "--task", "segment")
    points = np.array(person[1]).reshape(-1, 2) * (12, 8)
    assert person[0] == PERSON
    np.testing.assert_allclose(points, [[4.25, 3.25], [7.25, 3.25], [7.25, 6.25], [4.25, 6.25]], atol=1e-5)


def test_segment_rows_filled_are_the_visible_pixels(tmp_path: Path) -> None:
    (_, car), (_, person) = rows(tmp_path, SCENE, "--task", "segment")
    expected = np.zeros((2, 8, 12), bool)
    expected[0, 1:5, 1:6] = expected[1, 3:7, 4:8] = True
    expected[0, 3:5, 4:6] = False  # the person is in front
    np.testing.assert_array_equal([filled(car, 12, 8), filled(person, 12, 8)], expected)


def test_an_object_of_several_parts_is_one_row_that_holds_them_all(tmp_path: Path) -> None:
    scene = document(("car", box(2, 2, 20, 6)), ("pole", box(10, 0, 3, 30)))
    ((number, outline),) = rows(tmp_path, scene, "--task", "segment")
    mask = filled(outline, 64, 32)
    visible = np.zeros((32, 64), bool)
    visible[2:8, 2:22] = True
    visible[:, 10:13] = False
    assert number == CAR
    assert mask[visible].all()
    assert np.count_nonzero(mask & ~visible) == 3  # a bridge across the pole, one pixel wide


def test_a_hole_stays_open(tmp_path: Path) -> None:
    scene = document(("car", box(2, 2, 20, 20)), ("person", box(6, 6, 10, 10)))
    (_, car), _ = rows(tmp_path, scene, "--task", "segment")
    mask = filled(car, 64, 32)
    visible = np.zeros((32, 64), bool)
    visible[2:22, 2:22] = True
    visible[6:16, 6:16] = False
    np.testing.assert_array_equal(mask, visible)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5, 1), (1, 5), (2, 2)])
def test_the_smallest_objects_have_rows_of_three_points_at_least(width: int, height: int, tmp_path: Path) -> None:
    ((_, outline),) = rows(tmp_path, document(("car", box(7, 9, width, height))), "--task", "segment")
    expected = np.zeros((32, 64), bool)
    expected[9 : 9 + height, 7 : 7 + width] = True
    assert len(outline) >= 6
    np.testing.assert_array_equal(filled(outline, 64, 32), expected)


def test_oriented_boxes_of_upright_objects_are_their_corners(tmp_path: Path) -> None:
    _, (number, person) = rows(tmp_path, SCENE, "--task", "obb")
    corners = sorted((np.array(person).reshape(-1, 2) * (12, 8)).round(4).tolist())
    assert number == PERSON
    assert corners == [[4, 3], [4, 7], [8, 3], [8, 7]]


def test_oriented_boxes_turn_with_their_objects(tmp_path: Path) -> None:
    diamond = document(("car", [[16, 6], [26, 16], [16, 26], [6, 16]]))
    ((_, outline),) = rows(tmp_path, diamond, "--task", "obb")
    corners = (np.array(outline).reshape(-1, 2) * (64, 32)).astype(np.float32)
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    assert len(corners) == 4
    np.testing.assert_allclose(sides, 23 / 2**0.5, atol=1e-3)  # x + y of its pixels' corners is 21 to 44
    for x, y in [(16, 7), (25, 16), (16, 25), (7, 16)]:
        assert cv2.pointPolygonTest(corners, (x + 0.5, y + 0.5), measureDist=False) > 0


def test_oriented_boxes_stay_within_the_image(tmp_path: Path) -> None:
    scene = document(("car", [[0, 0], [12, 0], [0, 12]]), ("bus", [[63, 31], [50, 31], [63, 18]]))
    for _, outline in rows(tmp_path, scene, "--task", "obb"):
        assert 0 <= min(outline) <= max(outline) <= 1


def test_groups_are_left_out_and_counted_as_yolo_has_no_regions_to_ignore(tmp_path: Path) -> None:
    assert len(rows(tmp_path, SCENE, "--report", str(tmp_path / "report.json"))) == 2
    (output,) = json.loads((tmp_path / "report.json").read_bytes())["outputs"]
    assert output["unit"] == "rows"
    assert output["written"] == 2
    assert output["skipped"] == {"class": {"sky": 1}, "group": {"cargroup": 2}, "hidden": {"car": 1}}


def test_groups_can_be_objects_or_classes(tmp_path: Path) -> None:
    assert [number for number, _ in rows(tmp_path / "a", SCENE, "--groups", "merge")] == [CAR, CAR, PERSON, CAR]
    assert [number for number, _ in rows(tmp_path / "b", SCENE, "--groups", "class")] == [10, CAR, PERSON, 10]
    assert '  10: "cargroup"' in (tmp_path / "b/out/data.yaml").read_text().splitlines()


def test_smaller_objects_are_left_out(tmp_path: Path) -> None:
    scene = document(("car", box(0, 0, 5, 2)), ("car", box(9, 9, 3, 3)))
    assert len(rows(tmp_path / "all", scene, "--min-area", "9")) == 2
    assert rows(tmp_path / "some", scene, "--min-area", "10") == [(CAR, [0.039062, 0.03125, 0.078125, 0.0625])]


@pytest.mark.parametrize("task", ["detect", "segment", "obb"])
def test_a_frame_without_objects_has_an_empty_file(task: str, tmp_path: Path) -> None:
    assert convert_scene(tmp_path, document(("sky", box(0, 0, 9, 9))), "yolo", "--task", task)[LABELS] == b""


def test_classes_are_numbered_from_0_as_selected(tmp_path: Path) -> None:
    files = convert_scene(tmp_path, SCENE, "yolo", "--classes", "sky,car")
    assert files["data.yaml"].decode().endswith('names:\n  0: "sky"\n  1: "car"\n')
    assert [line.split()[0] for line in files[LABELS].decode().splitlines()] == ["0", "1"]


def test_data_yaml_names_splits_and_classes_and_no_path(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, SCENES, "yolo")
    assert files["data.yaml"].decode().splitlines() == [
        "test: images/test",
        "train: images/train",
        "val: images/val",
        "names:",
        '  0: "person"',
        '  1: "rider"',
        '  2: "car"',
        '  3: "truck"',
        '  4: "bus"',
        '  5: "train"',
        '  6: "motorcycle"',
        '  7: "bicycle"',
    ]
    assert sorted(name for name in files if name.startswith("labels/")) == sorted(
        f"labels/{split}/{name}_leftImg8bit.txt" for split, _, name in (key.split("/") for key in SCENES)
    )


def test_a_note_says_which_split_stands_for_another_as_ultralytics_wants_both(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    outcome = invoke("yolo", source, "-o", tmp_path / "out", "--split", "val")
    assert "note: data.yaml names the images of val for train too" in outcome.err
    lines = (tmp_path / "out/data.yaml").read_text().splitlines()
    assert lines[:3] == ["train: images/val", "val: images/val", "names:"]


def test_a_note_says_which_split_data_yaml_cannot_name(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    (tmp_path / "splits.toml").write_text('path = {of = "val"}\ntrain = {of = "train"}\nunlisted = "drop"\n')
    outcome = invoke("yolo", source, "-o", tmp_path / "out", "--splits", tmp_path / "splits.toml")
    assert "note: data.yaml does not name the split path, since path is one of its own keys" in outcome.err
    assert (tmp_path / "out/data.yaml").read_text().splitlines()[:3] == [
        "train: images/train",
        "val: images/train",
        "names:",
    ]


def test_the_output_can_be_divided_by_city(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, SCENES, "yolo", "--split-by", "city")
    assert files["data.yaml"].decode().splitlines()[:3] == [
        "test: images/bonn",
        "train: [images/aachen, images/ulm]",
        "val: images/munster",
    ]
    assert "labels/ulm/ulm_000000_000019_leftImg8bit.txt" in files


def test_names_that_do_not_begin_with_their_city_get_it_in_front(tmp_path: Path) -> None:
    scenes = {"train/drive_1/0001": SCENE, "train/drive_2/0001": SCENE}
    files = convert_dataset(tmp_path, scenes, "yolo")
    assert {"labels/train/drive_1_0001_leftImg8bit.txt", "labels/train/drive_2_0001_leftImg8bit.txt"} <= files.keys()


def test_nested_keeps_the_folders_of_cities(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, SCENES, "yolo", "--nested")
    assert sorted(name for name in files if name.startswith("labels/")) == sorted(
        f"labels/{key}_leftImg8bit.txt" for key in SCENES
    )
    assert "train: images/train" in files["data.yaml"].decode().splitlines()


def test_names_that_would_be_equal_without_folders_are_an_error_that_names_nested(tmp_path: Path) -> None:
    scenes = {"train/a/b_0001": SCENE, "train/a_b/0001": SCENE}
    source = write_dataset(tmp_path / "source", scenes)
    outcome = run_inline("yolo", source, "-o", tmp_path / "out")
    assert outcome.status == 1
    assert "would be written to 'labels/train/a_b_0001_leftImg8bit.txt', as " in outcome.err
    assert "hint: --nested keeps the folders of cities" in outcome.err
    assert not (tmp_path / "out").exists()
    assert run_inline("yolo", source, "-o", tmp_path / "out", "--nested").status == 0
