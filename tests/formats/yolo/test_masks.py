"""The masks of the semantic task, for scenes worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml

from tests.builders import FLAT_FRAME, FRAME, SCENES, box, document, write_dataset
from tests.check.planted import Fault, check_fault, cut, edit_text, every, in_file, in_pixels
from tests.commands import convert_dataset, convert_scene, run_inline
from tests.pngs import decode_image

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MASK = f"masks/{FLAT_FRAME}_leftImg8bit.png"
ROAD, SKY, PERSON, CAR, IGNORED = 0, 10, 11, 13, 255
STRIP = document(
    ("road", box(0, 0, 2, 1)),
    ("sky", box(2, 0, 2, 1)),
    ("car", box(4, 0, 2, 1)),
    ("cargroup", box(6, 0, 1, 1)),
    ("person", box(7, 0, 1, 1)),
    ("static", box(8, 0, 2, 1)),
    width=12,
    height=1,
)


def mask(folder: Path, *options: str) -> NDArray[np.uint8]:
    """Return the only row of the mask of the strip."""
    content = convert_scene(folder, STRIP, "yolo", "--task", "semantic", *options)[MASK]
    pixels: NDArray[np.uint8] = decode_image(content)
    assert pixels.dtype == np.uint8
    return pixels[0]


def description(folder: Path) -> dict[str, object]:
    content: dict[str, object] = yaml.safe_load((folder / "out/data.yaml").read_text())
    return content


def test_pixels_are_train_ids_groups_belong_to_their_class_and_the_rest_is_ignored(tmp_path: Path) -> None:
    row = mask(tmp_path)
    assert row.tolist() == [ROAD] * 2 + [SKY] * 2 + [CAR] * 3 + [PERSON] + [IGNORED] * 4
    written = description(tmp_path)
    assert written["masks_dir"] == "masks"
    assert "label_mapping" not in written
    names = written["names"]
    assert isinstance(names, dict)
    assert (names[ROAD], names[CAR], len(names)) == ("road", "car", 19)


def test_masks_equal_the_label_maps_of_train_ids(tmp_path: Path) -> None:
    masks = convert_dataset(tmp_path / "yolo", SCENES, "yolo", "--task", "semantic")
    maps = convert_dataset(tmp_path / "maps", SCENES, "labelmap", "--kind", "labelTrainIds")
    assert masks[MASK] == maps[f"gtFine/{FRAME}_gtFine_labelTrainIds.png"]


def test_label_ids_are_mapped_to_the_numbers_of_the_classes(tmp_path: Path) -> None:
    row = mask(tmp_path, "--category-ids", "label")
    assert row.tolist() == [7] * 2 + [23] * 2 + [26] * 3 + [24] + [IGNORED] * 4
    mapping = description(tmp_path)["label_mapping"]
    assert isinstance(mapping, dict)
    assert (mapping[7], mapping[26], len(mapping)) == (ROAD, CAR, 19)


def test_selected_classes_are_numbered_from_0(tmp_path: Path) -> None:
    row = mask(tmp_path, "--classes", "car,person", "--groups", "drop")
    assert row.tolist() == [IGNORED] * 4 + [0] * 2 + [IGNORED] + [1] + [IGNORED] * 4
    assert description(tmp_path)["names"] == {0: "car", 1: "person"}


def test_classes_of_few_pixels_are_ignored(tmp_path: Path) -> None:
    assert set(mask(tmp_path, "--min-area", "3").tolist()) == {CAR, IGNORED}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--task", "semantic", "--extent", "full"), "the masks of --task semantic show what is visible"),
        (("--category-ids", "label"), "--category-ids is for --task semantic"),
    ],
)
def test_options_without_a_meaning_are_refused(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", SCENES)
    outcome = run_inline("yolo", source, "-o", tmp_path / "out", *options)
    assert outcome.status != 0
    assert message in outcome.err
    assert not (tmp_path / "out").exists()


def last_pixel(pixels: NDArray[np.uint8]) -> None:
    pixels[-1, -1] = 3


FAULTS: dict[str, Fault] = {
    "a pixel": (in_pixels(MASK, last_pixel), "pixels", "1 pixel differs, first at x 63, y 31: 3 where"),
    "a missing mask": (in_file(MASK, lambda path: path.unlink()), "missing", "missing"),
    "a truncated mask": (in_file(MASK, cut), "unreadable", "truncated after byte"),
    "a mask of colors": (in_pixels(MASK, lambda pixels: np.dstack([pixels] * 3)), "unreadable", "8-bit RGB where"),
    "another folder": (
        lambda out: edit_text(out / "data.yaml", "masks_dir: masks", "masks_dir: other"), "value", "masks_dir: 'other'",
    ),
    "a mapping": (
        lambda out: edit_text(out / "data.yaml", "names:", "label_mapping: {7: 0}\nnames:"), "value", "label_mapping",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "fault"), every(FAULTS, "yolo", "--task", "semantic"))
def test_a_planted_fault_is_found(arguments: tuple[str, ...], fault: Fault, tmp_path: Path) -> None:
    check_fault(tmp_path, arguments, fault)
