"""Sequences on disk, so that a data set of any number of frames takes the same memory."""

from __future__ import annotations

import heapq
import os
import pickle
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload
from weakref import finalize

from cityconv.errors import OutputError

if TYPE_CHECKING:
    from io import RawIOBase

Item = TypeVar("Item")

_BLOCK = 256  # items that are written and read at once
_RUN = 64  # blocks that are sorted in memory


class DiskList(Sequence[Item]):
    """Items in a temporary file without a name, which is gone with the list. They do not change.

    Memory holds the last items, fewer than a block, the block that was asked for last, and 8 bytes for each block.
    A process that is forked shares the file, and can read it at the same time; a spawned one gets a copy.
    """

    def __init__(self, items: Iterable[Item] = ()) -> None:
        """Write the items, which must be picklable.

        Raises:
            OutputError: the folder of temporary files is full or cannot be written.
        """
        self._file: RawIOBase | None = None  # where there are enough items for a block
        self._ends = array("q", [0])  # of the blocks, in the file
        iterator = iter(items)
        while len(block := list(islice(iterator, _BLOCK))) == _BLOCK:
            self._write(pickle.dumps(block, pickle.HIGHEST_PROTOCOL))
        self._rest = block
        self._asked = len(self._ends) - 1, block

    def _write(self, content: bytes) -> None:
        self._ends.append(self._ends[-1] + len(content))
        remaining = memoryview(content)
        with _translate_errors():
            if self._file is None:
                self._file = cast("RawIOBase", tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 - closed with the list
                finalize(self, self._file.close)
            while remaining:
                remaining = remaining[self._file.write(remaining) :]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self),)

    def __len__(self) -> int:
        return (len(self._ends) - 1) * _BLOCK + len(self._rest)

    def __iter__(self) -> Iterator[Item]:
        return self.iterate(0, len(self._ends))

    def iterate(self, start: int, stop: int) -> Iterator[Item]:
        """Yield the items of some blocks."""
        return chain.from_iterable(map(self._read, range(start, min(stop, len(self._ends)))))

    def _read(self, number: int) -> list[Item]:
        if self._file is None or number == len(self._ends) - 1:
            return self._rest
        start, end = self._ends[number : number + 2]
        # Not with the position of the file, which processes share.
        content = os.pread(self._file.fileno(), end - start, start)
        return pickle.loads(content)  # type: ignore[no-any-return]  # noqa: S301 - what this process has written

    @overload
    def __getitem__(self, index: int, /) -> Item: ...

    @overload
    def __getitem__(self, index: slice, /) -> list[Item]: ...

    def __getitem__(self, index: int | slice, /) -> Item | list[Item]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        wanted, place = divmod(range(len(self))[index], _BLOCK)
        number, block = self._asked  # at once, as other threads may ask for others
        if number != wanted:
            block = self._read(wanted)
            self._asked = wanted, block
        return block[place]


def sort_on_disk(items: Iterable[Item], key: Callable[[Item], Any] | None = None) -> DiskList[Item]:
    """Return items sorted as `sorted` does, on disk."""
    iterator = iter(items)
    runs = iter(lambda: list(islice(iterator, _RUN * _BLOCK)), [])
    found = DiskList(chain.from_iterable(sorted(run, key=key) for run in runs))  # type: ignore[type-var,arg-type]
    if len(found) <= _RUN * _BLOCK:
        return found
    parts = (found.iterate(start, start + _RUN) for start in range(0, len(found) // _BLOCK + 1, _RUN))
    return DiskList(heapq.merge(*parts, key=key))  # type: ignore[arg-type]


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = tempfile.gettempdir() if tempfile.tempdir else "temporary files"
        text = (error.strerror or str(error)).lower()
        raise OutputError(f"{where}: {text}", "TMPDIR names another folder for temporary files") from None
