"""On a Dask cluster of real processes: the same bytes, lost workers, lost schedulers, and clusters that are refused."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from cityconv.engine import dask_executor
from cityconv.engine.dask_worker import Chunk
from cityconv.engine.executors import Workers, execute
from cityconv.errors import AnnotationError, UsageError, WorkerError
from cityconv.version import __version__
from tests.builders import SCENES, annotation_path, street, tree_of, write_annotation, write_dataset, write_images
from tests.commands import convert, environment, invoke
from tests.engine.work_on_items import die_on_13, fail_on_13, name_of, reject_13, square
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC, WALKS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SEARCH_PATH = os.pathsep.join([str(ROOT), *sys.path])
PATIENCE = 300  # seconds; only a test that hangs needs them


class Cluster(NamedTuple):
    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]

    def execute(self, work: object, items: range) -> list[int]:
        return list(execute(work, items, Workers(scheduler=self.address), name_of))  # type: ignore[arg-type]


@contextmanager
def dask(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of Dask; its processes end with it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        env=environment({"PYTHONPATH": SEARCH_PATH, **variables}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(condition: object) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def cluster_of(folder: Path, workers: int = 2, threads: int = 1, **variables: str) -> Iterator[Cluster]:
    """Run a scheduler and workers."""
    from distributed import Client

    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    own = ("--no-dashboard", "--scheduler-file", str(file))
    with ExitStack() as stack:
        patience = {
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60s",
        }
        scheduler = stack.enter_context(dask("scheduler", "--host", "127.0.0.1", "--port", "0", *own, **patience))
        wait_for(file.exists)
        started = []
        for number in range(workers):
            place = ("--local-directory", str(folder / f"worker-{number}"), "--nthreads", str(threads))
            started.append(stack.enter_context(dask("worker", *own, *place, **patience, **variables)))
        with Client(scheduler_file=str(file), set_as_default=False, timeout=PATIENCE) as client:
            client.wait_for_workers(workers, timeout=PATIENCE)
            address = client.scheduler.address
        yield Cluster(address, scheduler, started)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster_of(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path / "source/leftImg8bit", *SCENES)
    return write_dataset(tmp_path / "source").relative_to(tmp_path)


@dataclass(frozen=True)
class DiesOnce:
    marker: Path

    def __call__(self, item: int) -> int:
        if item == 13 and not self.marker.exists():
            self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return item


def hang_on_13(item: int) -> int:
    if item == 13:
        time.sleep(PATIENCE)
    return item


@dataclass(frozen=True)
class DiesOn13AndGoesOn:
    def __call__(self, item: int) -> int:
        return die_on_13(item)

    def lost(self, item: int, cause: str, hint: str) -> int:
        assert cause
        assert hint
        return -item


def test_every_item_is_processed_once(cluster: Cluster) -> None:
    assert sorted(cluster.execute(square, range(100))) == sorted(map(square, range(100)))


def test_errors_are_raised_as_on_one_machine(cluster: Cluster) -> None:
    with pytest.raises(AnnotationError, match="13: bad luck") as rejected:
        cluster.execute(reject_13, range(40))
    assert rejected.value.hint == "take 14"
    with pytest.raises(WorkerError, match="item 13: internal error: ZeroDivisionError"):
        cluster.execute(fail_on_13, range(40))


def test_items_of_a_lost_worker_are_done_again(cluster: Cluster, tmp_path: Path) -> None:
    assert sorted(cluster.execute(DiesOnce(tmp_path / "died"), range(40))) == [*range(40)]
    assert (tmp_path / "died").exists()


def test_an_item_that_kills_workers_is_named(cluster: Cluster) -> None:
    with pytest.raises(WorkerError, match="item 13: the workers that worked on it died or took too long"):
        cluster.execute(die_on_13, range(20))
    assert sorted(cluster.execute(DiesOn13AndGoesOn(), range(20))) == [-13, *range(13), *range(14, 20)]


def test_an_item_that_takes_too_long_is_named(tmp_path: Path) -> None:
    with (
        cluster_of(tmp_path, 1, CITYCONV_MAX_FRAME_SECONDS="1") as cluster,
        pytest.raises(WorkerError, match="item 13: the workers that worked on it died or took too long"),
    ):
        cluster.execute(hang_on_13, range(13, 16))


def test_a_recipe_gives_the_same_bytes(cluster: Cluster, source: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(
        f'source = "source"\nout = "one"\nimages = "copy"\n{BOXES_AND_OUTLINES}{VOC}{MAPS}{WALKS}[outputs.csv]\n'
    )
    convert("run", "recipe.toml")
    assert invoke("run", "recipe.toml", "-o", "cluster", "--scheduler", cluster.address).status == 0
    assert tree_of(Path("cluster")) == tree_of(Path("one"))
    assert invoke("verify", source, "cluster", "--scheduler", cluster.address).status == 0
    assert invoke("preview", source, "-o", "drawn", "--scheduler", cluster.address).status == 0
    assert invoke("preview", source, "-o", "drawn-here", "-j", "1").status == 0
    assert tree_of(Path("drawn")) == tree_of(Path("drawn-here"))
    on_cluster = invoke("stats", source, "--json", "-", "--scheduler", cluster.address)
    assert on_cluster.out == invoke("stats", source, "--json", "-", "-j", "1").out


def test_a_bad_frame_is_named_as_on_one_machine(cluster: Cluster, source: Path) -> None:
    bad = write_annotation(annotation_path(source, min(SCENES)), b"{")
    outcome = invoke("coco", source, "-o", "out", "--scheduler", cluster.address)
    assert outcome.status == 1
    assert outcome.err.startswith(f"error: {bad}:")
    assert not Path("out").exists()


def test_workers_of_another_version_are_refused(source: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "cityconv", tmp_path / "other/cityconv", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "other/cityconv/version.py").write_text('__version__ = "0.0.1"\n')
    path = os.pathsep.join([str(tmp_path / "other"), SEARCH_PATH])
    with cluster_of(tmp_path, 1, PYTHONPATH=path) as cluster, pytest.raises(WorkerError) as refused:
        invoke("coco", source, "-o", "out", "--scheduler", cluster.address)
    assert f"has cityconv 0.0.1, and this run needs {__version__}" in str(refused.value)
    assert not Path("out").exists()


def test_workers_of_several_threads_are_refused(source: Path, tmp_path: Path) -> None:
    with cluster_of(tmp_path, 1, threads=2) as cluster, pytest.raises(WorkerError, match="a worker with 2 threads"):
        invoke("coco", source, "-o", "out", "--scheduler", cluster.address)


def test_a_worker_that_joins_later_without_the_files_is_an_error_of_its_own() -> None:
    chunk: Chunk[int, int] = Chunk("run", "/nowhere", [1])
    error = chunk(square)
    assert isinstance(error, WorkerError)
    assert str(error) == "a worker: /nowhere: no such file or directory"


def start_long_run(folder: Path, cluster: Cluster) -> subprocess.Popen[str]:
    """Start a conversion of 400 frames, and wait until workers have written some files."""
    keys = [f"train/aachen/aachen_{number:06}_000019" for number in range(400)]
    write_dataset(folder / "source", {key: street(number % 20) for number, key in enumerate(keys)})
    run = subprocess.Popen(
        [sys.executable, "-m", "cityconv", "labelmap", "source", "-o", "out", "--scheduler", cluster.address],
        cwd=folder,
        env=environment({"PYTHONPATH": SEARCH_PATH}),
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: run.poll() is not None or len(maps_in(folder)) > 20)
    return run


def maps_in(folder: Path) -> list[Path]:
    return sorted((folder / "out").rglob("*.png"))


def test_a_killed_worker_costs_no_frame(tmp_path: Path) -> None:
    with cluster_of(tmp_path) as cluster:
        run = start_long_run(tmp_path, cluster)
        os.killpg(cluster.workers[0].pid, signal.SIGKILL)
        _, errors = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0, errors
    convert("labelmap", tmp_path / "source", "-o", tmp_path / "one")
    assert tree_of(tmp_path / "out") == tree_of(tmp_path / "one")


def test_a_killed_scheduler_ends_the_run_in_one_line_and_resume_goes_on(tmp_path: Path) -> None:
    with cluster_of(tmp_path) as cluster:
        run = start_long_run(tmp_path, cluster)
        cluster.scheduler.kill()
        _, errors = run.communicate(timeout=PATIENCE)
        assert run.returncode == 1
        assert errors.splitlines() == [
            f"error: {cluster.address}: the connection to the scheduler was lost",
            "hint: --resume continues",
        ]
    assert not (tmp_path / "out/cityconv.json").exists()
    convert("labelmap", tmp_path / "source", "-o", tmp_path / "out", "--resume")
    convert("labelmap", tmp_path / "source", "-o", tmp_path / "one")
    assert tree_of(tmp_path / "out") == tree_of(tmp_path / "one")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_work_of_the_cluster(
    cluster: Cluster, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    run = start_long_run(tmp_path, cluster)
    run.send_signal(number)
    _, errors = run.communicate(timeout=PATIENCE)
    assert run.returncode == status
    assert errors == "interrupted; --resume continues\n"
    staged = maps_in(tmp_path)
    assert len(staged) < 400
    time.sleep(0.5)
    assert maps_in(tmp_path) == staged


@pytest.mark.parametrize("address", ["", "nonsense://127.0.0.1:1", "tcp://127.0.0.1"])
def test_a_malformed_address_is_wrong_usage(address: str, source: Path) -> None:
    with pytest.raises(UsageError, match=f"--scheduler: '{address}' is not an address"):
        invoke("coco", source, "-o", "out", "--scheduler", address)


def test_a_server_that_is_no_scheduler_does_not_stop_the_command(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_executor, "_PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(WorkerError, match=f"{address}: cannot connect to the scheduler: no answer"):
            invoke("coco", source, "-o", "out", "--scheduler", address)


def test_jobs_and_scheduler_exclude_each_other(source: Path) -> None:
    with pytest.raises(UsageError, match="--scheduler cannot be combined with --jobs"):
        invoke("coco", source, "-o", "out", "--scheduler", "tcp://127.0.0.1:1", "-j", "2")
