"""Panoptic files by the rules of panopticapi, and as cityscapesScripts evaluates them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from tests.pngs import read_image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.consumers.conftest import Convert

VOID = 0
SCHEMES = {"label": "cityscapes_panoptic_val", "train": "cityscapes_panoptic_val_trainId"}


def numbers(path: Path) -> Any:
    """Return the segment id of each pixel as panopticapi's `rgb2id` computes it."""
    blue, green, red = np.moveaxis(read_image(path, cv2.IMREAD_COLOR).astype(np.uint32), 2, 0)
    return red + 256 * green + 256 * 256 * blue


@pytest.mark.parametrize(("scheme", "name"), SCHEMES.items())
def test_png_and_json_agree_as_panopticapi_demands(scheme: str, name: str, convert: Convert) -> None:
    folder = convert("panoptic", "--category-ids", scheme)
    written = json.loads((folder / f"{name}.json").read_bytes())
    categories = {item["id"]: item for item in written["categories"]}
    assert len(categories) == len(written["categories"]) == 19
    images = {item["id"]: item for item in written["images"]}
    assert images.keys() == {item["image_id"] for item in written["annotations"]}
    assert len(written["annotations"]) == len(images) > 0
    for annotation in written["annotations"]:
        pixels = numbers(folder / name / annotation["file_name"])
        image = images[annotation["image_id"]]
        assert pixels.shape == (image["height"], image["width"])
        segments = {item["id"]: item for item in annotation["segments_info"]}
        assert len(segments) == len(annotation["segments_info"])
        present, areas = np.unique(pixels[pixels != VOID], return_counts=True)
        assert segments.keys() == set(present.tolist())
        for number, area in zip(present.tolist(), areas.tolist(), strict=True):
            segment = segments[number]
            rows, columns = np.nonzero(pixels == number)
            x, y = columns.min(), rows.min()
            assert segment["area"] == area
            assert segment["bbox"] == [x, y, columns.max() - x + 1, rows.max() - y + 1]
            assert categories[segment["category_id"]]["isthing"] or not segment["iscrowd"]


def test_images_are_where_the_file_names_say(convert: Convert) -> None:
    folder = convert("panoptic", "--images", "symlink")
    for image in json.loads((folder / "cityscapes_panoptic_val.json").read_bytes())["images"]:
        assert read_image(folder / "images/val" / image["file_name"], cv2.IMREAD_COLOR).shape == (
            image["height"],
            image["width"],
            3,
        )


def test_measured_against_itself_by_cityscapesscripts_the_panoptic_quality_is_1(
    convert: Convert, tmp_path: Path
) -> None:
    pytest.importorskip("cityscapesscripts", reason="cityscapesScripts is not installed")
    from cityscapesscripts.evaluation.evalPanopticSemanticLabeling import evaluatePanoptic

    maps = str(convert("panoptic") / "cityscapes_panoptic_val")
    results = evaluatePanoptic(f"{maps}.json", maps, f"{maps}.json", maps, str(tmp_path / "results.json"))
    assert results["All"]["pq"] == 1.0
    assert results["Things"]["n"] > 2
    assert results["Stuff"]["n"] > 5
