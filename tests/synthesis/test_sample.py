"""The synthetic data set: layout, scenes, pictures, and the command."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

import cityconv
from cityconv.errors import OutputError, UsageError
from cityconv.raster.objectmap import resolve_front
from cityconv.raster.sampling import every_pixel
from cityconv.raster.scanline import scan_convert
from cityconv.source.labels.files import load_table
from cityconv.source.polygons import parse_annotation
from cityconv.synthesis.files import render
from cityconv.synthesis.layout import SampleFrame, sample_frames
from tests.builders import tree_of
from tests.commands import invoke, run_inline
from tests.pngs import decode_image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

GROUPS = {f"{name}group" for name in ("car", "person", "bicycle", "rider", "motorcycle", "truck")}
RELEASED_NAMES = {label.name for label in load_table("cityscapes").labels} - {"unlabeled"} | GROUPS
CAMERA_OBJECTS = {"ego vehicle", "rectification border", "out of roi"}
FRAME = SampleFrame("train", "aachen", "aachen_000000_000019")


def annotation(frame: SampleFrame, seed: int = 0) -> bytes:
    return next(iter(render(frame, seed, images=False))).content


@cache
def many_objects() -> list[list[dict[str, Any]]]:
    """The objects of every 20th annotated frame of the full set."""
    frames = [frame for frame in sample_frames(None) if frame.split != "test"][::20]
    return [json.loads(annotation(frame))["objects"] for frame in frames]


def all_polygons() -> list[list[list[int]]]:
    return [item["polygon"] for objects in many_objects() for item in objects]


def test_the_full_set_has_the_shape_of_the_release() -> None:
    frames = sample_frames(None)
    assert Counter(frame.split for frame in frames) == {"train": 2975, "val": 500, "test": 1525}
    per_city = Counter((frame.split, frame.city) for frame in frames)
    assert len(per_city) == 27
    assert per_city["train", "strasbourg"] == 365
    assert per_city["val", "lindau"] == 59
    assert per_city["test", "bonn"] == 46
    assert len({frame.stem for frame in frames}) == 5000


def test_a_small_set_is_spread_over_splits_and_cities() -> None:
    frames = sample_frames(12)
    assert len(frames) == 12
    assert Counter(frame.split for frame in frames) == {"train": 6, "val": 3, "test": 3}
    assert len({frame.city for frame in frames}) == 12
    assert list(frames) == sorted(frames)


@pytest.mark.parametrize("number", [1, 2, 4, 100])
def test_the_set_has_the_requested_number_of_frames(number: int) -> None:
    assert len(set(sample_frames(number))) == number


def test_a_larger_set_contains_the_frames_of_a_smaller_one() -> None:
    assert set(sample_frames(5)) < set(sample_frames(50))


def test_files_are_named_as_in_the_release() -> None:
    paths = [file.path for file in render(FRAME, 0, images=True)]
    assert paths == [
        "gtFine/train/aachen/aachen_000000_000019_gtFine_polygons.json",
        "leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png",
    ]


def test_a_frame_does_not_depend_on_what_was_rendered_before() -> None:
    once = list(render(FRAME, 3, images=True))
    annotation(sample_frames(2)[1])
    assert list(render(pickle.loads(pickle.dumps(FRAME)), 3, images=True)) == once


def test_a_frame_does_not_depend_on_the_hash_seed() -> None:
    code = (
        "import sys; from cityconv.synthesis.files import render\nfrom cityconv.synthesis.layout import SampleFrame\n"
        f"sys.stdout.buffer.write(next(iter(render(SampleFrame(*{tuple(FRAME)}), 3, False))).content)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True).stdout == annotation(
        FRAME, 3
    )


def test_rendering_a_picture_does_not_change_the_annotation() -> None:
    assert next(iter(render(FRAME, 0, images=True))).content == annotation(FRAME)


def test_frames_and_seeds_differ() -> None:
    val, train = sample_frames(2)[::-1]
    assert len({annotation(train, 0), annotation(train, 1), annotation(val, 0)}) == 3


def test_annotations_are_formatted_as_in_the_release() -> None:
    content = annotation(FRAME)
    assert content.startswith(b'{\n    "imgHeight": 1024, \n    "imgWidth": 2048, \n    "objects": [\n        {\n')
    assert content.endswith(b"}")
    assert all(isinstance(value, int) for point in json.loads(content)["objects"][0]["polygon"] for value in point)


def test_the_annotation_parser_accepts_every_frame() -> None:
    for frame in sample_frames(20):
        parse_annotation(annotation(frame), frame.annotation_path)


def test_test_frames_annotate_camera_objects_only() -> None:
    for frame in sample_frames(40):
        if frame.split == "test":
            assert {item["label"] for item in json.loads(annotation(frame))["objects"]} <= CAMERA_OBJECTS


def test_all_forty_names_of_the_release_occur() -> None:
    assert {item["label"] for objects in many_objects() for item in objects} == RELEASED_NAMES
    assert len(RELEASED_NAMES) == 40


def test_annotated_frames_are_as_dense_as_in_the_release() -> None:
    objects = np.mean([len(objects) for objects in many_objects()])
    vertices = np.mean([sum(len(item["polygon"]) for item in objects) for objects in many_objects()])
    assert 74 < objects < 88
    assert 1500 < vertices < 1780


def test_a_small_set_has_groups_license_plates_and_instances() -> None:
    names = {item["label"] for frame in sample_frames(12) for item in json.loads(annotation(frame))["objects"]}
    assert names & GROUPS
    assert names >= {"license plate", "car", "person", "bicycle", "rider"}


def test_the_region_of_interest_is_a_ring_of_ten_points_at_the_end() -> None:
    for objects in many_objects():
        assert objects[-1]["label"] == "out of roi"
        assert len(objects[-1]["polygon"]) == 10


def test_coordinates_reach_the_image_border_and_slightly_beyond() -> None:
    points = np.concatenate(all_polygons())
    assert points.min() == -2
    assert points.max(axis=0).tolist() == [2051, 1026]
    assert 0 < (points < 0).any(axis=1).mean() < 0.01
    assert (points[:, 0] == 2048).any()
    assert (points[:, 1] == 1024).any()


def test_polygons_have_the_slips_of_manual_annotation() -> None:
    polygons = all_polygons()
    assert any(polygon[0] == polygon[-1] for polygon in polygons)
    assert any(polygon[k] == polygon[k + 1] for polygon in polygons for k in range(len(polygon) - 1))
    assert any(len(polygon) == 2 for polygon in polygons)
    assert any(objects.count(item) > 1 for objects in many_objects() for item in objects)


def visible_instances() -> Iterator[NDArray[np.uint8]]:
    """Yield the visible masks of vehicles and persons in some frames."""
    for objects in many_objects()[::6]:
        solid = [item for item in objects if item["label"] != "license plate"]
        vertices = np.concatenate([item["polygon"] for item in solid])
        counts = np.array([len(item["polygon"]) for item in solid])
        spans = scan_convert(vertices, counts, every_pixel(1024, 2048))
        image = resolve_front(spans, 1024, 2048).through(np.arange(len(solid) + 1))
        for index, item in enumerate(solid, 1):
            if item["label"] in {"car", "bus", "truck", "person"}:
                yield (image == index).astype(np.uint8)


def test_objects_in_front_hide_split_and_pierce_others() -> None:
    seen: Counter[str] = Counter()
    for mask in visible_instances():
        _, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        is_hole = [] if tree is None else tree[0][:, 3] >= 0
        seen["hidden"] += tree is None
        seen["split"] += len(is_hole) - int(np.sum(is_hole)) > 1
        seen["pierced"] += bool(np.any(is_hole))
    assert min(seen["hidden"], seen["split"], seen["pierced"]) > 0
    assert seen["hidden"] < seen["split"]


def test_pictures_are_eight_bit_color_of_full_size() -> None:
    for frame in sample_frames(4):
        _, picture = render(frame, 0, images=True)
        image = decode_image(picture.content)
        assert image.shape == (1024, 2048, 3)
        assert image.dtype == np.uint8
        assert len(picture.content) < 1_000_000


def test_a_picture_of_a_test_frame_shows_a_street_too() -> None:
    frame = next(frame for frame in sample_frames(4) if frame.split == "test")
    _, picture = render(frame, 0, images=True)
    image = decode_image(picture.content)
    blue_above, blue_below = image[:100, 900:1100, 0].mean(), image[700:800, 900:1100, 0].mean()
    assert blue_above > blue_below + 30


def test_more_frames_than_names_with_six_digits_are_refused(tmp_path: Path) -> None:
    assert run_inline("sample", tmp_path / "out", "--frames", str(2**70)).status == 2
    with pytest.raises(UsageError, match="frames: Expected `int` <= 1000000"):
        cityconv.sample(tmp_path / "out", frames=2**70)


def test_an_existing_data_set_is_kept_unless_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ("sample", out, "--frames", "2", "-j", "1", "-q")
    assert invoke(*command).status == 0
    (out / "notes.txt").write_bytes(b"mine")
    before = {path: path.stat() for path in out.rglob("*")}
    content = tree_of(out)
    with pytest.raises(OutputError, match="already exists") as caught:
        invoke(*command, "--seed", "1", "--frames", "3")
    assert "--overwrite" in caught.value.hint
    assert tree_of(out) == content
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == {
        path: status.st_mtime_ns for path, status in before.items()
    }
    assert invoke(*command, "--seed", "1", "--overwrite").status == 0
    replaced = tree_of(out)
    assert replaced.pop("notes.txt") == b"mine"
    assert replaced == {
        file.path: file.content for frame in sample_frames(2) for file in render(frame, 1, images=False)
    }
