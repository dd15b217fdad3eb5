"""COCO files as a source of every format: of cityconv itself, and in the form of labeling tools."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cityconv.engine.convert import convert
from cityconv.engine.make_plan import make_plan
from cityconv.engine.settings import Settings
from cityconv.formats import FORMATS
from cityconv.formats.coco.options import CocoOptions
from cityconv.source.labels.files import load_table
from cityconv.verification.options import ContentOptions, TargetOptions
from cityconv.verification.verify import verify
from tests.builders import FRAME, HEIGHT, WIDTH, data_of, tree_of, write_dataset
from tests.coco_exports import CAR, write_cvat, write_labelme
from tests.commands import run_inline
from tests.pngs import read_image

if TYPE_CHECKING:
    from pathlib import Path

COCO_OPTIONS = CocoOptions(classes="labels", segmentation="polygon")


@pytest.fixture(scope="module")
def polygons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("polygons"))


@pytest.fixture(scope="module")
def coco(polygons: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make("coco", polygons, tmp_path_factory.mktemp("coco") / "out", COCO_OPTIONS)


def make(name: str, source: Path, out: Path, options: Any = None, **changes: Any) -> Path:
    """Convert a data set, compare the output with it, and return the output."""
    options = options or FORMATS[name]()
    summary = convert(make_plan(options.output(source=source, out=out, **changes), {name: options}), out, Settings())
    assert summary.is_published, summary.bad
    target = TargetOptions(source=source, out=out)
    assert verify(target, ContentOptions()).findings == []
    return out


def labels_of(out: Path) -> list[list[int]]:
    """Return the pixels of a map of labels."""
    pixels: list[list[int]] = read_image(out).tolist()
    return pixels


@pytest.mark.parametrize("segmentation", ["rle", "uncompressed-rle", "polygon"])
def test_what_is_read_back_and_written_again_is_the_same(segmentation: Any, polygons: Path, tmp_path: Path) -> None:
    options = CocoOptions(classes="labels", segmentation=segmentation)
    first = make("coco", polygons, tmp_path / "first", options)
    second = make("coco", first, tmp_path / "second", options)
    assert data_of(tree_of(second)) == data_of(tree_of(first))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_written_and_verified(name: str, coco: Path, tmp_path: Path) -> None:
    assert make(name, coco, tmp_path / "out")


@pytest.mark.parametrize("kind", ["labelIds", "instanceIds"])
def test_maps_are_those_of_the_polygons(kind: str, polygons: Path, coco: Path, tmp_path: Path) -> None:
    for name, source in (("of_polygons", polygons), ("of_coco", coco)):
        assert run_inline("labelmap", source, "-o", tmp_path / name, "--kind", kind).status == 0
    for path in (tmp_path / "of_coco").rglob("*.png"):
        expected = read_image(tmp_path / "of_polygons" / path.relative_to(tmp_path / "of_coco"))
        actual = read_image(path)
        pairs = {*zip(expected.ravel().tolist(), actual.ravel().tolist(), strict=True)}
        # Hidden objects have numbers of instances, and are not in COCO files.
        assert len(pairs) == len(np.unique(expected)) == len(np.unique(actual))
        classes = {(one, other) if one < 1000 else (one // 1000, other // 1000) for one, other in pairs}
        assert all(one == other for one, other in classes)


def test_a_panoptic_pair_is_read_back_and_written_again(polygons: Path, tmp_path: Path) -> None:
    first = make("panoptic", polygons, tmp_path / "first")
    second = make("panoptic", first, tmp_path / "second")
    assert len(data_of(tree_of(second))) == len(data_of(tree_of(first)))
    names = [path for path in data_of(tree_of(first)) if path.endswith(".json")]
    for name in names:
        one, other = (json.loads((folder / name).read_bytes()) for folder in (first, second))
        assert one["images"] == other["images"]
        for before, after in zip(one["annotations"], other["annotations"], strict=True):
            for segment in (*before["segments_info"], *after["segments_info"]):
                segment.pop("id")  # which has the number of the instance
            assert before == after


def test_an_export_of_cvat_becomes_a_data_set(tmp_path: Path) -> None:
    source = write_cvat(tmp_path / "cvat")
    city, again = tmp_path / "city", tmp_path / "again"
    outcome = run_inline("cityscapes", source, "-o", city, "--groups", "merge", "--images", "copy")
    assert outcome.status == 0, outcome.err
    assert "reading COCO files" in outcome.err
    stem = "default/ulm/ulm_1"
    document = json.loads((city / f"gtFine/{stem}_gtFine_polygons.json").read_bytes())
    assert [item["label"] for item in document["objects"]] == ["road", "car"]
    assert (city / f"leftImg8bit/{stem}.png").exists()
    assert run_inline("labelmap", city, "-o", again, "--kind", "labelIds").status == 0
    expected = np.zeros((HEIGHT, WIDTH), np.int64)
    expected[21:], expected[:, 40:50] = 7, 26
    np.testing.assert_array_equal(read_image(again / f"gtFine/{stem}_gtFine_labelIds.png"), expected)
    assert run_inline("panoptic", source, "-o", tmp_path / "panoptic").status == 0


def test_an_export_of_labelme_becomes_a_data_set(tmp_path: Path) -> None:
    source = write_labelme(tmp_path / "labelme")
    for name in ("cityscapes", "labelmap", "panoptic"):
        outcome = run_inline(name, source, "-o", tmp_path / name, "--images", "symlink")
        assert outcome.status == 0, outcome.err
        assert "no name says the split" in outcome.err
    (path,) = (tmp_path / "cityscapes").rglob("*_polygons.json")
    assert path.name == "ulm_1_gtFine_polygons.json"
    assert [item["label"] for item in json.loads(path.read_bytes())["objects"]] == ["car"]  # one of two parts
    pixels = read_image(tmp_path / "labelmap/gtFine/all/ulm_1_gtFine_labelIds.png")
    assert pixels[5, 5] == pixels[3, 25] == 26
    assert pixels[5, 15] == 0


def test_an_update_converts_the_images_whose_annotations_have_changed(coco: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "instances_val.json", tmp_path / "out"
    document = json.loads((coco / "annotations/instances_train.json").read_bytes())
    source.write_text(json.dumps(document))
    assert run_inline("labelmap", source, "-o", out).status == 0
    document["annotations"][-1]["category_id"] = 24
    source.write_text(json.dumps(document, indent=1))
    source.write_text(json.dumps(document))
    outcome = run_inline("labelmap", source, "-o", out, "--update")
    assert f"frames unchanged since the earlier output: {len(document['images']) - 1} of" in outcome.err
    assert verify(TargetOptions(source=source, out=out)).findings == []


def test_overlaps_are_counted_and_the_mask_that_is_wanted_is_in_front(tmp_path: Path) -> None:
    source = write_cvat(tmp_path / "cvat")
    hidden = {}
    for front in ("last", "larger"):
        outcome = run_inline("labelmap", source, "-o", tmp_path / front, "--front", front, "--report", "-")
        hidden[front] = labels_of(tmp_path / front / "gtFine/default/ulm/ulm_1_gtFine_labelIds.png")[25][45]
        notes = json.loads(outcome.out)["notes"]
        assert "110 pixels of masks in 1 frame are under other masks; --front says which masks are in front" in notes
        assert verify(TargetOptions(source=source, out=tmp_path / front)).findings == []
    assert hidden == {"last": 26, "larger": 7}


BOXES = {
    "images": [{"id": 1, "width": WIDTH, "height": HEIGHT, "file_name": "a.png"}],
    "categories": [CAR],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [3, 4, 10, 8], "iscrowd": 0, "area": 80}],
}


@pytest.mark.parametrize("options", ["coco --task detection", "yolo --task detect", "voc --task detection"])
def test_boxes_alone_are_enough_for_boxes(options: str, tmp_path: Path) -> None:
    source, out = tmp_path / "instances_val.json", tmp_path / "out"
    source.write_text(json.dumps(BOXES))
    command: list[str | Path] = [*options.split(), source, "-o", out]
    refused = run_inline(*command)
    assert refused.status == 1
    assert f"{source}: a.png: annotation 1: has a box, but no mask" in refused.err
    assert "--extent full" in refused.err
    assert run_inline(*command, "--extent", "full").status == 0
    assert verify(TargetOptions(source=source, out=out)).findings == []


def test_frames_are_chosen_by_the_names_of_images(coco: Path, tmp_path: Path) -> None:
    names, splits = tmp_path / "names.txt", tmp_path / "splits.toml"
    names.write_text(FRAME)
    splits.write_text('early = {cities = ["aachen"]}\nunlisted = "drop"\n')
    out = make("csv", coco, tmp_path / "listed", frames=names)
    assert [*data_of(tree_of(out))] == ["annotations_train.csv"]
    out = make("csv", coco, tmp_path / "split", splits=splits, size="50%")
    assert [*data_of(tree_of(out))] == ["annotations_early.csv"]


@pytest.mark.parametrize("name", ["coco", "panoptic"])
def test_files_that_are_read_are_never_replaced(name: str, polygons: Path, tmp_path: Path) -> None:
    assert run_inline(name, polygons, "-o", tmp_path, "--split", "val").status == 0
    before = tree_of(tmp_path)
    outcome = run_inline(name, tmp_path, "-o", tmp_path, "--overwrite")
    assert outcome.status == 1
    assert "would replace an annotation of the data set" in outcome.err
    assert tree_of(tmp_path) == before


def test_statistics_count_annotations(coco: Path) -> None:
    outcome = run_inline("stats", coco, "--json", "-")
    counts = json.loads(outcome.out)
    assert counts["frames"] == 5
    assert counts["classes"]["car"]["frames"] == 4


def test_a_label_table_is_drafted_from_the_names_of_categories(tmp_path: Path) -> None:
    source = tmp_path / "instances_val.json"
    source.write_text(json.dumps(BOXES | {"categories": [CAR | {"name": "scooter"}]}))
    assert run_inline("labels", "--from", source, "-o", tmp_path / "labels.toml").status == 0
    assert [label.name for label in load_table(str(tmp_path / "labels.toml")).labels] == ["unlabeled", "scooter"]
