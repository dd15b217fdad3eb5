"""What is written is on the disk before it is declared complete. `tests/robustness/faults/power.py` loses the rest."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from cityconv.engine import durability
from cityconv.engine.durability import sync, sync_folder
from cityconv.errors import OutputError
from tests.builders import tree_of, write_annotation, write_dataset
from tests.commands import invoke


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files, a folder, and links to what is not there."""
    write_annotation(tmp_path / "folder/a", b"a")
    write_annotation(tmp_path / "folder/deep/deeper/b", b"b")
    (tmp_path / "folder/empty").mkdir()
    (tmp_path / "folder/link").symlink_to("absent")
    (tmp_path / "folder/deep/up").symlink_to("..")
    return tmp_path / "folder"


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files and folders that are synced, on a system that has only fsync."""
    paths: list[str] = []
    monkeypatch.setattr(durability, "_sync_file_system", lambda _: False)
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: paths.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
    )
    return paths


def test_the_file_system_of_a_folder_is_synced_in_one_call(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: 1 / 0)
    sync_folder(folder)


def test_an_error_of_that_call_is_not_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> int:
        ctypes.set_errno(errno.EIO)
        return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(syncfs=fail))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        sync_folder(folder)


def test_elsewhere_each_file_and_folder_is_synced_and_the_name_of_the_folder(folder: Path, synced: list[str]) -> None:
    sync_folder(folder)
    below = ["", "/a", "/deep", "/deep/deeper", "/deep/deeper/b", "/empty"]
    assert {str(folder.parent), *(f"{folder}{path}" for path in below)} <= set(synced)


def test_the_names_in_a_folder_are_synced(folder: Path, synced: list[str]) -> None:
    sync(folder)
    assert synced == [str(folder)]


def test_an_error_of_the_disk_is_an_error_of_the_run_and_nothing_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> bool:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    source, out = write_dataset(tmp_path / "source"), tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(durability, "_sync_file_system", fail)
        with pytest.raises(OutputError, match="input/output error") as caught:
            invoke("coco", source, "-o", out, "-j", "1")
    assert caught.value.hint == "--resume continues"
    assert [path.name for path in out.iterdir()] == [".cityconv"]
    assert invoke("coco", source, "-o", out, "-j", "1", "--resume").status == 0
    assert invoke("coco", source, "-o", tmp_path / "fresh", "-j", "1").status == 0
    assert tree_of(out) == tree_of(tmp_path / "fresh")


def test_all_is_synced_before_the_run_is_committed_and_again_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[tuple[str, ...]] = []

    def note(_: int) -> bool:
        out = tmp_path / "out"
        states.append(tuple(sorted(path.name for folder in (out, out / ".cityconv") for path in folder.iterdir())))
        return True

    monkeypatch.setattr(durability, "_sync_file_system", note)
    assert invoke("coco", write_dataset(tmp_path / "source"), "-o", tmp_path / "out", "-j", "1").status == 0
    before, after = states
    assert "complete" not in before
    assert {"complete", "annotations", "cityconv.json"} <= {*after}
