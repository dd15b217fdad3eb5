"""What workers of a Dask cluster do; `engine.dask_executor` sends them there."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from cityconv.engine.attempt import ItemError, attempt
from cityconv.engine.libraries import library_versions
from cityconv.engine.memory import keep_freed_memory
from cityconv.errors import CityconvError, WorkerError
from cityconv.source.files import explain
from cityconv.source.limits import limits
from cityconv.storage import stores
from cityconv.version import __version__

Item = TypeVar("Item")
Result = TypeVar("Result")

SAME_FILES = "workers need the same files under the same paths"

_TICK = 0.05  # seconds
_WATCH_TICK = 0.5  # seconds

_ended: set[str] = set()  # runs whose items are not begun any more
_at_work: Counter[str] = Counter()  # number of chunks by run


class _Watchdog:
    """Kills this process when the work on an item takes longer than the limit. The scheduler takes it for lost then."""

    def __init__(self) -> None:
        self._begun: float | None = None
        self._is_started = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A context for the work on an item. One thread watches all of them."""
        if not self._is_started:
            threading.Thread(target=self._watch, daemon=True).start()
            self._is_started = True
        self._begun = time.monotonic()
        try:
            yield
        finally:
            self._begun = None

    def _watch(self) -> None:
        while True:
            time.sleep(_WATCH_TICK)
            begun = self._begun
            if begun is not None and time.monotonic() - begun > limits().frame_seconds:
                signal.raise_signal(signal.SIGKILL)


_watchdog = _Watchdog()


@dataclass(frozen=True)
class Chunk(Generic[Item, Result]):
    """Work on a few items, in a worker. Returns what a worker process of this machine would send.

    Attributes:
        run: the name of the run.
        folder: the current folder of the run, to which paths are relative.
        items: the items.
        version: the version of cityconv.
    """

    run: str
    folder: str
    items: Sequence[Item]
    version: str = __version__

    def __call__(self, work: Callable[[Item], Result]) -> list[Result] | CityconvError | ItemError:
        """Return the results of the items, fewer if the run has ended, or the error of one."""
        if self.version != __version__:  # of a worker that joined later
            return WorkerError(other_version("a worker", "cityconv", __version__, self.version))
        keep_freed_memory()
        _at_work[self.run] += 1
        try:
            with chdir(self.folder):
                return [self._attempt(work, index) for index in range(len(self.items)) if self.run not in _ended]
        except (CityconvError, ItemError) as error:
            return error
        except OSError as error:  # of the folder; the scheduler would seem to be lost
            return WorkerError(f"a worker: {self.folder}: {explain(error)}", SAME_FILES)
        finally:
            _at_work[self.run] -= 1

    def _attempt(self, work: Callable[[Item], Result], index: int) -> Result:
        with _watchdog.watching():
            return attempt(work, self.items, index)


async def end_run(run: str) -> None:
    """Begin no more items of a run in this worker, and wait for the one that it is on."""
    _ended.add(run)
    while _at_work[run]:
        await asyncio.sleep(_TICK)


@dataclass(frozen=True)
class Installation:
    """What a process works with: versions by name, whether it sees the current folder of the run, and has obstore."""

    versions: dict[str, str]
    has_folder: bool
    has_obstore: bool

    @classmethod
    def of(cls, folder: str) -> Installation:
        """Return that of this process."""
        versions = {"cityconv": __version__, **library_versions(encodes_images=True)}
        return cls(versions, Path(folder).is_dir(), stores.is_available())


def other_version(worker: str, name: str, there: str | None, here: str) -> str:
    """Say that a worker has another version of a package than this run."""
    return f"{worker}: has {name} {there}, and this run needs {here}"
