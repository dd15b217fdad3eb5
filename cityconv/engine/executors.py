"""Doing one thing to many items: in this process, or in worker processes that each have a pipe of their own.

A pool of our own, because a worker that dies must be tied to the item it was on, and Ctrl-C must end all at once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from cityconv.errors import CityconvError, WorkerError

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNKS_AHEAD = 2  # so that a worker never waits for the parent
_LARGEST_CHUNK = 8
_CHUNKS_A_WORKER = 4  # at least, so that all end at about the same time


def available_cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def execute(
    work: Callable[[Item], Result], items: Sequence[Item], jobs: int, name: Callable[[Item], str]
) -> Iterator[Result]:
    """Yield what `work` makes of each item, in the order in which they are done.

    Args:
        work: picklable when jobs is more than 1.
        items: picklable likewise.
        jobs: number of worker processes; with 1 the work is done here.
        name: what messages call an item.

    Raises:
        CityconvError: as `work` raised it.
        WorkerError: `work` raised anything else, or a worker died.
    """
    jobs = min(jobs, len(items))
    if jobs > 1:
        with _Pool(work, items, jobs, name) as pool:
            yield from pool.results()
    else:
        for item in items:
            yield _attempt(work, item, name)


def _attempt(work: Callable[[Item], Result], item: Item, name: Callable[[Item], str]) -> Result:
    try:
        return work(item)
    except CityconvError:
        raise
    except Exception as error:
        summary = traceback.format_exception_only(error)[-1].strip()
        place = traceback.extract_tb(error.__traceback__)[-1]
        module = Path(place.filename).stem
        raise WorkerError(
            f"{name(item)}: internal error: {summary} ({module}.{place.name}, line {place.lineno})",
            "this is a defect of cityconv; please report it",
        ) from error


class _Worker(NamedTuple):
    process: BaseProcess
    pipe: Connection


class _Pool(Generic[Item, Result]):
    """Worker processes, each fed with ranges of items through its pipe."""

    def __init__(
        self, work: Callable[[Item], Result], items: Sequence[Item], jobs: int, name: Callable[[Item], str]
    ) -> None:
        # A fork costs next to nothing and inherits what is loaded; elsewhere than on Linux it is not safe.
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self._items = items
        self._name = name
        self._current = context.RawArray("q", [-1] * jobs)  # the item that each worker is on
        self._workers: list[_Worker] = []
        for slot in range(jobs):
            ours, theirs = context.Pipe()
            inherited = [worker.pipe for worker in self._workers] + [ours] if sys.platform == "linux" else []
            process = context.Process(
                target=_serve, args=(work, items, name, theirs, inherited, self._current, slot), daemon=True
            )
            process.start()
            theirs.close()
            self._workers.append(_Worker(process, ours))

    def __enter__(self) -> _Pool[Item, Result]:
        return self

    def __exit__(self, *failure: object) -> None:
        for worker in self._workers:
            if failure[0] is None:
                with suppress(OSError):
                    worker.pipe.send(None)
            else:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()

    def results(self) -> Iterator[Result]:
        """Yield all results as they come in."""
        size = min(max(len(self._items) // (len(self._workers) * _CHUNKS_A_WORKER), 1), _LARGEST_CHUNK)
        every = range(len(self._items))
        chunks = deque(every[start : start + size] for start in every[::size])
        slots = {worker.pipe: slot for slot, worker in enumerate(self._workers)}
        owed = dict.fromkeys(slots, 0)
        for pipe in [*slots] * _CHUNKS_AHEAD:
            self._feed(pipe, slots, owed, chunks)
        while waiting := [pipe for pipe, chunks_owed in owed.items() if chunks_owed]:
            for ready in wait(waiting):
                pipe = cast(Connection, ready)
                try:
                    outcome = pipe.recv()
                except (EOFError, OSError):
                    raise self._death(slots[pipe]) from None
                owed[pipe] -= 1
                self._feed(pipe, slots, owed, chunks)
                if isinstance(outcome, CityconvError):
                    raise outcome
                yield from outcome

    def _feed(
        self, pipe: Connection, slots: dict[Connection, int], owed: dict[Connection, int], chunks: deque[range]
    ) -> None:
        if not chunks:
            return
        try:
            pipe.send(chunks.popleft())
        except OSError:
            raise self._death(slots[pipe]) from None
        owed[pipe] += 1

    def _death(self, slot: int) -> WorkerError:
        process = self._workers[slot].process
        process.join()
        status = process.exitcode or 0
        cause = f"by signal {-status}" if status < 0 else f"with status {status}"
        item = self._current[slot]
        place = self._name(self._items[item]) if item >= 0 else "before its first frame"
        hint = "perhaps the machine ran out of memory; fewer --jobs need less" if status == -signal.SIGKILL else ""
        return WorkerError(f"{place}: the worker on it ended {cause}", hint)


def _serve(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    name: Callable[[Item], str],
    pipe: Connection,
    inherited: Sequence[Connection],
    current: MutableSequence[int],
    slot: int,
) -> None:
    """Do chunks until told to stop, or until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for connection in inherited:  # else the end of the parent would go unnoticed
        connection.close()
    with suppress(EOFError, OSError):
        while (chunk := pipe.recv()) is not None:
            pipe.send(_do_chunk(work, items, name, chunk, current, slot))


def _do_chunk(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    name: Callable[[Item], str],
    chunk: range,
    current: MutableSequence[int],
    slot: int,
) -> list[Result] | CityconvError:
    done = []
    for index in chunk:
        current[slot] = index
        try:
            done.append(_attempt(work, items[index], name))
        except CityconvError as error:
            return error
    return done
