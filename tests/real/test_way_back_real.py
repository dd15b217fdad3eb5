"""From the released maps of instances to polygons, and from these to maps again: the same pixels."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from cityconv.source.layout import find_frames
from tests.commands import cityconv
from tests.pngs import read_image

SOURCE = Path(os.environ.get("CITYSCAPES_DATASET", ""))
FRAMES = 500 + 119  # all of val, and every 25th of train
MOST_VERTICES = 6_000  # of a frame, in the mean

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not os.environ.get("CITYSCAPES_DATASET"), reason="CITYSCAPES_DATASET is not set"),
]


@pytest.fixture(scope="module")
def polygons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The polygons of the released maps of instances."""
    folder = tmp_path_factory.mktemp("way_back")
    frames = find_frames(SOURCE)
    chosen = [frame for frame in frames if frame.split == "val"]
    chosen += [frame for frame in frames if frame.split == "train"][::25]
    (folder / "frames.txt").write_text("".join(f"{frame.name}\n" for frame in chosen))
    options = ("--read", "instanceIds", "--frames", folder / "frames.txt")
    outcome = cityconv("cityscapes", SOURCE, "-o", folder / "out", *options)
    assert outcome.status == 0, outcome.err
    return folder / "out"


def test_the_same_pixels_are_drawn(polygons: Path, tmp_path: Path) -> None:
    outcome = cityconv("labelmap", polygons, "-o", tmp_path, "--kind", "labelIds,instanceIds")
    assert outcome.status == 0, outcome.err
    paths = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.png"))
    assert len(paths) == 2 * FRAMES
    for path in paths:
        released, drawn = read_image(SOURCE / path), read_image(tmp_path / path)
        if path.name.endswith("labelIds.png"):
            np.testing.assert_array_equal(drawn, released, str(path))
            continue
        pairs = np.unique(released.astype(np.int64) << 16 | drawn)
        before, after = pairs >> 16, pairs & 0xFFFF
        assert len(pairs) == len(np.unique(before)) == len(np.unique(after)), path  # the same regions
        class_before, class_after = (np.where(ids < 1000, ids, ids // 1000) for ids in (before, after))
        np.testing.assert_array_equal(class_before, class_after, str(path))
        np.testing.assert_array_equal(before < 1000, after < 1000, str(path))  # the same groups


def test_a_region_is_one_polygon_with_few_points(polygons: Path) -> None:
    vertices = frames = 0
    for path in polygons.rglob("*_polygons.json"):
        objects = json.loads(path.read_bytes())["objects"]
        released = (SOURCE / path.relative_to(polygons)).with_name(
            path.name.replace("polygons.json", "instanceIds.png")
        )
        assert len(objects) == np.count_nonzero(np.unique(read_image(released))), path
        frames += 1
        vertices += sum(len(item["polygon"]) for item in objects)
    assert frames == FRAMES
    assert vertices <= MOST_VERTICES * frames
