"""Executors: everything is done once, and what goes wrong in a worker is told with the item it was on."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from cityconv.engine.executors import execute
from cityconv.errors import AnnotationError, WorkerError

# Under pytest-xdist this process has threads, of which Python warns before it forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")

JOBS = pytest.mark.parametrize("jobs", [1, 2, 3])


def name_of(item: int) -> str:
    return f"item {item}"


def square(item: int) -> int:
    return item * item


def refuse_13(item: int) -> int:
    if item == 13:
        raise AnnotationError("13: bad luck", "take 14")
    return item


def fail_on_13(item: int) -> int:
    return 1 // (item - 13)


def die_on_13(item: int) -> int:
    if item == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def leave_on_13(item: int) -> int:
    if item == 13:
        os._exit(3)
    return item


def lock_up_below_13(item: int) -> int:
    if item < 13:
        signal.pause()
    return refuse_13(item)


@JOBS
@pytest.mark.parametrize("size", [0, 1, 2, 7, 500])
def test_every_item_is_done_once_whatever_the_number_of_workers(size: int, jobs: int) -> None:
    assert sorted(execute(square, range(size), jobs, name_of)) == sorted(map(square, range(size)))


def test_one_worker_gives_the_results_in_order_and_as_they_are_asked_for() -> None:
    done: list[int] = []
    results = execute(done.append, range(5), 1, name_of)
    next(results)
    next(results)
    assert done == [0, 1]


@JOBS
def test_a_users_mistake_arrives_as_it_was_raised_with_its_hint(jobs: int) -> None:
    with pytest.raises(AnnotationError) as caught:
        list(execute(refuse_13, range(20), jobs, name_of))
    assert (str(caught.value), caught.value.hint) == ("13: bad luck", "take 14")


@JOBS
def test_an_unexpected_error_is_told_with_its_item_and_the_place_in_the_code(jobs: int) -> None:
    with pytest.raises(WorkerError) as caught:
        list(execute(fail_on_13, range(20), jobs, name_of))
    assert str(caught.value).startswith("item 13: internal error: ZeroDivisionError: ")
    assert "fail_on_13" in str(caught.value)
    assert "report it" in caught.value.hint


@pytest.mark.parametrize("jobs", [2, 3])
def test_a_worker_that_is_killed_is_told_with_its_item_and_the_signal(jobs: int) -> None:
    with pytest.raises(WorkerError, match=r"^item 13: .* signal 9$") as caught:
        list(execute(die_on_13, range(40), jobs, name_of))
    assert "memory" in caught.value.hint


@pytest.mark.parametrize("jobs", [2, 3])
def test_a_worker_that_leaves_is_told_with_its_item_and_the_status(jobs: int) -> None:
    with pytest.raises(WorkerError, match=r"^item 13: .* status 3$"):
        list(execute(leave_on_13, range(40), jobs, name_of))


def test_no_worker_outlives_a_run() -> None:
    list(execute(square, range(20), 3, name_of))
    assert multiprocessing.active_children() == []


def test_workers_that_are_busy_are_ended_when_another_fails() -> None:
    with pytest.raises(AnnotationError):
        list(execute(lock_up_below_13, [13, 1], 2, name_of))
    assert multiprocessing.active_children() == []


def test_workers_are_ended_when_nobody_wants_more_results() -> None:
    results = execute(square, range(500), 2, name_of)
    next(results)
    results.close()
    assert multiprocessing.active_children() == []
