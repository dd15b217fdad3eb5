"""How items are divided among workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEFT = 4  # chunks for each worker, of the size of the next one


def chunks(items: int, workers: int, largest: int) -> Iterator[range]:
    """Yield ranges of indices that together are those of all items.

    The large ones come first, since each costs a message. They become smaller at the end, so that all workers finish
    at about the same time.

    Args:
        items: number of items.
        workers: number of workers.
        largest: number of items of the largest chunk.
    """
    waiting = range(items)
    while waiting:
        size = min(max(len(waiting) // (workers * _LEFT), 1), largest)
        yield waiting[:size]
        waiting = waiting[size:]
