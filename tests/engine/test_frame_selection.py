"""Subsets of frames and splits of one's own: the same frames in every format, and recorded for `verify`."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import SCENES, box, document, street, tree_of, write_annotation, write_dataset, write_images
from tests.commands import Outcome, invoke, run_inline
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC

if TYPE_CHECKING:
    from pathlib import Path

SPLITS = """
dev = {cities = ["munster"]}
train = {of = "train", share = 0.67, seed = 3}
mini = {of = "train", share = 0.33}
test = {frames = ["bonn_000000_000019"]}
"""
LIST = "ulm_000000_000019\nbonn/bonn_000000_000019\n"
SELECTIONS = {
    "limit": (("--limit", "1"), {"train": 1, "val": 1, "test": 1}),
    "sample": (("--sample", "2", "--seed", "4"), {"train": 2, "val": 1, "test": 1}),
    "frames": (("--frames", "list.txt"), {"train": 1, "test": 1}),
    "splits": (("--splits", "splits.toml"), {"dev": 1, "train": 2, "mini": 1, "test": 1}),
    "one of the splits": (("--splits", "splits.toml", "--split", "dev"), {"dev": 1}),
    "annotations": (("--require-annotations",), {"train": 3, "val": 1}),
}
FORMATS = {
    "coco": (),
    "panoptic": (),
    "yolo": (),
    "voc": ("--task", "instance"),
    "csv": (),
    "labelmap": ("--kind", "instanceIds", "--lists"),
    "cityscapes": (),
}


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a data set `city` and its photographs, a list of frames and a file of splits."""
    monkeypatch.chdir(tmp_path)
    write_dataset(tmp_path / "city")
    write_images(tmp_path / "city/leftImg8bit", *SCENES)
    (tmp_path / "list.txt").write_text(LIST)
    (tmp_path / "splits.toml").write_text(SPLITS)
    return tmp_path


def run(*arguments: str) -> Outcome:
    outcome = invoke(*arguments, "-j", "1")
    assert outcome.status == 0, outcome.err
    return outcome


def images(folder: Path) -> dict[str, int]:
    """Return how many images a COCO output has in each split."""
    files = sorted((folder / "annotations").iterdir())
    return {path.stem.removeprefix("instances_"): len(json.loads(path.read_bytes())["images"]) for path in files}


def options_of(folder: Path) -> dict[str, Any]:
    (record,) = json.loads((folder / "cityconv.json").read_bytes())["outputs"]
    options: dict[str, Any] = record["options"]
    return options


@pytest.mark.parametrize(("options", "expected"), SELECTIONS.values(), ids=SELECTIONS)
def test_the_frames_of_each_split(options: tuple[str, ...], expected: dict[str, int], workbench: Path) -> None:
    run("coco", "city", "-o", "out", "--images", "copy", *options)
    assert images(workbench / "out") == expected
    folders = {path.name: len([*path.rglob("*.png")]) for path in (workbench / "out/images").iterdir()}
    assert folders == expected


@pytest.mark.parametrize("selection", SELECTIONS)
def test_every_format_takes_the_same_frames_and_verify_needs_no_options(selection: str, workbench: Path) -> None:
    options, expected = SELECTIONS[selection]
    for name, own in FORMATS.items():
        outcome = run(name, "city", "-o", name, *own, *options)
        assert f"{name}: {sum(expected.values())} frame" in outcome.err
    for path in (workbench / "list.txt", workbench / "splits.toml"):
        path.unlink()
    for name in FORMATS:
        assert "findings: none" in run("verify", "city", name).err


def test_a_recipe_takes_the_same_options_as_keys(workbench: Path) -> None:
    head = 'source = "city"\nout = "out"\nsplits = "splits.toml"\nlimit = 1\nrequire-annotations = true\n'
    (workbench / "recipe.toml").write_text(head + BOXES_AND_OUTLINES + VOC + MAPS)
    run("run", "recipe.toml")
    assert images(workbench / "out/coco") == {"dev": 1, "mini": 1, "train": 1}
    (workbench / "splits.toml").unlink()
    assert "findings: none" in run("verify", "city", "out").err


def test_options_given_to_verify_win_over_those_recorded(workbench: Path) -> None:
    run("coco", "city", "-o", "out", "--frames", "list.txt")
    (workbench / "list.txt").write_text("ulm_000000_000019\nmunster_000000_000019\n")
    assert invoke("verify", "city", "out", "-j", "1", "--frames", "list.txt").status == 1


def test_the_manifest_has_the_content_of_the_files_and_no_path(workbench: Path) -> None:
    run(
        "coco", "city", "-o", "out", "--frames", str(workbench / "list.txt"), "--splits", str(workbench / "splits.toml")
    )
    recorded = options_of(workbench / "out")
    assert recorded["frames"] == LIST.split()
    assert recorded["splits"]["train"] == {"of": "train", "seed": 3, "share": 0.67}
    assert str(workbench) not in (workbench / "out/cityconv.json").read_text()


