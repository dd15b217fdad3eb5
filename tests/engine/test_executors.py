"""Executors: every item is processed once, and an error in a worker names its item."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from cityconv.engine.executors import Workers, execute
from cityconv.errors import AnnotationError, WorkerError
from cityconv.source.limits import limits
from tests.engine.work_on_items import die_on_13, fail_on_13, name_of, reject_13, square

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Under pytest-xdist this process has threads, about which Python warns before it forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")

JOBS = pytest.mark.parametrize("jobs", [1, 2, 3])


@pytest.fixture(params=["fork", "forkserver", "spawn"])
def start_method(request: pytest.FixtureRequest) -> Iterator[str]:
    """A start method that the program has chosen."""
    multiprocessing.set_start_method(request.param, force=True)
    yield request.param
    multiprocessing.set_start_method(None, force=True)


def exit_on_13(item: int) -> int:
    if item == 13:
        os._exit(3)
    return item


def hang_below_13(item: int) -> int:
    if item < 13:
        signal.pause()
    return reject_13(item)


def hang_on_13(item: int) -> int:
    if item == 13:
        signal.pause()
    return item


def start_method_of_worker(_: int) -> str:
    return type(multiprocessing.current_process()).__name__


class ExitsWhenUnpickled:
    """A function that a spawned worker does not survive receiving."""

    def __call__(self, item: int) -> int:
        return item

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (4,)


@JOBS
@pytest.mark.parametrize("size", [0, 1, 2, 7, 500])
def test_every_item_is_processed_once_with_any_number_of_workers(size: int, jobs: int) -> None:
    assert sorted(execute(square, range(size), Workers(jobs), name_of)) == sorted(map(square, range(size)))


def test_one_job_works_in_order_and_on_demand() -> None:
    done: list[int] = []
    results = execute(done.append, range(5), Workers(1), name_of)
    next(results)
    next(results)
    assert done == [0, 1]


def test_the_chosen_start_method_is_used(start_method: str) -> None:
    names = {"fork": "ForkProcess", "forkserver": "ForkServerProcess", "spawn": "SpawnProcess"}
    assert set(execute(start_method_of_worker, range(20), Workers(2), name_of)) == {names[start_method]}


@JOBS
def test_an_error_of_the_user_arrives_unchanged_with_its_hint(jobs: int) -> None:
    with pytest.raises(AnnotationError) as caught:
        list(execute(reject_13, range(20), Workers(jobs), name_of))
    assert (str(caught.value), caught.value.hint) == ("13: bad luck", "take 14")


@JOBS
def test_an_unexpected_error_names_the_item_and_the_line_of_code(jobs: int) -> None:
    with pytest.raises(WorkerError) as caught:
        list(execute(fail_on_13, range(20), Workers(jobs), name_of))
    assert str(caught.value).startswith("item 13: internal error: ZeroDivisionError: ")
    assert "fail_on_13" in str(caught.value)
    assert "report it" in caught.value.hint


def test_names_need_not_be_picklable(start_method: str) -> None:
    with pytest.raises(WorkerError, match=r"^the 13th: internal error"):
        list(execute(fail_on_13, range(20), Workers(2), lambda item: f"the {item}th"))


def test_a_killed_worker_is_reported_with_its_item_and_the_signal(start_method: str) -> None:
    with pytest.raises(WorkerError, match=r"^item 13: .* signal 9$") as caught:
        list(execute(die_on_13, range(40), Workers(2), name_of))
    assert "memory" in caught.value.hint


def test_a_worker_that_exits_is_reported_with_its_item_and_the_status(start_method: str) -> None:
    with pytest.raises(WorkerError, match=r"^item 13: .* status 3$"):
        list(execute(exit_on_13, range(40), Workers(2), name_of))


def test_a_worker_that_dies_before_its_first_item_blames_no_item() -> None:
    multiprocessing.set_start_method("spawn", force=True)
    try:
        with pytest.raises(WorkerError, match=r"^a worker process exited with status 4 before"):
            list(execute(ExitsWhenUnpickled(), range(40), Workers(2), name_of))
    finally:
        multiprocessing.set_start_method(None, force=True)


def test_no_worker_outlives_a_run() -> None:
    list(execute(square, range(20), Workers(3), name_of))
    assert multiprocessing.active_children() == []


def test_busy_workers_are_ended_when_another_fails(start_method: str) -> None:
    with pytest.raises(AnnotationError):
        list(execute(hang_below_13, [13, 1], Workers(2), name_of))
    assert multiprocessing.active_children() == []


def test_workers_are_ended_when_the_results_are_closed_early(start_method: str) -> None:
    results = execute(square, range(500), Workers(2), name_of)
    next(results)
    results.close()
    assert multiprocessing.active_children() == []


def stop_on_13(item: int) -> int:
    if item == 13:
        os.kill(os.getpid(), signal.SIGSTOP)
    return item


def sleep_briefly(item: int) -> int:
    time.sleep(0.3)
    return item


@pytest.fixture
def set_limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """A function that limits the seconds per item, and has the workers looked at often."""

    def limit(seconds: int) -> None:
        monkeypatch.setenv("CITYCONV_MAX_FRAME_SECONDS", str(seconds))
        monkeypatch.setattr("cityconv.engine.process_pool._TICK", 0.1)
        limits.cache_clear()

    yield limit
    limits.cache_clear()


@pytest.mark.parametrize("work", [stop_on_13, hang_on_13])
def test_a_worker_that_makes_no_progress_is_ended_and_its_item_is_named(
    work: Callable[[int], int], start_method: str, set_limit: Callable[[int], None]
) -> None:
    seconds = 1 if start_method == "fork" else 5  # others take a while to start
    set_limit(seconds)
    with pytest.raises(WorkerError, match=rf"^item 13: .* has made no progress for {seconds} s$") as caught:
        list(execute(work, range(40), Workers(2), name_of))
    assert "CITYCONV_MAX_FRAME_SECONDS" in caught.value.hint
    assert multiprocessing.active_children() == []


def test_slow_items_do_not_add_up(set_limit: Callable[[int], None]) -> None:
    set_limit(1)
    assert sorted(execute(sleep_briefly, range(10), Workers(2), name_of)) == list(range(10))


def test_time_in_which_nobody_asks_for_results_does_not_count(set_limit: Callable[[int], None]) -> None:
    set_limit(1)
    results = execute(square, range(500), Workers(2), name_of)
    next(results)
    time.sleep(1.5)
    assert len(list(results)) == 499
