"""What a worker process does."""

from __future__ import annotations

import select
import signal
from collections.abc import Callable, MutableSequence, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from cityconv.engine.attempt import ItemError, attempt
from cityconv.engine.memory import keep_freed_memory
from cityconv.errors import CityconvError
from cityconv.signals import ENDING_SIGNALS, TERMINAL_SIGNALS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Item = TypeVar("Item")
Result = TypeVar("Result")

IDLE = -1  # in place of an item's index: the worker has not begun


@dataclass(frozen=True)
class WorkerLoop(Generic[Item, Result]):
    """The loop of a worker process: it receives ranges of indices and sends lists of results, or an error.

    Attributes:
        work: the function to apply.
        items: all items; none where they come with their indices.
        pipe: the worker's end of the pipe to its parent.
        inherited: open pipe ends that belong to the parent.
        current: the index of the item that each worker is on, in shared memory.
        slot: this worker's index in `current`.
    """

    work: Callable[[Item], Result]
    items: Sequence[Item]
    pipe: Connection
    inherited: Sequence[Connection]
    current: MutableSequence[int]
    slot: int

    def serve(self) -> None:
        """Work until told to stop, or until the parent is gone."""
        for number in TERMINAL_SIGNALS:  # a terminal sends these to all processes; the parent decides
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING_SIGNALS)
        for connection in self.inherited:  # while one is open, the end of the parent goes unnoticed
            connection.close()
        keep_freed_memory()
        with suppress(EOFError, OSError):
            while (message := self.pipe.recv()) is not None:
                chunk, items = message
                self.pipe.send(self._work_on(chunk, items))

    def _work_on(self, chunk: range, items: Sequence[Item] | None) -> list[Result] | CityconvError | ItemError:
        results: list[Result] = []
        for place, index in enumerate(chunk):
            if _is_hung_up(self.pipe):
                break
            self.current[self.slot] = index
            try:
                result = attempt(self.work, self.items, index) if items is None else attempt(self.work, items, place)
            except ItemError as error:
                return ItemError(index, error.message, error.hint)
            except CityconvError as error:
                return error
            results.append(result)
        return results


def _is_hung_up(pipe: Connection) -> bool:
    """Return whether the other end of a pipe is closed, even if something is still to be received from it.

    The id of the parent process would not do: the parent of a worker from a fork server is that server.
    """
    poller = select.poll()
    poller.register(pipe, select.POLLHUP)
    return bool(poller.poll(0))
