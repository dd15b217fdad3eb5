"""A pool of worker processes, each with its own pipe. `engine.executors` says why cityconv does not use another pool.

The pool works with every start method of multiprocessing. Workers share no queue, so one that dies cannot block the
others, and shared memory tells which item it was on.
"""

from __future__ import annotations

import mmap
import multiprocessing
import signal
import struct
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, MutableSequence, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from cityconv.engine.attempt import ItemError
from cityconv.engine.chunks import chunks
from cityconv.engine.worker import IDLE, WorkerLoop
from cityconv.errors import CityconvError, WorkerError
from cityconv.signals import ENDING_SIGNALS
from cityconv.source.limits import limits, variable
from cityconv.storage import stores

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

Item = TypeVar("Item")
Result = TypeVar("Result")

_TICK = 1.0  # seconds between two looks at the workers
_CHUNKS_AHEAD = 2  # so that a worker never waits for the parent
_MAX_CHUNK = 8  # items


class ProcessPool:
    """An executor that works in several processes on this machine."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs

    def run(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Generator[Result]:
        """Yield the result of each item; see `engine.executors.Executor.run`."""
        with _Workers(work, items, self._jobs) as workers:
            yield from workers.results()


@dataclass(eq=False)
class _Worker:
    """A worker, as its parent sees it.

    Attributes:
        process: the process.
        pipe: the parent's end of the pipe.
        in_flight: number of chunks sent whose results have not arrived.
        item: index of the item that it was on when last looked at.
        ticks: how often it has been found on that item.
    """

    process: BaseProcess
    pipe: Connection
    in_flight: int = 0
    item: int = IDLE
    ticks: int = 0


class _Workers(Generic[Item, Result]):
    """The workers of one run, fed with ranges of item indices, and watched: one that hangs would hold up the run."""

    def __init__(self, work: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> None:
        self._context: Any = _start_context()
        self._is_forking = self._context.get_start_method() == "fork"
        self._work = work
        self._items = items
        self._current = self._shared_indices(jobs)
        self._workers: list[_Worker] = []
        self._chunks = chunks(len(items), jobs, _MAX_CHUNK)

    def _shared_indices(self, size: int) -> MutableSequence[int]:
        """Return integers in shared memory: the index of the item that each worker is on."""
        if self._is_forking:  # multiprocessing would use a file, which a kill could leave behind
            buffer: Any = memoryview(mmap.mmap(-1, size * struct.calcsize("q"))).cast("q")
        else:
            buffer = self._context.RawArray("q", size)
        for slot in range(size):
            buffer[slot] = IDLE
        return cast("MutableSequence[int]", buffer)

    def __enter__(self) -> _Workers[Item, Result]:
        try:
            with _without_main_module():
                _start_helper_processes(self._context)
                with _block_signals():
                    for slot in range(len(self._current)):
                        self._start_worker(slot)
        except BaseException as error:
            self._kill()
            if isinstance(error, OSError):
                raise WorkerError(f"cannot start worker processes: {error.strerror}", "try fewer --jobs") from None
            raise
        return self

    def _start_worker(self, slot: int) -> None:
        ours, theirs = self._context.Pipe()
        inherited = [worker.pipe for worker in self._workers] + [ours] if self._is_forking else []
        items = self._items if self._is_forking else []
        loop = WorkerLoop(self._work, items, theirs, inherited, self._current, slot)
        process = self._context.Process(target=loop.serve, daemon=True)
        process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours))

    def __exit__(self, *failure: object) -> None:
        if failure[0] is not None:
            self._kill()
            return
        for worker in self._workers:
            with suppress(OSError):
                worker.pipe.send(None)
        self._join()

    def _kill(self) -> None:
        """End all workers at once. Nobody reads the files that they leave half-written."""
        for worker in self._workers:
            worker.process.kill()
        self._join()

    def _join(self) -> None:
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()

    def results(self) -> Iterator[Result]:
        """Yield all results as they arrive."""
        for worker in self._workers * _CHUNKS_AHEAD:
            self._feed(worker)
        looked = time.monotonic()
        while busy := {worker.pipe: worker for worker in self._workers if worker.in_flight}:
            for ready in wait(busy, _TICK):
                worker = busy[cast("Connection", ready)]
                try:
                    outcome = worker.pipe.recv()
                except (EOFError, OSError):
                    raise self._exit_error(worker) from None
                worker.in_flight -= 1
                self._feed(worker)
                if isinstance(outcome, CityconvError | ItemError):
                    raise outcome
                yield from outcome
            if time.monotonic() - looked >= _TICK:
                self._look_after(busy.values())
                looked = time.monotonic()

    def _look_after(self, workers: Iterable[_Worker]) -> None:
        """Count for how long workers have been on the same item, and raise ItemError when it is too long.

        Ticks are counted, not time: a run that is stopped and continued later must not blame its workers.
        """
        for worker in workers:
            item = self._current[self._workers.index(worker)]
            worker.ticks = worker.ticks + 1 if item == worker.item and worker.in_flight else 0
            worker.item = item
            if worker.ticks * _TICK > limits().frame_seconds:
                raise self._delay_error(item)

    def _delay_error(self, index: int) -> ItemError | WorkerError:
        cause = f"has made no progress for {limits().frame_seconds:,} s"
        hint = f"{variable('frame_seconds')} sets another limit"
        if index == IDLE:
            return WorkerError(f"a worker process {cause}", hint)
        return ItemError(index, f"the worker process {cause}", hint)

    def _feed(self, worker: _Worker) -> None:
        if chunk := next(self._chunks, None):
            worker.in_flight += 1
            items = None if self._is_forking else [self._items[index] for index in chunk]  # a fork has them already
            with suppress(OSError):  # a dead worker is noticed when its pipe is read
                worker.pipe.send((chunk, items))

    def _exit_error(self, worker: _Worker) -> ItemError | WorkerError:
        worker.process.join()
        status = worker.process.exitcode or 0
        cause = f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"
        index = self._current[self._workers.index(worker)]
        if index == IDLE:
            return WorkerError(f"a worker process {cause} before it started work")
        hint = "the machine may have run out of memory; fewer --jobs need less" if status == -signal.SIGKILL else ""
        return ItemError(index, f"the worker process {cause}", hint)


def _start_context() -> BaseContext:
    """Return the start method that the program has chosen, or else fork on Linux and spawn elsewhere.

    A fork takes a millisecond and shares all that is loaded, while a spawned worker imports everything again. macOS
    does not support forks of a process that has used certain system libraries, and no system those of one that has
    used an object store: the threads that wait for the store are missing in a fork, which then waits forever.
    """
    chosen = multiprocessing.get_start_method(allow_none=True)
    method = chosen or ("fork" if sys.platform == "linux" else "spawn")
    if method == "fork" and stores.is_in_use():
        method = "forkserver"
    return multiprocessing.get_context(method)


def _start_helper_processes(context: BaseContext) -> None:
    """Start the processes that multiprocessing itself needs for a start method.

    This cannot wait until signals are blocked. The server would hand that on to all that is ever started from it, and
    starting the tracker unblocks them.
    """
    if context.get_start_method() == "forkserver":
        forkserver.ensure_running()
    if context.get_start_method() != "fork":
        resource_tracker.ensure_running()


@contextmanager
def _without_main_module() -> Iterator[None]:
    """Hide the program from the processes that are started.

    They need nothing of it. Without `if __name__ == "__main__":` in it, it would run again in each of them.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _block_signals() -> Iterator[None]:
    """Hold back the signals that end a run. A worker started in here unblocks them once its handlers are set."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
