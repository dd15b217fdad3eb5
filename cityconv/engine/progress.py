"""A progress bar on standard error, shown on a terminal only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = TypeVar("Item")


def track(items: Iterable[Item], total: int, done: int, shown: bool) -> Iterator[Item]:
    """Yield the items and advance a progress bar with each.

    Args:
        items: the remaining items.
        total: number of items, those already done included.
        done: number of items already done.
        shown: whether to show the bar if standard error is a terminal.
    """
    bar = tqdm(items, total=total, initial=done, unit="frame", disable=not (shown and sys.stderr.isatty()), leave=False)
    return iter(bar)
