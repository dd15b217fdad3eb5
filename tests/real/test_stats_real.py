"""The statistics of the released data set: what its card says, and the pixels of its maps."""

from __future__ import annotations

import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cityconv.source.labels.files import load_table
from tests.commands import cityconv
from tests.pngs import read_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(os.environ.get("CITYSCAPES_DATASET", ""))
SPLITS = {"train": 2975, "val": 500, "test": 1525}
CITIES = {
    "aachen": 174, "berlin": 544, "bielefeld": 181, "bochum": 96, "bonn": 46, "bremen": 316, "cologne": 154,
    "darmstadt": 85, "dusseldorf": 221, "erfurt": 109, "frankfurt": 267, "hamburg": 248, "hanover": 196, "jena": 119,
    "krefeld": 99, "leverkusen": 58, "lindau": 59, "mainz": 298, "monchengladbach": 94, "munich": 398, "munster": 174,
    "strasbourg": 365, "stuttgart": 196, "tubingen": 144, "ulm": 95, "weimar": 142, "zurich": 122,
}  # fmt: skip

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not ROOT.name, reason="needs the released data set; set CITYSCAPES_DATASET"),
]


@pytest.fixture(scope="module")
def statistics() -> dict[str, Any]:
    outcome = cityconv("stats", ROOT, "--json", "-")
    assert outcome.status == 0, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def test_the_release_has_the_frames_objects_pieces_and_classes_of_its_card(statistics: dict[str, Any]) -> None:
    assert [statistics[name] for name in ("frames", "objects", "pieces")] == [5000, 287_465, 287_540]
    assert len(statistics["classes"]) == 40
    assert {name: item["frames"] for name, item in statistics["splits"].items()} == SPLITS
    assert {name: item["frames"] for name, item in statistics["cities"].items()} == CITIES


def test_pixels_are_those_of_the_released_maps(statistics: dict[str, Any]) -> None:
    paths = sorted(ROOT.glob("gtFine/*/*/*_labelIds.png"))
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        released = np.sum(list(pool.map(_pixels_by_id, paths, chunksize=16)), axis=0)
    counted = np.zeros(256, np.int64)
    table = load_table("cityscapes")
    for name, item in statistics["classes"].items():
        found = table.find(name)
        assert found
        if found[0].id < 0:
            assert item["pixels"] == 0
        else:
            counted[found[0].id] += item["pixels"]
    unlabeled = released.sum() - counted.sum()  # without an object, so of no class
    counted[0] += unlabeled
    assert len(paths) == sum(SPLITS.values())
    assert counted.tolist() == released.tolist()


def _pixels_by_id(path: Path) -> NDArray[np.int64]:
    return np.bincount(read_image(path).reshape(-1), minlength=256)
