"""The released data set: label maps equal to the shipped PNGs, and COCO equal to what mmdetection makes of them.

Takes some minutes. Set CITYSCAPES_DATASET to the folder that holds `gtFine`, with the PNGs of the release.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tests.builders import tree_of
from tests.commands import cityconv
from tests.real.released import KINDS, Annotation, Pair, differing_pixels, mmdetection_annotations

ROOT = Path(os.environ.get("CITYSCAPES_DATASET", ""))
ARCHIVE = ROOT.with_name(f"{ROOT.name}.zip") if ROOT.name else ROOT
FRAMES = {"train": 2975, "val": 500, "test": 1525}
VAL_ANNOTATIONS = 10_415

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not ROOT.name, reason="needs the released data set; set CITYSCAPES_DATASET"),
]

Item = TypeVar("Item")
Result = TypeVar("Result")


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def in_parallel(
    workers: ProcessPoolExecutor, work: Callable[[Item], Result], items: Iterable[Item]
) -> Iterable[Result]:
    return workers.map(work, items, chunksize=4)


def convert(command: str, out: Path, *options: str, source: Path = ROOT) -> None:
    outcome = cityconv(command, source, "-o", out, *options)
    assert outcome.status == 0, outcome.err


def stems(folder: Path) -> list[str]:
    """Return the frames below a folder of the release, as paths without `_<kind>.png`."""
    return sorted(str(path).removesuffix("_polygons.json") for path in folder.rglob("*_polygons.json"))


@pytest.mark.parametrize("split", FRAMES)
def test_label_maps_equal_the_released_ones_pixel_for_pixel(
    split: str, workers: ProcessPoolExecutor, tmp_path: Path
) -> None:
    compared = 0
    differing: dict[str, dict[str, int]] = {}
    for city in sorted((ROOT / "gtFine" / split).iterdir()):
        kinds = [option for kind in KINDS for option in ("--kind", kind)]
        convert("labelmap", tmp_path, "--split", split, "--city", city.name, *kinds)
        released = stems(city)
        pairs = [Pair(stem, str(tmp_path / Path(stem).relative_to(ROOT))) for stem in released]
        found = zip(released, in_parallel(workers, differing_pixels, pairs), strict=True)
        differing |= {stem: numbers for stem, numbers in found if numbers}
        compared += len(released)
        shutil.rmtree(tmp_path / "gtFine")
    assert differing == {}
    assert compared == FRAMES[split]


@pytest.fixture(scope="module", params=["val", "train"])
def coco_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("coco")
    convert("coco", out, "--split", request.param)
    return out / f"annotations/instances_{request.param}.json"


@pytest.fixture(scope="module")
def val_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("val")
    convert("coco", out, "--split", "val", "-j", "1")
    return out / "annotations/instances_val.json"


def annotations_by_frame(document: dict[str, Any]) -> dict[str, list[Annotation]]:
    """Return the annotations of each image of a COCO file, sorted, by `<city>/<name>_gtFine`."""
    of_image: dict[int, list[Annotation]] = defaultdict(list)
    for item in document["annotations"]:
        counts = item["segmentation"]["counts"].encode()
        of_image[item["image_id"]].append(
            Annotation(item["category_id"], item["iscrowd"], tuple(item["bbox"]), item["area"], counts)
        )
    suffix = "_leftImg8bit.png"
    return {
        item["file_name"].removesuffix(suffix) + "_gtFine": sorted(of_image[item["id"]]) for item in document["images"]
    }


def test_coco_has_the_annotations_that_mmdetection_makes_of_the_released_maps(
    coco_file: Path, workers: ProcessPoolExecutor
) -> None:
    split = coco_file.stem.removeprefix("instances_")
    ours = annotations_by_frame(json.loads(coco_file.read_bytes()))
    folder = ROOT / "gtFine" / split
    names = [str(Path(stem).relative_to(folder)) for stem in stems(folder)]
    expected = in_parallel(workers, mmdetection_annotations, (folder / f"{name}_instanceIds.png" for name in names))
    assert list(ours) == names
    assert [name for name, theirs in zip(names, expected, strict=True) if ours[name] != theirs] == []
    assert len(names) == FRAMES[split]


def test_val_has_500_images_and_10_415_annotations(val_file: Path) -> None:
    document = json.loads(val_file.read_bytes())
    assert (len(document["images"]), len(document["annotations"])) == (FRAMES["val"], VAL_ANNOTATIONS)
    assert set(Counter(item["iscrowd"] for item in document["annotations"])) == {0, 1}


@pytest.mark.parametrize("kind", ["segm", "bbox"])
def test_val_measured_against_itself_has_an_average_precision_of_1(val_file: Path, kind: str) -> None:
    loaded = COCO(str(val_file))
    annotations = loaded.loadAnns(loaded.getAnnIds(iscrowd=False))
    results = loaded.loadRes([{**annotation, "score": 1.0} for annotation in annotations])
    evaluation = COCOeval(loaded, results, kind)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == 1.0


def test_two_workers_and_a_second_run_give_the_same_bytes(val_file: Path, tmp_path: Path) -> None:
    convert("coco", tmp_path, "--split", "val", "-j", "2")
    assert tree_of(tmp_path) == tree_of(val_file.parents[1])


@pytest.mark.skipif(not ARCHIVE.is_file(), reason="needs the zip beside the folder, of the same name")
@pytest.mark.parametrize("command", ["coco", "labelmap"])
def test_the_zip_gives_the_same_bytes_as_the_folder(command: str, tmp_path: Path) -> None:
    for name, source in (("folder", ROOT), ("zip", ARCHIVE)):
        convert(command, tmp_path / name, "--split", "val", source=source)
    assert tree_of(tmp_path / "zip") == tree_of(tmp_path / "folder")
    shutil.rmtree(tmp_path / "folder")
