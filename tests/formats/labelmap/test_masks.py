"""One binary PNG for every class present."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.builders import FRAME, box, document, write_dataset
from tests.commands import convert_scene, invoke
from tests.pngs import GRAY, decode_image, header

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Document

FOLDER = f"gtFine/{FRAME}_gtFine_masks"
SCENE = document(
    ("road", box(0, 0, 8, 8)),
    ("rider", box(1, 1, 2, 2)),  # hidden
    ("cargroup", box(0, 0, 4, 4)),
    ("car", box(6, 6, 2, 2)),
    ("license plate", box(6, 6, 1, 1)),
    width=8,
    height=8,
)


def masks(folder: Path, scene: Document, *options: str) -> dict[str, list[list[int]]]:
    """Return the pixels of each class's mask, those in it as [row, column]."""
    found = {}
    for name, content in convert_scene(folder, scene, "labelmap", "--kind", "masks", *options).items():
        image = decode_image(content)
        assert header(content) == (8, 8, 8, GRAY)
        assert set(np.unique(image)) <= {0, 255}
        found[name.removeprefix(f"{FOLDER}/").removesuffix(".png")] = np.argwhere(image).tolist()
    return found


def square(row: int, column: int, side: int) -> list[list[int]]:
    return [[row + down, column + right] for down in range(side) for right in range(side)]


def test_every_class_that_is_visible_has_a_mask_of_its_pixels_and_no_other_class_has(tmp_path: Path) -> None:
    found = masks(tmp_path, SCENE)
    assert found["car"] == square(0, 0, 4) + square(6, 6, 2)  # groups with their class
    assert found.keys() == {"road", "car"}
    assert len(found["road"]) == 64 - 16 - 4


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--groups", "drop"], ["car", "road"]),
        (["--groups", "class"], ["car", "cargroup", "road"]),
        (["--classes", "car"], ["car"]),
        (["--classes", "raw"], ["car", "cargroup", "license plate", "road"]),
    ],
)
def test_selections_choose_the_masks(options: list[str], names: list[str], tmp_path: Path) -> None:
    assert sorted(masks(tmp_path, SCENE, *options)) == names


def test_dropped_groups_are_in_no_mask(tmp_path: Path) -> None:
    assert masks(tmp_path, SCENE, "--groups", "drop")["car"] == square(6, 6, 2)


def test_groups_as_classes_have_their_own_mask(tmp_path: Path) -> None:
    assert masks(tmp_path, SCENE, "--groups", "class")["cargroup"] == square(0, 0, 4)


def test_raw_masks_have_licence_plates_in_front(tmp_path: Path) -> None:
    found = masks(tmp_path, SCENE, "--classes", "raw")
    assert found["license plate"] == [[6, 6]]
    assert found["car"] == [[6, 7], [7, 6], [7, 7]]


def test_a_class_map_names_the_masks(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[classes]\n"road user" = ["car", "rider"]\n')
    assert masks(tmp_path, SCENE, "--class-map", str(path)) == {"road user": square(0, 0, 4) + square(6, 6, 2)}


def test_masks_of_an_earlier_run_do_not_stay_behind(tmp_path: Path) -> None:
    masks(tmp_path, SCENE)
    source = write_dataset(tmp_path / "source", {FRAME: document(("road", box(0, 0, 8, 8)), width=8, height=8)})
    assert invoke("labelmap", source, "-o", tmp_path / "out", "--kind", "masks", "--overwrite", "-j", "1").status == 0
    assert [path.name for path in (tmp_path / "out" / FOLDER).iterdir()] == ["road.png"]


def test_every_file_and_every_hidden_object_is_counted(tmp_path: Path) -> None:
    found = masks(tmp_path, SCENE, "--report", str(tmp_path / "report.json"))
    (output,) = json.loads((tmp_path / "report.json").read_bytes())["outputs"]
    assert output["written"] == len(found) == 2
    assert output["skipped"] == {"hidden": {"rider": 1}}  # license plates are in no released map, and not counted


def test_an_empty_scene_has_no_masks(tmp_path: Path) -> None:
    assert masks(tmp_path, document(width=8, height=8)) == {}
