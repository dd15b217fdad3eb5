"""Executors apply one function to many items, in this process or in worker processes.

The process pool is ours. A worker that dies must be reported with the item it was on, and Ctrl-C must end all workers
at once; `concurrent.futures` does not name the item, and `multiprocessing.Pool` waits for it forever. Measured:
pebble, the one library that also names the item of a dead worker, takes 2.4 s where ours takes 0.17 s for 5,000 items.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from typing import Protocol, TypeVar

from cityconv.engine.attempt import ItemError, attempt
from cityconv.engine.memory import keep_freed_memory
from cityconv.engine.process_pool import ProcessPool
from cityconv.errors import WorkerError

Item = TypeVar("Item")
Result = TypeVar("Result")


class Executor(Protocol):
    """Applies a function to many items."""

    def run(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Generator[Result]:
        """Yield the result of each item as soon as it is available, in any order.

        Closing the generator early ends all work.

        Args:
            work: the function. It and the items must be picklable where they go to other processes.
            items: its arguments.

        Raises:
            CityconvError: raised by `work`.
            ItemError: `work` raised another exception, or its process died or took longer than the limit.
            WorkerError: the executor itself failed.
        """
        ...


class InlineExecutor:
    """Works in this process, on the items in order, each when its result is requested."""

    def run(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Generator[Result]:
        """Yield the result of each item; see `Executor.run`."""
        for index in range(len(items)):
            yield attempt(work, items, index)


def execute(
    work: Callable[[Item], Result], items: Sequence[Item], jobs: int, name: Callable[[Item], str]
) -> Generator[Result]:
    """Yield the result of each item as soon as it is available; closing the generator early ends all workers.

    Args:
        work: the function; picklable if `jobs` is more than 1.
        items: its arguments; picklable likewise.
        jobs: number of worker processes; 1 works in this process.
        name: returns what messages call an item. It is called in this process only and need not be picklable.

    Raises:
        CityconvError: raised by `work`.
        WorkerError: `work` raised another exception, or a worker died, hung, or could not be started.
    """
    keep_freed_memory()
    jobs = min(jobs, len(items))
    executor: Executor = ProcessPool(jobs) if jobs > 1 else InlineExecutor()
    try:
        yield from executor.run(work, items)
    except ItemError as error:
        raise WorkerError(f"{name(items[error.index])}: {error.message}", error.hint) from error.__cause__


def available_cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
