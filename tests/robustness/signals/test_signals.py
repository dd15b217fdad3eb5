"""Runs that are ended from outside, and what they leave."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.builders import SCENES, annotation_path, tree_of, write_dataset
from tests.robustness.faults.running import run_here
from tests.robustness.signals.held import held_run

if TYPE_CHECKING:
    from pathlib import Path

LAST = sorted(SCENES)[-1]
SOON = 5.0  # seconds; on an idle machine it takes far less
START_METHODS = pytest.mark.parametrize("start_method", ["fork", "forkserver", "spawn"])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def assert_resumable(source: Path, out: Path) -> None:
    """Assert that nothing is visible yet, and that a resumed run gives the files of an uninterrupted one."""
    assert [path.name for path in out.iterdir()] == [".cityconv"]
    assert run_here("labelmap", source, "-o", out, "-j", "1", "--resume").status == 0
    assert run_here("labelmap", source, "-o", out.parent / "complete", "-j", "1").status == 0
    assert tree_of(out) == tree_of(out.parent / "complete")


def end_soon(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=SOON)[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize(("jobs", "start_method"), [("1", ""), ("2", "fork"), ("2", "forkserver"), ("2", "spawn")])
def test_a_signal_of_the_terminal_ends_all_processes_with_one_message(
    number: signal.Signals, jobs: str, start_method: str, source: Path, out: Path
) -> None:
    with held_run(LAST, "labelmap", source, "-o", out, "-j", jobs, start_method=start_method) as run:
        children = run.children()
        os.killpg(run.process.pid, number)  # as a terminal does for Ctrl-C, and when it is closed
        status, messages = run.finish()
        assert end_soon(children)
    assert (status, messages) == (128 + number, "interrupted; --resume continues\n")
    assert_resumable(source, out)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_run_alone_ends_its_workers_too(number: signal.Signals, source: Path, out: Path) -> None:
    with held_run(LAST, "labelmap", source, "-o", out, "-j", "2") as run:
        children = run.children()
        run.process.send_signal(number)
        status, messages = run.finish()
        assert end_soon(children)
    assert (status, len(children)) == (128 + number, 2)
    assert messages == "interrupted; --resume continues\n"
    assert_resumable(source, out)


@START_METHODS
def test_a_killed_worker_is_reported_with_its_file(start_method: str, source: Path, out: Path) -> None:
    with held_run(LAST, "labelmap", source, "-o", out, "-j", "2", start_method=start_method) as run:
        run.worker().kill()
        status, messages = run.finish()
    assert status == 1
    expected = f"error: {annotation_path(source, LAST)}: the worker process was killed by signal 9\nhint: "
    assert messages.startswith(expected)
    assert "--resume continues" in messages
    assert_resumable(source, out)


@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_worker_that_is_stopped_or_hangs_is_reported_with_its_file(
    is_stopped: bool, source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYCONV_MAX_FRAME_SECONDS", "1")
    with held_run(LAST, "labelmap", source, "-o", out, "-j", "2") as run:
        children = run.children()
        if is_stopped:
            run.worker().suspend()
        status, messages = run.finish()
        assert end_soon(children)
    expected = f"error: {annotation_path(source, LAST)}: the worker process has made no progress for 1 s\nhint: "
    assert status == 1
    assert messages.startswith(expected)
    assert "--resume continues" in messages
    monkeypatch.undo()
    assert_resumable(source, out)


@START_METHODS
def test_workers_end_when_their_parent_is_killed(start_method: str, source: Path, out: Path) -> None:
    with held_run(LAST, "labelmap", source, "-o", out, "-j", "2", start_method=start_method) as run:
        children = run.children()
        run.process.kill()
        run.release()
        assert end_soon(children)
    assert_resumable(source, out)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_run_that_starts_with_a_signal_ignored_keeps_ignoring_it(
    number: signal.Signals, source: Path, out: Path
) -> None:
    before = signal.signal(number, signal.SIG_IGN)  # as a shell does for a job with &, and nohup
    try:
        with held_run(LAST, "labelmap", source, "-o", out, "-j", "2") as run:
            os.killpg(run.process.pid, number)
            run.release()
            status, messages = run.finish()
    finally:
        signal.signal(number, before)
    assert status == 0, messages


def test_a_second_run_is_refused_and_does_not_disturb_the_first(source: Path, out: Path) -> None:
    with held_run(LAST, "labelmap", source, "-o", out, "-j", "1") as run:
        second = run_here("labelmap", source, "-o", out, "-j", "1", "--overwrite")
        run.release()
        status, messages = run.finish()
    assert (second.status, second.err) == (1, f"error: {out}: another run is writing to this folder\n")
    assert status == 0, messages
    assert run_here("labelmap", source, "-o", out.parent / "complete", "-j", "1").status == 0
    assert tree_of(out) == tree_of(out.parent / "complete")
