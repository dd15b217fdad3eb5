"""An executor that works on the workers of a Dask cluster.

The scheduler and the workers are Dask's own, started by its commands or by what launches clusters. The workers see the
same files as this process, under the same paths and URLs, and run one thread each: the work keeps a core busy, and
changes the current folder.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable
from uuid import uuid4

from cityconv.engine.attempt import ItemError
from cityconv.engine.chunks import chunks
from cityconv.engine.dask_worker import SAME_FILES, Chunk, Installation, end_run, other_version
from cityconv.errors import CityconvError, UsageError, WorkerError, quoted
from cityconv.storage import stores
from cityconv.version import __version__

if TYPE_CHECKING:
    from distributed import Client, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

_PATIENCE = 20  # seconds to wait for the scheduler, for its first worker, and for the last items at the end
_CHUNKS_AHEAD = 3  # for each worker, so that none waits for this process
_MAX_CHUNK = 256  # items; the scheduler takes about 10 ms for a chunk, and the work on so many frames at least 500 ms
_SAME_VERSION = "install the same versions of cityconv and of its dependencies on all machines"
_DEADLY = "the workers that worked on it died or took too long, one after the other"
_MORE_MEMORY = "workers with more memory may survive it"
_AN_ADDRESS = "an address is such as tcp://host:8786"
_CANCELLED = (asyncio.CancelledError, concurrent.futures.CancelledError)  # by Dask, when the scheduler is gone


@runtime_checkable
class ToleratesLoss(Protocol):
    """A function that can go on without the result of an item."""

    def lost(self, item: Any, cause: str, hint: str) -> Any:  # noqa: ANN401 - of the function's own types
        """Return what stands for the result of an item whose workers died. Runs in the parent.

        Args:
            item: the item.
            cause: what happened.
            hint: what to try next.
        """
        ...


class DaskExecutor:
    """An executor that works on a Dask cluster."""

    def __init__(self, address: str) -> None:
        """Remember the address of the scheduler, such as `tcp://host:8786`."""
        self._address = address

    def check(self) -> None:
        """Raise WorkerError if the cluster cannot do the work, and UsageError if Dask is not installed."""
        with _connect(self._address) as client:
            _check_workers(client, self._address)

    def run(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Generator[Result]:
        """Yield the result of each item; see `engine.executors.Executor.run`.

        The items of a worker that is lost are done by others. If an item's workers die again and again, the result is
        what the function's method `lost` makes of it, and without such a method there is an ItemError.
        """
        with _connect(self._address) as client:
            workers = _check_workers(client, self._address)
            run = _Run(client, work, items, workers)
            try:
                yield from run.results()
            except (*_CANCELLED, OSError):
                raise WorkerError(f"{self._address}: the connection to the scheduler was lost") from None
            except BaseException:
                run.end()
                raise


class _Run(Generic[Item, Result]):
    """One run: its chunks go to the scheduler a few at a time, which bounds what it holds."""

    def __init__(self, client: Client, work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> None:
        self._client = client
        self._lost = work.lost if isinstance(work, ToleratesLoss) else None
        self._items = items
        self._name = f"cityconv-{uuid4().hex}"
        # The result of a task, and no scattered data: those would be lost with the worker that holds them.
        self._work = client.submit(_same, work, key=f"{self._name}-work")
        self._waiting = chunks(len(items), workers, _MAX_CHUNK)
        self._running: dict[range, Future] = {}
        self._ahead = workers * _CHUNKS_AHEAD
        self._suspects: list[range] = []  # single items that were with workers that died

    def results(self) -> Iterator[Result]:
        """Yield all results as they arrive."""
        from distributed import KilledWorker, as_completed

        completed = as_completed(self._submit(), loop=self._client.loop)
        for future in completed:
            chunk = next(chunk for chunk, other in self._running.items() if other.key == future.key)
            try:
                outcome = self._outcome(future, chunk)
            except KilledWorker:  # one of its items, or one of what was with it in a worker
                outcome = []
                self._suspects += [chunk[index : index + 1] for index in range(len(chunk))]
            del self._running[chunk]
            completed.update(self._submit())
            yield from outcome
        for chunk in self._suspects:
            yield self._try_alone(chunk)

    def _submit(self) -> list[Future]:
        """Send the next chunks, until workers have enough ahead."""
        futures = []
        for chunk in islice(self._waiting, self._ahead - len(self._running)):
            self._running[chunk] = self._send(chunk)
            futures.append(self._running[chunk])
        return futures

    def _send(self, chunk: range) -> Future:
        items = [self._items[index] for index in chunk]
        task: Chunk[Item, Result] = Chunk(self._name, os.getcwd(), items)  # noqa: PTH109 - as text
        return self._client.submit(task, self._work, key=f"{self._name}-{uuid4().hex}")

    def _outcome(self, future: Future, chunk: range) -> list[Result]:
        """Return the results of a chunk.

        Raises:
            KilledWorker: the workers that had it died.
            ItemError: the work on an item failed.
            CityconvError: raised by the work.
        """
        from distributed import KilledWorker

        try:
            outcome = future.result()
        except (KilledWorker, OSError, *_CANCELLED):
            raise
        except Exception as error:
            raise WorkerError(f"a worker failed: {type(error).__name__}: {error}", _SAME_VERSION) from None
        if isinstance(outcome, ItemError):
            raise ItemError(chunk[outcome.index], outcome.message, outcome.hint)
        if isinstance(outcome, CityconvError):
            raise outcome
        return outcome  # type: ignore[no-any-return]  # futures are not generic

    def _try_alone(self, chunk: range) -> Result:
        """Return the result of a single item while the cluster does nothing else: if workers die, they die of it."""
        from distributed import KilledWorker

        future = self._running[chunk] = self._send(chunk)
        try:
            (result,) = self._outcome(future, chunk)
        except KilledWorker:
            if self._lost is None:
                raise ItemError(chunk[0], _DEADLY, _MORE_MEMORY) from None
            return self._lost(self._items[chunk[0]], _DEADLY, _MORE_MEMORY)
        return result

    def end(self) -> None:
        """End all work: cancel what waits, and wait for the items that workers are on, whose files go to the output."""
        with suppress(Exception):  # the scheduler may be gone
            self._client.cancel(list(self._running.values()), force=True)
            self._client.run(end_run, self._name)


def _same(value: Result) -> Result:
    return value


@contextmanager
def _connect(address: str) -> Iterator[Client]:
    """Yield a client of a scheduler.

    Raises:
        UsageError: dask.distributed is not installed, or the address is not one.
        WorkerError: the scheduler cannot be reached.
    """
    try:
        from distributed import Client
        from distributed.utils import LoopRunner
    except ImportError as error:
        raise UsageError(f"--scheduler needs dask.distributed: {error}", "pip install 'cityconv[dask]'") from None
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] in ("distributed", "tornado"):  # they write to standard error what is said here
            logging.getLogger(name).disabled = True
    try:
        LoopRunner().run_sync(_try_to_connect, address)
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except ValueError as error:
        raise UsageError(f"--scheduler: {quoted(address)} is not an address: {error}", _AN_ADDRESS) from None
    except Exception as error:
        cause = str(error) or f"no answer for {_PATIENCE} s"
        raise WorkerError(f"{address}: cannot connect to the scheduler: {cause}") from None
    try:
        yield client
    finally:
        with suppress(Exception):
            client.close(_PATIENCE)


async def _try_to_connect(address: str) -> None:
    """Connect once in a way that always ends: a client that is not asynchronous waits forever for other servers.

    Raises:
        ValueError: the address is malformed.
        Exception: there is no scheduler.
    """
    from distributed import Client

    client = Client(address, timeout=_PATIENCE, set_as_default=False, asynchronous=True)
    try:
        await asyncio.wait_for(client, _PATIENCE)
    finally:
        await client.close(_PATIENCE)


def _check_workers(client: Client, address: str) -> int:
    """Return the number of workers, after a check that each can do the work.

    Raises:
        WorkerError: there is none, or one has other versions, several threads, or other files.
    """
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        hint = f"`dask worker {address} --nthreads 1` starts one"
        raise WorkerError(f"{address}: no worker has joined for {_PATIENCE} s", hint) from None
    folder = os.getcwd()  # noqa: PTH109 - as text
    here = Installation.of(folder)
    answers = client.run(Installation.of, folder, on_error="return")
    threads = client.nthreads()
    for worker, there in sorted(answers.items()):
        if not isinstance(there, Installation):
            raise WorkerError(f"{worker}: cannot load cityconv {__version__}: {there}", _SAME_VERSION)
        for name, version in here.versions.items():
            if there.versions.get(name) != version:
                raise WorkerError(other_version(worker, name, there.versions.get(name), version), _SAME_VERSION)
        _check_sources(worker, folder, there)
        if threads.get(worker, 1) > 1:
            raise WorkerError(f"{worker}: a worker with {threads[worker]} threads", "start workers with --nthreads 1")
    return len(answers)


def _check_sources(worker: str, folder: str, there: Installation) -> None:
    if not there.has_folder:
        raise WorkerError(f"{worker}: there is no {folder}", SAME_FILES)
    if stores.is_in_use() and not there.has_obstore:
        raise WorkerError(f"{worker}: cannot read from stores without obstore", "pip install obstore")
