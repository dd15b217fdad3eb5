"""A progress bar on standard error, shown on a terminal only."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, TypeVar

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = TypeVar("Item")


class _Bar(tqdm):  # type: ignore[misc]  # tqdm has no types
    """A bar without the monitor thread, which would run when workers are forked."""

    monitor_interval = 0


_Bar.set_lock(threading.RLock())  # the default one also locks between processes, and fixes how these start


def track(items: Iterable[Item], total: int, done: int, shown: bool, unit: str = "frame") -> Iterator[Item]:
    """Yield the items and advance a progress bar with each.

    Args:
        items: the remaining items.
        total: number of items, those already done included.
        done: number of items already done.
        shown: whether to show the bar if standard error is a terminal.
        unit: what an item is called.
    """
    bar = _Bar(items, total=total, initial=done, unit=unit, disable=not (shown and sys.stderr.isatty()), leave=False)
    return iter(bar)
