"""Plans: what is refused before any frame is converted, and how little memory many frames take."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

import cityconv
from cityconv.engine import executors, files
from cityconv.engine.make_plan import make_plan
from cityconv.errors import OutputError
from cityconv.formats.labelmap.options import LabelMapOptions
from cityconv.options import OutputOptions
from cityconv.source import disk_list
from tests.builders import annotation_path, write_dataset

if TYPE_CHECKING:
    from pathlib import Path


def _memory_of_plan(root: Path, number: int) -> int:
    """Return the most bytes that a plan for some frames takes, whose files are not read."""
    for index in range(number):
        path = annotation_path(root, f"train/city{index // 100}/city{index // 100}_{index:06d}_000019")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    tracemalloc.start()
    plan = make_plan(OutputOptions(source=root, out=root.with_suffix(".out")), {"labelmap": LabelMapOptions()})
    plan.fingerprint()
    files.check_paths(root, disk_list.DiskList(plan.paths()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(plan.frames) == number
    return peak


def test_a_plan_for_more_frames_takes_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_list, "_BLOCK", 16)  # a few frames are many then
    monkeypatch.setattr(disk_list, "_RUN", 8)
    _memory_of_plan(tmp_path / "first", 1)  # imports
    fewer, more = (_memory_of_plan(tmp_path / str(number), number) for number in (500, 1000))
    assert more < fewer + 500 * 150  # bytes; a frame and its path in lists take 900


def test_paths_are_compared_as_they_are_where_their_hashes_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "doubled_hashes", lambda paths: frozenset(map(hash, paths)))
    files.check_paths(tmp_path, ["a", "b"])
    with pytest.raises(OutputError, match="b: two files would have this path"):
        files.check_paths(tmp_path, ["a", "b", "b"])


def test_names_that_are_drawn_are_counted_by_no_more_processes_than_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_dataset(tmp_path / "source")
    monkeypatch.setattr(executors, "ProcessPool", None)
    cityconv.coco(source, tmp_path / "out", jobs=1, classes="raw")
    assert not cityconv.verify(source, tmp_path / "out", jobs=1).findings
