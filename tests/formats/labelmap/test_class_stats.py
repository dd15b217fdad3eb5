"""Statistics of classes for training, worked out by hand for two frames."""

from __future__ import annotations

import json
from math import log
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import box, document
from tests.commands import convert_dataset

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND, OTHER = "train/aachen/aachen_000000_000019", "train/ulm/ulm_000000_000019", "val/lindau/lindau_0_0"
# In pixels: road 64 * 16 and car 16 * 16 in the first frame, road 64 * 32 in the second.
SCENES = {
    FIRST: document(("road", box(0, 16, 64, 16)), ("static", box(32, 0, 32, 16)), ("car", box(0, 0, 16, 16))),
    SECOND: document(("road", box(0, 0, 64, 32))),
    OTHER: document(("car", box(0, 0, 64, 32))),  # is not for training
}
ROAD, CAR = "0", "13"


def class_stats(folder: Path, *options: str) -> dict[str, Any]:
    """Return the content of each file of statistics."""
    return {name: json.loads(content) for name, content in class_stats_files(folder, *options).items()}


def class_stats_files(folder: Path, *options: str) -> dict[str, bytes]:
    files = convert_dataset(folder, SCENES, "labelmap", "--kind", "labelTrainIds", "--class-stats", *options)
    return {path.rpartition("/")[2]: content for path, content in files.items() if path.endswith(".json")}


def test_pixels_are_counted_by_frame_and_class(tmp_path: Path) -> None:
    stats = class_stats(tmp_path)
    first, second = (f"gtFine/{key}_gtFine_labelTrainIds.png" for key in (FIRST, SECOND))
    assert stats["sample_class_stats_dict.json"] == {first: {ROAD: 1024, CAR: 256}, second: {ROAD: 2048}}
    assert stats["sample_class_stats.json"] == [
        {ROAD: 1024, CAR: 256, "file": first},
        {ROAD: 2048, "file": second},
    ]
    assert stats["samples_with_class.json"] == {ROAD: [[first, 1024], [second, 2048]], CAR: [[first, 256]]}


def test_weights_are_laid_out_to_be_read(tmp_path: Path) -> None:
    text = class_stats_files(tmp_path)["class_weights.json"].decode()
    assert text == json.dumps(json.loads(text), indent=2) + "\n"


def test_weights_follow_from_the_shares_of_the_classes(tmp_path: Path) -> None:
    weights = class_stats(tmp_path)["class_weights.json"]
    road, car = 3072 / 3328, 256 / 3328
    middle = (road + 256 / 1280) / 2  # the car is shown by the first frame only
    assert list(weights) == [ROAD, CAR]
    assert weights[ROAD] == pytest.approx(
        {
            "name": "road",
            "pixels": 3072,
            "frequency": road,
            "median_frequency": middle / road,
            "enet": 1 / log(1.02 + road),
            "inverse": 1 / road,
        }
    )
    assert weights[CAR] == pytest.approx(
        {
            "name": "car",
            "pixels": 256,
            "frequency": car,
            "median_frequency": middle / (256 / 1280),
            "enet": 1 / log(1.02 + car),
            "inverse": 1 / car,
        }
    )


def test_without_a_split_for_training_all_frames_count(tmp_path: Path) -> None:
    assert class_stats(tmp_path, "--split", "val")["class_weights.json"][CAR]["pixels"] == 2048
