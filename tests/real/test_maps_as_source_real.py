"""The released maps as a source of every command, held against what the polygons give, on the validation split."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from cityconv.source.labels.files import load_table
from tests.builders import data_of, tree_of
from tests.commands import cityconv
from tests.pngs import read_image

SOURCE = Path(os.environ.get("CITYSCAPES_DATASET", ""))
FRAMES, ANNOTATIONS, SEGMENTS = 500, 10_415, 14_671
KINDS = ("labelIds", "labelTrainIds", "color", "instanceIds")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not os.environ.get("CITYSCAPES_DATASET"), reason="CITYSCAPES_DATASET is not set"),
]


class Pair(NamedTuple):
    """The outputs of a command, from polygons and from maps of instances."""

    polygons: Path
    maps: Path


def convert(out: Path, command: str, *options: str, source: Path = SOURCE) -> Path:
    outcome = cityconv(command, source, "--split", "val", "-o", out, *options)
    assert outcome.status == 0, outcome.err
    return out


def convert_both(folder: Path, command: str, *options: str) -> Pair:
    return Pair(*(convert(folder / kind, command, "--read", kind, *options) for kind in ("polygons", "instanceIds")))


def coco_objects(out: Path) -> dict[str, set[tuple[Any, ...]]]:
    """Return what COCO says of each image: category, crowd, box, area and mask of every object."""
    document = json.loads((out / "annotations/instances_val.json").read_bytes())
    found: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
    for item in document["annotations"]:
        counts = item["segmentation"]["counts"]
        found[item["image_id"]].add((item["category_id"], item["iscrowd"], *item["bbox"], item["area"], counts))
    return {item["file_name"]: found[item["id"]] for item in document["images"]}


def test_coco_has_the_same_annotations(tmp_path: Path) -> None:
    pair = convert_both(tmp_path, "coco")
    by_polygons, by_maps = coco_objects(pair.polygons), coco_objects(pair.maps)
    assert by_maps == by_polygons
    assert (len(by_maps), sum(map(len, by_maps.values()))) == (FRAMES, ANNOTATIONS)


def test_panoptic_files_are_the_same_bytes(tmp_path: Path) -> None:
    outputs = convert_both(tmp_path, "panoptic")
    assert data_of(tree_of(outputs.maps)) == data_of(tree_of(outputs.polygons))  # manifests say what was read
    document = json.loads((outputs.maps / "cityscapes_panoptic_val.json").read_bytes())
    assert len(document["annotations"]) == FRAMES
    assert sum(len(item["segments_info"]) for item in document["annotations"]) == SEGMENTS


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The maps of all kinds."""
    options = (option for kind in KINDS for option in ("--kind", kind))
    return convert_both(tmp_path_factory.mktemp("maps"), "labelmap", *options)


@pytest.mark.parametrize("kind", KINDS)
def test_maps_of_maps_are_the_same_files(kind: str, maps: Pair) -> None:
    written, expected = (sorted(out.rglob(f"*_{kind}.png")) for out in maps)
    assert [path.name for path in written] == [path.name for path in expected]
    assert len(written) == FRAMES
    assert [
        one.name for one, other in zip(written, expected, strict=True) if one.read_bytes() != other.read_bytes()
    ] == []


def test_instance_maps_keep_the_pixels_of_the_released_ones(maps: Pair) -> None:
    differing = []
    for path in sorted(maps.maps.rglob("*_instanceIds.png")):
        released = read_image(SOURCE / path.relative_to(maps.maps))
        differing += [path.name] if not np.array_equal(read_image(path), released) else []
    assert differing == []


def test_label_ids_come_back_from_train_ids_where_these_tell_classes_apart(maps: Pair, tmp_path: Path) -> None:
    convert(tmp_path, "labelmap", "--read", "labelTrainIds", "--kind", "labelIds", source=maps.polygons)
    trained = {label.id: label.id for label in load_table("cityscapes").labels if 0 <= label.train_id < 255}
    through = np.array([trained.get(number, 0) for number in range(256)], np.uint8)  # others become unlabeled
    written = sorted(tmp_path.rglob("*_labelIds.png"))
    assert len(written) == FRAMES
    for path in written:
        released = read_image(SOURCE / path.relative_to(tmp_path))
        np.testing.assert_array_equal(read_image(path), through[released])
