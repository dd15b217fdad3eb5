"""The output folder: complete or untouched, and never replaced without --overwrite."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from typing import TYPE_CHECKING

import pytest

from cityconv.errors import OutputError
from tests.builders import SCENES, annotation_path, data_of, street, tree_of, write_annotation, write_dataset
from tests.commands import invoke

if TYPE_CHECKING:
    from pathlib import Path

BAD = ("train/ulm/ulm_000000_000019", "val/munster/munster_000000_000019")
JOBS = pytest.mark.parametrize("jobs", ["1", "2"])
# Under pytest-xdist this process has threads, about which Python warns before it forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


@pytest.fixture
def damaged(source: Path) -> Path:
    for key in BAD:
        write_annotation(annotation_path(source, key), b"{")
    return source


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "some/where/out"


def test_a_run_leaves_nothing_but_its_output(source: Path, out: Path) -> None:
    invoke("labelmap", source, "-o", out, "-j", "1")
    maps = [f"gtFine/{key}_gtFine_labelIds.png" for key in sorted(SCENES)]
    (records,) = out.glob(".cityconv-labelmap-????????.records")
    assert sorted(tree_of(out)) == [records.name, "cityconv.json", *maps]
    assert sorted(path.name for path in out.iterdir()) == [records.name, "cityconv.json", "gtFine"]


def test_an_existing_output_is_not_replaced(source: Path, out: Path) -> None:
    invoke("coco", source, "-o", out, "-j", "1")
    before = tree_of(out)
    with pytest.raises(OutputError) as caught:
        invoke("coco", source, "-o", out, "-j", "1", "--extent", "full")
    assert str(caught.value).startswith(f"{out}/annotations/instances_test.json: already exists")
    assert "--overwrite" in caught.value.hint
    assert tree_of(out) == before


def test_one_existing_file_of_the_output_is_refused_and_unrelated_files_are_kept(source: Path, out: Path) -> None:
    write_annotation(out / "notes.txt", b"mine")
    assert invoke("coco", source, "-o", out, "-j", "1", "--split", "val").status == 0
    with pytest.raises(OutputError, match=r"instances_val\.json: already exists"):
        invoke("coco", source, "-o", out, "-j", "1")
    assert sorted(data_of(tree_of(out))) == ["annotations/instances_val.json", "notes.txt"]


def test_overwrite_replaces_an_output_and_keeps_unrelated_files(source: Path, out: Path, tmp_path: Path) -> None:
    write_annotation(out / "notes.txt", b"mine")
    for options in ((), ("--extent", "full", "--overwrite")):
        assert invoke("coco", source, "-o", out, "-j", "1", *options).status == 0
    invoke("coco", source, "-o", tmp_path / "new", "-j", "1", "--extent", "full")
    assert tree_of(out) == tree_of(tmp_path / "new") | {"notes.txt": b"mine"}


def test_two_outputs_can_share_a_folder(source: Path, out: Path) -> None:
    for kind in ("labelIds", "color"):
        assert invoke("labelmap", source, "-o", out, "-j", "1", "--kind", kind).status == 0
    assert len(data_of(tree_of(out))) == 2 * len(SCENES)


@JOBS
def test_all_bad_frames_are_named_and_nothing_is_written(damaged: Path, out: Path, jobs: str) -> None:
    outcome = invoke("labelmap", damaged, "-o", out, "-j", jobs)
    assert outcome.status == 1
    *errors, last = outcome.err.splitlines()
    assert [line.split(": ")[:2] for line in errors] == [["error", str(annotation_path(damaged, key))] for key in BAD]
    assert last == "2 of 5 frames are bad; nothing was written"
    assert not out.exists()


@JOBS
def test_bad_frames_are_named_and_skipped_with_on_error_skip(damaged: Path, out: Path, jobs: str) -> None:
    outcome = invoke("coco", damaged, "-o", out, "-j", jobs, "--on-error", "skip")
    assert outcome.status == 0
    for key in BAD:
        assert f"error: {annotation_path(damaged, key)}: " in outcome.err
    names = [
        item["file_name"] for content in data_of(tree_of(out)).values() for item in json.loads(content).get("images")
    ]
    assert sorted(names) == [
        "aachen/aachen_000000_000019_leftImg8bit.png",
        "aachen/aachen_000001_000019_leftImg8bit.png",
        "bonn/bonn_000000_000019_leftImg8bit.png",
    ]


def test_nothing_is_written_if_all_frames_are_bad(source: Path, out: Path) -> None:
    for key in SCENES:
        write_annotation(annotation_path(source, key), b"{")
    assert invoke("labelmap", source, "-o", out, "-j", "1", "--on-error", "skip").status == 1
    assert not out.exists()


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_overwrite_keeps_the_earlier_output_if_all_frames_are_bad(source: Path, out: Path, on_error: str) -> None:
    invoke("labelmap", source, "-o", out, "-j", "1")
    before = tree_of(out)
    for key in SCENES:
        write_annotation(annotation_path(source, key), b"{")
    assert invoke("labelmap", source, "-o", out, "-j", "1", "--overwrite", "--on-error", on_error).status == 1
    assert tree_of(out) == before


def test_an_existing_folder_is_kept_if_nothing_is_written(damaged: Path, out: Path) -> None:
    write_annotation(out / "notes.txt", b"mine")
    invoke("labelmap", damaged, "-o", out, "-j", "1")
    assert [path.name for path in out.iterdir()] == ["notes.txt"]


def test_a_run_succeeds_once_bad_frames_are_fixed(damaged: Path, out: Path) -> None:
    invoke("labelmap", damaged, "-o", out, "-j", "1")
    for key in BAD:
        write_annotation(annotation_path(damaged, key), street())
    assert invoke("labelmap", damaged, "-o", out, "-j", "1").status == 0
    assert len(data_of(tree_of(out))) == len(SCENES)


def test_an_output_at_or_below_a_file_is_refused(source: Path, tmp_path: Path) -> None:
    file = write_annotation(tmp_path / "file", b"mine")
    for out in (file, file / "below", file / "far/below"):
        with pytest.raises(OutputError) as caught:
            invoke("labelmap", source, "-o", out, "-j", "1")
        assert str(caught.value).startswith(f"{file}")
    assert file.read_bytes() == b"mine"


def test_a_file_where_a_folder_is_needed_is_refused_and_kept(source: Path, out: Path) -> None:
    write_annotation(out / "annotations", b"mine")
    with pytest.raises(OutputError):
        invoke("coco", source, "-o", out, "-j", "1")
    assert (out / "annotations").read_bytes() == b"mine"


@pytest.mark.parametrize("character", ["a", "\N{LATIN SMALL LETTER U WITH DIAERESIS}", "\N{LINEAR B SYLLABLE B008 A}"])
def test_a_name_of_255_bytes_is_written_and_a_longer_one_refused(character: str, source: Path, out: Path) -> None:
    space = 255 - len("train.json")
    size = len(character.encode())
    filler = character * (space // size) + "a" * (space % size)
    command = ("coco", source, "-j", "1", "--split", "train", "-o", out)
    assert invoke(*command, "--name-template", f"{filler}{{split}}.json").status == 0
    assert (out / f"annotations/{filler}train.json").exists()
    with pytest.raises(OutputError, match="longer than 255 bytes"):
        invoke(*command, "--name-template", f"{filler}a{{split}}.json")


def test_no_thread_runs_at_a_fork(source: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    fork = os.fork

    def list_threads_and_fork() -> int:
        names.extend(thread.name for thread in threading.enumerate())
        return fork()

    monkeypatch.setattr("os.fork", list_threads_and_fork)
    assert invoke("labelmap", source, "-o", out, "-j", "2").status == 0
    assert names
    assert "tqdm_monitor" not in names
    assert multiprocessing.get_start_method(allow_none=True) is None  # a lock of tqdm's default kind would fix it
