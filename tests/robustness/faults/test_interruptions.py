"""Kills before operations on files, in short, and signals; `operations.py` is a program that does it at length."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.builders import SCENES, tree_of, write_dataset
from tests.commands import cityconv
from tests.robustness.signals.held import held_run

if TYPE_CHECKING:
    from pathlib import Path

LAST = sorted(SCENES)[-1]
QUICKLY = 5.0  # seconds; it is far less on an idle machine


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


@pytest.mark.parametrize(
    "scenario",
    ["killed_while_replacing", "changed_after_the_kill", "bad_frame_left_out_after_the_kill"],
)
def test_killed_before_any_operation_on_files_it_leaves_nothing_wrong_and_can_be_resumed(scenario: str) -> None:
    command = [sys.executable, "-m", "tests.robustness.faults.operations", scenario, "--step", "29"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" kills\n") == 2


def workers_end(processes: list[psutil.Process]) -> bool:
    """Return whether processes are gone before long."""
    return not psutil.wait_procs(processes, timeout=QUICKLY)[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_at_once_and_its_workers_and_says_what_goes_on(
    number: signal.Signals, source: Path, tmp_path: Path
) -> None:
    with held_run(LAST, "labelmap", source, "-o", tmp_path / "out", "-j", "2") as run:
        workers = psutil.Process(run.process.pid).children()
        os.killpg(run.process.pid, number)
        status, said = run.finish()
        assert workers_end(workers)
    assert (status, len(workers)) == (128 + number, 2)
    assert said == "interrupted; --resume continues\n"
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".cityconv"]


def test_workers_end_when_their_parent_is_killed(source: Path, tmp_path: Path) -> None:
    with held_run(LAST, "labelmap", source, "-o", tmp_path / "out", "-j", "2") as run:
        workers = psutil.Process(run.process.pid).children()
        run.process.kill()
        run.release()
        assert workers_end(workers)


def test_a_run_in_the_background_is_not_ended_by_ctrl_c(source: Path, tmp_path: Path) -> None:
    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for a job with &
    try:
        with held_run(LAST, "labelmap", source, "-o", tmp_path / "out", "-j", "2") as run:
            os.killpg(run.process.pid, signal.SIGINT)
            run.release()
            status, said = run.finish()
    finally:
        signal.signal(signal.SIGINT, ignored)
    assert status == 0, said


@pytest.mark.parametrize("left", [[], ["frames/"], ["frames/", "dataset/"], ["frames/", "dataset/", "journal"]])
def test_interrupted_before_the_first_frame_it_is_resumed(left: list[str], source: Path, tmp_path: Path) -> None:
    work = tmp_path / "out/.cityconv"
    work.mkdir(parents=True)
    for name in left:
        (work / name).mkdir() if name.endswith("/") else (work / name).touch()
    assert cityconv("coco", source, "-o", tmp_path / "out", "--resume").status == 0
    assert cityconv("coco", source, "-o", tmp_path / "whole").status == 0
    assert tree_of(tmp_path / "out") == tree_of(tmp_path / "whole")
