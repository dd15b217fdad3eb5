"""Data sets of every layout through every format: splits, cities, counts and images, and verify finds nothing."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cityconv.formats import FORMATS
from tests.commands import Outcome, run_inline
from tests.layouts.sets import DATA_SETS, PREDICTED, DataSet, Frame, predicted, write_png
from tests.pngs import read_image

if TYPE_CHECKING:
    from pathlib import Path

IMAGE_ENDINGS = (".png", ".jpg")

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"
)  # pycocotools with numpy 2


def convert(folder: Path, data: DataSet, command: str, *options: str) -> Outcome:
    data.make(folder)
    told = (option.format(folder) for option in data.options)
    return run_inline(command, folder / data.source, "-o", folder / "out", *told, *options)


def image_paths(frame: Frame, command: str) -> dict[str, str]:
    """Return the path of each image in an output, and that of its photograph."""
    folder = f"{frame.city}/" if frame.city else ""
    city = frame.city.replace("/", "_")
    flat = frame.name if not city or frame.name.startswith(f"{city}_") else f"{city}_{frame.name}"
    paths = {}
    for suffix, photograph in frame.images.items():
        if command == "voc":
            stem = flat + suffix.rpartition(".")[0] if len(frame.images) > 1 else flat
            paths[f"VOCdevkit/VOC2012/JPEGImages/{stem}.jpg"] = photograph
        elif command == "yolo":
            paths[f"images/{frame.split}/{flat}{suffix}"] = photograph
        else:
            top = "leftImg8bit" if command in {"labelmap", "cityscapes"} else "images"
            paths[f"{top}/{frame.split}/{folder}{frame.name}{suffix}"] = photograph
    return paths


def images_in(out: Path) -> list[str]:
    files = (str(path.relative_to(out)) for path in out.rglob("*") if path.suffix in IMAGE_ENDINGS)
    return sorted(file for file in files if file.split("/")[0] in {"images", "leftImg8bit"} or "JPEGImages" in file)


@pytest.mark.parametrize("command", FORMATS)
@pytest.mark.parametrize("name", DATA_SETS)
def test_every_format_has_the_frames_and_their_own_photographs(name: str, command: str, tmp_path: Path) -> None:
    data = DATA_SETS[name]
    task = ("--task", "semantic") if not data.has_instances and command in {"coco", "csv", "voc"} else ()
    outcome = convert(tmp_path, data, command, "--images", "copy", *task)
    if not data.has_instances and command in {"yolo", "panoptic"}:
        assert outcome.status == 2
        assert f"error: {command}: labelIds maps do not tell instances apart" in outcome.err
        assert not (tmp_path / "out").exists()
        return
    if command == "voc" and data.voc_refuses:
        assert outcome.status == 1
        assert data.voc_refuses in outcome.err
        assert not (tmp_path / "out").exists()
        return
    assert outcome.status == 0, outcome.err
    assert f"{command}: {len(data.frames)} frames, " in outcome.err
    expected = {path: photograph for frame in data.frames for path, photograph in image_paths(frame, command).items()}
    assert images_in(tmp_path / "out") == sorted(expected)
    for path, photograph in expected.items():
        shades = (np.median(read_image(tmp_path / file)) for file in (f"out/{path}", photograph))
        assert len(set(shades)) == 1
    told = [option.format(tmp_path) for option in data.options]
    checked = run_inline("verify", tmp_path / data.source, tmp_path / "out", *told, *task)
    assert (checked.status, checked.out) == (0, ""), checked.err


@pytest.mark.parametrize("name", DATA_SETS)
def test_coco_has_the_images_of_each_split_and_the_objects_of_each_image(name: str, tmp_path: Path) -> None:
    data = DATA_SETS[name]
    outcome = convert(tmp_path, data, "coco", *(() if data.has_instances else ("--task", "semantic")))
    assert outcome.status == 0, outcome.err
    splits = sorted({frame.split for frame in data.frames})
    assert sorted(path.name for path in (tmp_path / "out/annotations").iterdir()) == [
        f"instances_{split}.json" for split in splits
    ]
    for split in splits:
        content: dict[str, Any] = json.loads((tmp_path / f"out/annotations/instances_{split}.json").read_bytes())
        ids = [item["id"] for item in content["images"]]
        assert ids == list(range(1, len(ids) + 1))
        counts = Counter(item["image_id"] for item in content["annotations"])
        assert counts == dict.fromkeys(ids, data.objects)
        numbers = [item["id"] for item in content["annotations"]]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", [name for name, data in DATA_SETS.items() if data.frames[0].city])
def test_cities_divide_the_output(name: str, tmp_path: Path) -> None:
    data = DATA_SETS[name]
    task = () if data.has_instances else ("--task", "semantic")
    outcome = convert(tmp_path, data, "coco", "--split-by", "city", *task)
    if name == "the official label tool":  # one name in the same city of two splits
        assert outcome.status == 1
        assert "drive_IMG_0001" in outcome.err or "drive/IMG_0001" in outcome.err
        return
    assert outcome.status == 0, outcome.err
    cities = {frame.city.replace("/", "_") for frame in data.frames}
    assert {path.name for path in (tmp_path / "out/annotations").iterdir()} == {f"instances_{c}.json" for c in cities}


def test_a_note_says_that_no_folder_says_the_split(tmp_path: Path) -> None:
    outcome = convert(tmp_path, DATA_SETS["no folders"], "coco")
    assert "note: no folder says the split of all 2 frames" in outcome.err


def test_a_note_says_which_maps_are_read(tmp_path: Path) -> None:
    outcome = convert(tmp_path, DATA_SETS["ACDC"], "labelmap")
    assert f"note: no polygons in {tmp_path}/acdc: reading labelIds maps" in outcome.err
    outcome = convert(tmp_path, DATA_SETS["CVAT"], "coco")
    assert f"note: no polygons in {tmp_path}/cvat: reading instanceIds maps" in outcome.err


def test_frames_without_a_photograph_can_be_skipped(tmp_path: Path) -> None:
    data = DATA_SETS["Rain"]
    data.make(tmp_path)
    (first, *_) = (path for path in data.frames[1].images.values())
    for path in (tmp_path / first).parent.iterdir():
        path.unlink()
    told = [option.format(tmp_path) for option in data.options]
    outcome = run_inline("yolo", tmp_path / "rain", "-o", tmp_path / "out", "--images", "copy", *told)
    assert (outcome.status, (tmp_path / "out").exists()) == (1, False)
    assert "munster_000000_000019: no image found" in outcome.err
    outcome = run_inline(
        "yolo", tmp_path / "rain", "-o", tmp_path / "out", "--images", "copy", "--on-error", "skip", *told
    )
    assert outcome.status == 0
    assert images_in(tmp_path / "out") == sorted(image_paths(data.frames[0], "yolo"))


# IDD's own kinds of map


def test_idd_has_the_maps_of_its_own_tool(tmp_path: Path) -> None:
    assert convert(tmp_path, DATA_SETS["IDD"], "labelmap", "--kind", "level3Ids", "--kind", "labelIds").status == 0
    stem = tmp_path / "out/gtFine/train/0/frame0029_gtFine"
    level3, instances, labels = (
        read_image(stem.with_name(f"{stem.name}_{kind}.png"))
        for kind in ("labellevel3Ids", "instancelevel3Ids", "labelIds")
    )
    assert (level3.dtype.name, instances.dtype.name) == ("uint8", "uint16")
    assert np.unique(level3).tolist() == [0, 8, 12, 25, 255]  # road, autorickshaw, vehicle fallback, sky, plate
    assert np.unique(instances).tolist() == [0, 25, 255, 8000, 8001, 12000]
    assert np.unique(labels).tolist() == [0, 11, 18, 33, 39]
    assert level3[20, 30] == 8


def test_the_background_of_idd_is_the_row_unlabeled(tmp_path: Path) -> None:
    DATA_SETS["IDD"].make(tmp_path)
    for path in (tmp_path / "idd/gtFine").rglob("*.json"):
        path.write_text(json.dumps({"imgHeight": 4, "imgWidth": 4, "objects": []}))
    options = ("--labels", "idd", "--kind", "level3Ids", "--kind", "labelIds")
    assert run_inline("labelmap", tmp_path / "idd", "-o", tmp_path / "out", *options).status == 0
    values = {
        path.name.split("_")[-1]: np.unique(read_image(path)).tolist() for path in (tmp_path / "out").rglob("*.png")
    }
    assert values == {"labellevel3Ids.png": [255], "instancelevel3Ids.png": [255], "labelIds.png": [35]}


def test_categories_of_a_scheme_that_labels_share_are_merged(tmp_path: Path) -> None:
    options = ("--classes", "eval", "--category-ids", "level3Id", "--task", "semantic")
    assert convert(tmp_path, DATA_SETS["IDD"], "coco", *options).status == 0
    content = json.loads((tmp_path / "out/annotations/instances_train.json").read_bytes())
    ids = [item["id"] for item in content["categories"]]
    assert len(set(ids)) == len(ids) == 26
    assert next(item["name"] for item in content["categories"] if item["id"] == 0) == "road"


def test_train_ids_that_labels_of_kitti_360_share_are_one_category_named_as_the_first(tmp_path: Path) -> None:
    values = np.zeros((4, 6), np.uint16)
    values[:, 2:4], values[:, 4:] = 11, 34
    write_png(tmp_path / "d/gtFine/train/drive/a_gtFine_labelIds.png", values.astype(np.uint8))
    options = ("--labels", "kitti360", "--task", "semantic", "--category-ids", "train", "--classes", "building,garage")
    assert run_inline("coco", tmp_path / "d", "-o", tmp_path / "out", *options).status == 0
    content = json.loads((tmp_path / "out/annotations/instances_train.json").read_bytes())
    assert [(item["id"], item["name"]) for item in content["categories"]] == [(2, "building")]
    assert [(item["category_id"], item["area"]) for item in content["annotations"]] == [(2, 16)]
    assert run_inline("labelmap", tmp_path / "d", "-o", tmp_path / "maps", "--labels", "kitti360", "--kind",
                      "labelTrainIds").status == 0  # fmt: skip
    (path,) = (tmp_path / "maps").rglob("*.png")
    assert np.unique(read_image(path)).tolist() == [2, 255]
    back = ("--labels", "kitti360", "--read", "labelTrainIds", "--kind", "labelIds")
    assert run_inline("labelmap", tmp_path / "maps", "-o", tmp_path / "back", *back).status == 0
    (path,) = (tmp_path / "back").rglob("*.png")
    assert np.unique(read_image(path)).tolist() == [0, 11]


# Predictions


@pytest.mark.parametrize("suffix", [".png", "_leftImg8bit.png", "*"])
def test_predictions_become_what_the_evaluation_server_takes_and_back(suffix: str, tmp_path: Path) -> None:
    ending = suffix if suffix != "*" else "_pred_trainIds.png"
    for name in PREDICTED:
        write_png(tmp_path / f"pred/{name}{ending}", predicted(name))
    read = ("--read", "labelTrainIds", "--map-suffix", ending)
    outcome = run_inline("labelmap", tmp_path / "pred", "-o", tmp_path / "submission", *read, "--kind", "labelIds")
    assert outcome.status == 0, outcome.err
    submitted = sorted((tmp_path / "submission").rglob("*.png"))
    assert [path.name for path in submitted] == [f"{name}_gtFine_labelIds.png" for name in PREDICTED]
    table = np.zeros(256, np.uint8)
    table[[0, 10, 13]] = 7, 23, 26
    for path, name in zip(submitted, PREDICTED, strict=True):
        np.testing.assert_array_equal(read_image(path), table[predicted(name)])
    assert run_inline("verify", tmp_path / "pred", tmp_path / "submission", *read, "--kind", "labelIds").status == 0
    back = ("--read", "labelIds", "--kind", "labelTrainIds")
    assert run_inline("labelmap", tmp_path / "submission", "-o", tmp_path / "back", *back).status == 0
    for path, name in zip(sorted((tmp_path / "back").rglob("*.png")), PREDICTED, strict=True):
        np.testing.assert_array_equal(read_image(path), predicted(name))


# Tables


def test_300_classes_go_where_16_bits_do_and_are_refused_in_8_bits_with_one_sentence(tmp_path: Path) -> None:
    rows = ", ".join(f'{{name = "class {n}", id = {n}, trainId = {n % 200}, hasInstances = false}}' for n in range(300))
    (tmp_path / "labels.toml").write_text(f"labels = [{rows}]")
    scene = {
        "imgHeight": 4,
        "imgWidth": 4,
        "objects": [{"label": "class 299", "polygon": [[0, 0], [3, 0], [3, 2], [0, 2]]}],
    }
    (tmp_path / "d/gtFine/train/a").mkdir(parents=True)
    (tmp_path / "d/gtFine/train/a/a_gtFine_polygons.json").write_text(json.dumps(scene))
    table = ("--labels", str(tmp_path / "labels.toml"))
    outcome = run_inline("labelmap", tmp_path / "d", "-o", tmp_path / "out", *table)
    assert outcome == (2, "", "error: label id 256 of class 'class 256' does not fit a map of 8 bits\n")
    assert not (tmp_path / "out").exists()
    kinds = ("--kind", "labelTrainIds", "--kind", "instanceIds", "--kind", "color")
    assert run_inline("labelmap", tmp_path / "d", "-o", tmp_path / "out", *table, *kinds).status == 0
    (path,) = (tmp_path / "out").rglob("*_instanceIds.png")
    assert np.unique(read_image(path)).tolist() == [0, 299]
    coco = ("--classes", "labels")
    assert run_inline("coco", tmp_path / "d", "-o", tmp_path / "coco", *table, *coco).status == 0
    content = json.loads((tmp_path / "coco/annotations/instances_train.json").read_bytes())
    assert len(content["categories"]) == 300
    assert [item["category_id"] for item in content["annotations"]] == [299]


@pytest.mark.parametrize("place", ["top", "default", "row", "decorator", "f-string"])
def test_a_labels_py_that_calls_something_is_refused_and_not_run(place: str, tmp_path: Path) -> None:
    call = f"__import__('os').system('touch {tmp_path}/ran')"
    parts = {
        "top": ("", f"{call}\n", "7"),
        "default": ("", f"color = {call}\n", "7"),
        "row": ("", "", call),
        "decorator": (f"@{call}\ndef f(): pass\n", "", "7"),
        "f-string": ("", "", f"f'{{{call}}}'"),
    }
    before, after, value = parts[place]
    (tmp_path / "labels.py").write_text(
        "from collections import namedtuple\nLabel = namedtuple('Label', ['name', 'id'])\n"
        f"{before}labels = [Label('road', {value})]\n{after}"
    )
    DATA_SETS["home-made"].make(tmp_path)
    table = ("--labels", str(tmp_path / "labels.py"))
    outcome = run_inline("coco", tmp_path / "home", "-o", tmp_path / "out", *table)
    assert not (tmp_path / "ran").exists()
    if place == "decorator":  # a definition that nothing calls; the table itself is plain
        assert outcome.status == 1
        return
    assert outcome.status == 2
    assert outcome.err.startswith(f"error: {tmp_path}/labels.py: ")
    assert not (tmp_path / "out").exists()