def test_a_manifest_whose_splits_are_damaged_is_a_finding(workbench: Path) -> None:
    run("coco", "city", "-o", "out", "--splits", "splits.toml")
    path = workbench / "out/cityconv.json"
    text = path.read_text()
    for damaged, message in (
        (text.replace('"share"', '"shade"'), "unknown key - at `train.shade`"),
        (re.sub(r'\[\s*"bonn_000000_000019"\s*\]', '"list.txt"', text), "expected names of frames"),
    ):
        path.write_text(damaged)
        outcome = invoke("verify", "city", "out", "-j", "1")
        assert outcome.status == 1
        assert f"cityconv.json: {message}" in outcome.out


@pytest.mark.parametrize("selection", SELECTIONS)
def test_an_update_ends_in_the_tree_of_a_fresh_run(selection: str, workbench: Path) -> None:
    options, _ = SELECTIONS[selection]
    run("yolo", "city", "-o", "out")
    run("yolo", "city", "-o", "out", "--update", *options)
    write_annotation(workbench / "city/gtFine/train/aachen/aachen_000000_000018_gtFine_polygons.json", street(3))
    if selection not in ("splits", "one of the splits"):
        write_annotation(
            workbench / "city/gtFine/test/bonn/bonn_000001_000019_gtFine_polygons.json",
            document(("car", box(0, 0, 4, 4))),
        )
    run("yolo", "city", "-o", "out", "--update", *options)
    run("yolo", "city", "-o", "fresh", *options)
    assert tree_of(workbench / "out") == tree_of(workbench / "fresh")


def test_resume_finds_a_complete_output_and_names_another_list(workbench: Path) -> None:
    run("coco", "city", "-o", "out", "--frames", "list.txt")
    assert "already complete" in run("coco", "city", "-o", "out", "--frames", "list.txt", "--resume").err
    (workbench / "list.txt").write_text("ulm_000000_000019\n")
    outcome = run_inline("coco", "city", "-o", "out", "--frames", "list.txt", "--resume")
    assert outcome.status == 1
    assert "made with another --frames" in outcome.err


def test_a_dry_run_lists_the_files_of_the_new_splits(workbench: Path) -> None:
    outcome = run("yolo", "city", "-o", "out", "--splits", "splits.toml", "--dry-run")
    assert "out/labels/dev/munster_000000_000019_leftImg8bit.txt" in outcome.out.splitlines()
    assert not (workbench / "out").exists()


def test_new_splits_find_the_photographs_of_the_old_ones(workbench: Path) -> None:
    other = workbench / "city/leftImg8bit"
    shutil.rmtree(other / "val")
    write_images(other, "val/munster/munster_000000_000019", shade=7)
    run("yolo", "city", "-o", "out", "--splits", "splits.toml", "--images", "copy")
    name = "munster_000000_000019_leftImg8bit.png"
    assert (workbench / "out/images/dev" / name).read_bytes() == (other / "val/munster" / name).read_bytes()


def test_two_frames_that_new_splits_give_one_name_are_an_error(workbench: Path) -> None:
    write_annotation(workbench / "city/gtFine/val/ulm/ulm_000000_000019_gtFine_polygons.json", street())
    (workbench / "both.toml").write_text('all = {of = ["train", "val", "test"]}\n')
    outcome = run_inline("coco", "city", "-o", "out", "--splits", "both.toml")
    assert outcome.status == 1
    assert "ulm_000000_000019_gtFine_polygons.json: would be written to" in outcome.err
    assert not (workbench / "out").exists()


def test_a_split_without_annotations_is_named(workbench: Path) -> None:
    note = "note: coco: 0 annotations in the 1 frame of split test; --require-annotations leaves out"
    assert note in run("coco", "city", "-o", "a").err
    outcome = run("coco", "city", "-o", "b", "--require-annotations")
    assert "0 annotations" not in outcome.err
    assert "note: frames left out because they have no annotations: 1 of test" in outcome.err
    assert "0 files" not in run("labelmap", "city", "-o", "c").err


def test_a_bad_frame_is_reported_although_annotations_are_required(workbench: Path) -> None:
    write_annotation(workbench / "city/gtFine/train/ulm/ulm_000000_000019_gtFine_polygons.json", b"{")
    outcome = invoke("coco", "city", "-o", "out", "-j", "1", "--require-annotations")
    assert outcome.status == 1
    assert "ulm_000000_000019_gtFine_polygons.json: " in outcome.err


def test_nothing_that_has_annotations_is_an_error(workbench: Path) -> None:
    result = run_inline("coco", "city", "-o", "out", "--split", "test", "--require-annotations")
    assert result.status == 1
    assert "error: city: no frame has an object that --require-annotations asks for" in result.err


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--sample", "1", "--limit", "1"), "error: --sample cannot be combined with --limit"),
        (("--frames", "none.txt"), "error: none.txt: no such file or directory"),
        (("--splits", "none.toml"), "error: none.toml: no such file or directory"),
        (("--splits", "list.txt"), "error: list.txt: "),
        (
            ("--frames", "splits.toml"),
            "error: splits.toml: no frame is called 'dev = {cities = [\"munster\"]}' - at line 2",
        ),
    ],
)
def test_what_is_wrong_is_one_line(options: tuple[str, ...], line: str, workbench: Path) -> None:
    for command in (("coco", "city", "-o", "out"), ("verify", "city")):
        result = run_inline(*command, *options)
        assert result.status == 2
        assert result.err.startswith(line)
        assert "Traceback" not in result.err
    assert not (workbench / "out").exists()
