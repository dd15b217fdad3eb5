"""Doing one thing to many items: in this process, or in worker processes that each have a pipe of their own.

A pool of our own, because a worker that dies must be tied to the item it was on, and Ctrl-C must end all at once.
"""

from __future__ import annotations

import mmap
import multiprocessing
import os
import signal
import struct
import sys
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, MutableSequence, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from cityconv.engine.memory import keep_freed_memory
from cityconv.errors import CityconvError, WorkerError

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Item = TypeVar("Item")
Result = TypeVar("Result")

# A fork costs next to nothing and inherits what is loaded; elsewhere than on Linux it is not safe.
_FORKS = sys.platform == "linux"
_CHUNKS_AHEAD = 2  # so that a worker never waits for the parent
_LARGEST_CHUNK = 8
_CHUNKS_A_WORKER = 4  # at least, so that all end at about the same time
_ENDING = {signal.SIGINT, signal.SIGTERM}


def available_cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def execute(
    work: Callable[[Item], Result], items: Sequence[Item], jobs: int, name: Callable[[Item], str]
) -> Generator[Result]:
    """Yield what `work` makes of each item, in the order in which they are done. Closed early, it ends all workers.

    Args:
        work: picklable when jobs is more than 1.
        items: picklable likewise.
        jobs: number of worker processes; with 1 the work is done here.
        name: what messages call an item.

    Raises:
        CityconvError: as `work` raised it.
        WorkerError: `work` raised anything else, or a worker died.
    """
    keep_freed_memory()
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
    except MemoryError:
        raise WorkerError(f"{name(item)}: out of memory", "fewer --jobs need less") from None
    except Exception as error:
        summary = traceback.format_exception_only(error)[-1].strip()
        place = traceback.extract_tb(error.__traceback__)[-1]
        module = Path(place.filename).stem
        raise WorkerError(
            f"{name(item)}: internal error: {summary} ({module}.{place.name}, line {place.lineno})",
            "this is a defect of cityconv; please report it",
        ) from error


@dataclass(eq=False)
class _Worker:
    """A worker as its parent sees it.

    Attributes:
        process: the process.
        pipe: to it, and from it.
        in_flight: number of chunks that it was given and has not sent the results of.
    """

    process: BaseProcess
    pipe: Connection
    in_flight: int = 0


class _Pool(Generic[Item, Result]):
    """Worker processes, each fed with ranges of items through its pipe."""

    def __init__(
        self, work: Callable[[Item], Result], items: Sequence[Item], jobs: int, name: Callable[[Item], str]
    ) -> None:
        self._context: Any = multiprocessing.get_context("fork" if _FORKS else "spawn")
        self._work = work
        self._items = items
        self._name = name
        self._current = _shared_numbers(self._context, jobs)  # the item that each worker is on
        self._workers: list[_Worker] = []
        size = min(max(len(items) // (jobs * _CHUNKS_A_WORKER), 1), _LARGEST_CHUNK)
        every = range(len(items))
        self._chunks = deque(every[start : start + size] for start in every[::size])

    def __enter__(self) -> _Pool[Item, Result]:
        try:
            with _block_signals():
                for slot in range(len(self._current)):
                    self._start_worker(slot)
        except OSError as error:
            self._kill()
            raise WorkerError(f"cannot start worker processes: {error.strerror}", "fewer --jobs need fewer") from None
        return self

    def _start_worker(self, slot: int) -> None:
        ours, theirs = self._context.Pipe()
        inherited = [worker.pipe for worker in self._workers] + [ours] if _FORKS else []
        server = _WorkerLoop(self._work, self._items, self._name, theirs, inherited, self._current, slot, os.getpid())
        process = self._context.Process(target=server.serve, daemon=True)
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
        """End all workers whatever they do; what they leave half-written nobody looks at."""
        for worker in self._workers:
            worker.process.kill()
        self._join()

    def _join(self) -> None:
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()

    def results(self) -> Iterator[Result]:
        """Yield all results as they come in."""
        for worker in self._workers * _CHUNKS_AHEAD:
            self._feed(worker)
        while busy := {worker.pipe: worker for worker in self._workers if worker.in_flight}:
            for ready in wait(busy):
                worker = busy[cast(Connection, ready)]
                try:
                    outcome = worker.pipe.recv()
                except (EOFError, OSError):
                    raise self._exit_error(worker) from None
                worker.in_flight -= 1
                self._feed(worker)
                if isinstance(outcome, CityconvError):
                    raise outcome
                yield from outcome

    def _feed(self, worker: _Worker) -> None:
        if not self._chunks:
            return
        worker.in_flight += 1
        with suppress(OSError):  # a dead one is met when what it sent before is read
            worker.pipe.send(self._chunks.popleft())

    def _exit_error(self, worker: _Worker) -> WorkerError:
        worker.process.join()
        status = worker.process.exitcode or 0
        cause = f"by signal {-status}" if status < 0 else f"with status {status}"
        hint = "perhaps the machine ran out of memory; fewer --jobs need less" if status == -signal.SIGKILL else ""
        item = self._items[self._current[self._workers.index(worker)]]
        return WorkerError(f"{self._name(item)}: the worker on it ended {cause}", hint)


def _shared_numbers(context: Any, size: int) -> MutableSequence[int]:  # noqa: ANN401 - a context of multiprocessing
    """Return zeros that this process shares with those that it starts."""
    if _FORKS:  # without the file of multiprocessing, which a kill would leave behind
        numbers: Any = memoryview(mmap.mmap(-1, size * struct.calcsize("q"))).cast("q")
        return cast("MutableSequence[int]", numbers)
    return cast("MutableSequence[int]", context.RawArray("q", size))


@contextmanager
def _block_signals() -> Iterator[None]:
    """Hold back signals that end a run; a process that begins in here lets them through when it is ready for them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(frozen=True)
class _WorkerLoop(Generic[Item, Result]):
    """A worker as it sees itself.

    Attributes:
        work: what it does to an item.
        items: all items.
        name: what messages call an item.
        pipe: to its parent, and from it.
        inherited: pipes that are not its own.
        current: where all workers note the item that they are on.
        slot: its own place in there.
        parent: the id of the process that it works for.
    """

    work: Callable[[Item], Result]
    items: Sequence[Item]
    name: Callable[[Item], str]
    pipe: Connection
    inherited: Sequence[Connection]
    current: MutableSequence[int]
    slot: int
    parent: int

    def serve(self) -> None:
        """Do chunks until told to stop, or until the parent is gone."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        for connection in self.inherited:  # else the end of the parent would go unnoticed
            connection.close()
        with suppress(EOFError, OSError):
            while (chunk := self.pipe.recv()) is not None:
                self.pipe.send(self._do(chunk))

    def _do(self, chunk: range) -> list[Result] | CityconvError:
        done: list[Result] = []
        for index in chunk:
            if os.getppid() != self.parent:
                break
            self.current[self.slot] = index
            try:
                done.append(_attempt(self.work, self.items[index], self.name))
            except CityconvError as error:
                return error
        return done
