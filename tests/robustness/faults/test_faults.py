"""Full disks, outputs that cannot be written, memory that runs out, bad frames: one error line, and nothing is lost."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from cityconv.engine.files import write_atomically
from cityconv.source.labels.files import load_table
from tests.builders import (
    SCENES,
    annotation_path,
    box,
    data_of,
    document,
    tree_of,
    write_annotation,
    write_dataset,
    zip_folder,
)
from tests.commands import Outcome, environment
from tests.pngs import decode_image
from tests.robustness.faults.running import run_here

KEYS = sorted(SCENES)
MANY = {f"train/aachen/aachen_{number:06}_000019": SCENES[KEYS[1]] for number in range(40)}
MIB = 2**20


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def run_limited(limit: int, size: int, *arguments: str | Path, **variables: str) -> Outcome:
    """Run cityconv in a process of its own with a resource limit."""
    done = subprocess.run(
        [sys.executable, "-m", "cityconv", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=120, env=environment(variables),
        preexec_fn=partial(resource.setrlimit, limit, (size, size)),
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout, done.stderr)


def only_error(outcome: Outcome) -> str:
    """Return the message of the only error line."""
    assert outcome.status == 1, outcome
    assert "Traceback" not in outcome.err
    (error,) = (line for line in outcome.err.splitlines() if line.startswith("error: "))
    return error.removeprefix("error: ")


def visible(out: Path) -> list[str]:
    return [path for path in tree_of(out) if not path.startswith(".cityconv")] if out.exists() else []


FILE_SIZES = [(size, jobs) for size in (0, 64, 700, 3000, 20_000) for jobs in ("1", "2")]
TYPICAL = [(64, "1"), (3000, "2")]


@pytest.mark.parametrize(
    ("size", "jobs"),
    [*TYPICAL, *(pytest.param(*case, marks=pytest.mark.campaign) for case in FILE_SIZES if case not in TYPICAL)],
)
def test_a_run_on_a_full_disk_fails_and_can_be_resumed(size: int, jobs: str, tmp_path: Path, out: Path) -> None:
    source = write_dataset(tmp_path / "many", MANY)
    line = ("coco", source, "-o", out, "-j", jobs)
    outcome = run_limited(resource.RLIMIT_FSIZE, size, *line)
    assert only_error(outcome).endswith("file too large")
    assert "hint: --resume continues" in outcome.err
    assert visible(out) == []
    assert run_here(*line, "--resume").status == 0
    assert run_here("coco", source, "-o", tmp_path / "complete").status == 0
    assert tree_of(out) == tree_of(tmp_path / "complete")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_frame_that_runs_out_of_memory_is_named(jobs: str, source: Path, out: Path) -> None:
    path = annotation_path(source, KEYS[1])
    write_annotation(path, document(("sky", [[0, 0], [9, 0], [9, 9]]), width=32_768, height=32_768))
    line = ("labelmap", source, "-o", out, "-j", jobs, "--kind", "color")
    outcome = run_limited(resource.RLIMIT_AS, 1024 * MIB, *line, CITYCONV_MAX_PIXELS="9" * 12)
    assert only_error(outcome) == f"{path}: out of memory"
    assert visible(out) == []


@pytest.mark.parametrize("path", ["/proc/cityconv", "/dev/null", "/dev/null/out", "/sys/cityconv/out"])
def test_an_output_folder_that_cannot_be_created_is_named(path: str, source: Path) -> None:
    assert only_error(run_here("coco", source, "-o", path)).startswith(path[: path.index("/", 1)])


@pytest.mark.parametrize("name", [".cityconv", "annotations", "annotations/instances_val.json/"])
@pytest.mark.parametrize("option", [(), ("--overwrite",), ("--resume",), ("--resume", "--overwrite")])
def test_a_file_or_folder_that_blocks_the_output_is_named_and_kept(
    name: str, option: tuple[str, ...], source: Path, out: Path
) -> None:
    blocked = out / name
    if name.endswith("/"):
        write_annotation(blocked / "mine", b"mine")
    else:
        write_annotation(blocked, b"mine")
    before = tree_of(out)
    assert only_error(run_here("coco", source, "-o", out, "-j", "1", *option)).startswith(f"{out}")
    assert tree_of(out) == before
    assert name == ".cityconv" or not (out / ".cityconv").exists()


def test_a_staging_folder_that_is_a_link_is_not_followed(source: Path, out: Path, tmp_path: Path) -> None:
    write_annotation(tmp_path / "elsewhere/frames/mine", b"mine")
    out.mkdir()
    (out / ".cityconv").symlink_to(tmp_path / "elsewhere")
    only_error(run_here("coco", source, "-o", out, "--overwrite"))
    assert tree_of(tmp_path / "elsewhere") == {"frames/mine": b"mine"}


def test_folders_created_for_an_output_are_removed_if_nothing_is_written(source: Path, tmp_path: Path) -> None:
    write_annotation(annotation_path(source, KEYS[0]), b"{")
    only_error(run_here("coco", source, "-o", tmp_path / "a/b/c", "-j", "1"))
    assert not (tmp_path / "a").exists()


def test_a_file_system_without_locks_is_written_to(source: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert run_here("coco", source, "-o", out, "-j", "1").status == 0


def test_an_interruption_leaves_the_earlier_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    write_atomically(path, [b"first"])

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, [b"second"])
    assert tree_of(tmp_path) == {"report.json": b"first"}


def test_a_report_to_a_device_or_a_link_keeps_the_device_or_the_link(source: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "report.json")
    reports: tuple[str | Path, ...] = ("/dev/null", tmp_path / "link")
    for number, report in enumerate(reports):
        line = ("coco", source, "-o", tmp_path / f"out{number}", "-j", "1", "--report", report)
        assert run_here(*line).status == 0
    assert not Path("/dev/null").is_file()
    assert (tmp_path / "link").is_symlink()
    assert json.loads((tmp_path / "report.json").read_bytes())["frames"]["converted"] == len(KEYS)


def test_undecodable_names_are_reported(tmp_path: Path) -> None:
    source = write_dataset(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")))
    write_annotation(annotation_path(source, KEYS[0]), b"{")
    line = ("coco", source, "-o", tmp_path / "out", "-j", "1", "--on-error", "skip", "--report", tmp_path / "report")
    outcome = run_here(*line)
    assert outcome.status == 0, outcome.err
    assert "\\udcff" in outcome.err
    (bad,) = json.loads((tmp_path / "report").read_bytes())["frames"]["bad"]
    assert bad["file"] == str(annotation_path(source, KEYS[0]))


# --on-error


RECIPE = """
source = "{source}"
out = "{out}"
[outputs.labelmap]
kind = ["labelIds", "masks"]
[outputs.coco]
[outputs.voc]
task = "instance"
"""
TOO_MANY = document(*[("car", box(2 * number % 62, 2 * (number // 31), 1, 1)) for number in range(300)])


def run_recipe(tmp_path: Path, source: Path, out: Path, *options: str) -> Outcome:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.format(source=source, out=out))
    return run_here("run", recipe, "-j", "1", *options)


def frames_in(out: Path) -> set[str]:
    """Return the frames of the data set that occur in the paths or contents of an output."""
    tree = tree_of(out)
    names = {key.rpartition("/")[2] for key in KEYS}
    return {name for name in names for path, content in tree.items() if name in path or name.encode() in content}


def test_a_frame_that_one_format_cannot_hold_is_in_no_output(tmp_path: Path, source: Path, out: Path) -> None:
    path = write_annotation(annotation_path(source, KEYS[1]), TOO_MANY)
    outcome = run_recipe(tmp_path, source, out, "--on-error", "skip")
    assert outcome.status == 0
    assert f"error: {path}: more than the 254 objects" in outcome.err
    assert frames_in(out) == {key.rpartition("/")[2] for key in KEYS if key != KEYS[1]}


def test_overwrite_removes_the_files_of_a_frame_that_has_become_bad(tmp_path: Path, source: Path, out: Path) -> None:
    assert run_recipe(tmp_path, source, out).status == 0
    bad = KEYS[-1]  # the only one of its split
    write_annotation(annotation_path(source, bad), b"{")
    assert run_recipe(tmp_path, source, out, "--on-error", "skip", "--overwrite").status == 0
    assert run_recipe(tmp_path, source, tmp_path / "new", "--on-error", "skip").status == 0
    assert tree_of(out) == tree_of(tmp_path / "new")


def test_overwrite_removes_masks_of_classes_that_are_no_longer_in_the_frame(source: Path, out: Path) -> None:
    line = ("labelmap", source, "-o", out, "--kind", "masks", "-j", "1")
    assert run_here(*line).status == 0
    for key in KEYS:
        write_annotation(annotation_path(source, key), document())
    assert run_here(*line, "--overwrite").status == 0
    assert data_of(tree_of(out)) == {}


def test_each_bad_frame_is_named_with_the_path_of_the_error_and_each_hint_once(
    source: Path, out: Path, tmp_path: Path
) -> None:
    for key in KEYS[:3]:
        write_annotation(annotation_path(source, key), document(("spaceship", box(0, 0, 1, 1))))
    report = tmp_path / "report.json"
    outcome = run_here("coco", source, "-o", out, "-j", "1", "--report", report)
    expected = [
        f"{annotation_path(source, key)}: unknown label 'spaceship', not in the label table cityscapes "
        "- at `$.objects[0].label`"
        for key in KEYS[:3]
    ]
    assert [line.removeprefix("error: ") for line in outcome.err.splitlines()[:3]] == expected
    assert outcome.err.count("hint: ") == 1
    frames = json.loads(report.read_bytes())["frames"]
    assert [item["error"] for item in frames["bad"]] == expected
    assert (outcome.status, frames["found"], frames["converted"]) == (1, 5, 2)


# Images


@pytest.fixture
def with_images(source: Path) -> Path:
    for key in KEYS:
        path = source / "leftImg8bit" / f"{key}_leftImg8bit.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", np.full((32, 64, 3), 90, np.uint8))[1].tobytes())
    return source


@pytest.mark.parametrize("images", ["copy", "symlink", "hardlink"])
def test_images_of_the_data_set_are_never_replaced(images: str, with_images: Path) -> None:
    before = tree_of(with_images)
    line = ("labelmap", with_images, "-o", with_images, "--images", images, "-j", "1", "--overwrite")
    assert "would replace an image of the data set" in only_error(run_here(*line))
    assert tree_of(with_images) == before


def test_circular_links_among_the_images_do_not_hang(with_images: Path, out: Path) -> None:
    for number in range(8):
        (with_images / "leftImg8bit" / f"link{number}").symlink_to(with_images / "leftImg8bit")
    assert run_here("labelmap", with_images, "-o", out, "--images", "symlink", "-j", "1").status == 0


def test_a_truncated_image_is_named(with_images: Path, out: Path) -> None:
    path = with_images / "leftImg8bit" / f"{KEYS[0]}_leftImg8bit.png"
    path.write_bytes(path.read_bytes()[:40])
    error = only_error(run_here("voc", with_images, "-o", out, "--images", "copy", "-j", "1"))
    assert error == f"{path}: cannot be decoded as an image"


# Zips, and objects that take long


def test_a_replaced_zip_is_opened_again_in_the_same_process(source: Path, tmp_path: Path) -> None:
    archive = zip_folder(source, tmp_path / "gtFine.zip")
    assert run_here("coco", archive, "-o", tmp_path / "first", "-j", "1").status == 0
    write_annotation(annotation_path(source, KEYS[1]), document(("truck", box(1, 1, 5, 5))))
    archive.unlink()
    zip_folder(source, archive)
    assert run_here("coco", archive, "-o", tmp_path / "second", "-j", "1").status == 0
    assert run_here("coco", source, "-o", tmp_path / "folder", "-j", "1").status == 0
    assert tree_of(tmp_path / "second") == tree_of(tmp_path / "folder") != tree_of(tmp_path / "first")


def test_the_polygon_of_an_object_in_thousands_of_parts_covers_it(tmp_path: Path) -> None:
    width, height, side = 512, 256, 4
    rest = np.zeros((height // side, width // side), np.bool_)
    rest[::2, ::2] = rest[1::2, 1::2] = True
    cover = [
        point
        for row, line in enumerate(rest)
        for column in np.flatnonzero(~line).tolist()
        for point in [*box(column * side, row * side, side, side), [column * side, row * side]]
    ]
    image = box(0, 0, width, height)
    scene = document(("car", image), ("road", cover), width=width, height=height)
    source = write_dataset(tmp_path / "source", {KEYS[1]: scene})
    assert run_here("yolo", source, "-o", tmp_path / "out", "--task", "segment", "-j", "1").status == 0
    (row,) = (content for path, content in tree_of(tmp_path / "out").items() if path.endswith(".txt"))
    points = np.array(row.split()[1:], float).reshape(-1, 2) * (width, height)
    filled = cv2.fillPoly(np.zeros((height, width), np.uint8), [points.astype(np.int32)], 1)
    assert run_here("labelmap", source, "-o", tmp_path / "map", "--kind", "labelIds", "-j", "1").status == 0
    (label_map,) = (content for path, content in tree_of(tmp_path / "map").items() if path.endswith(".png"))
    is_car = decode_image(label_map) == load_table("cityscapes").by_name["car"].id
    assert is_car.any()
    assert filled[is_car].all()
