"""A progress bar for people: on standard error, on a terminal only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = TypeVar("Item")


def track(items: Iterable[Item], total: int, done: int, shown: bool) -> Iterator[Item]:
    """Yield the items, showing how many of `total` are done, `done` of them from the start."""
    bar = tqdm(items, total=total, initial=done, unit="frame", disable=not (shown and sys.stderr.isatty()), leave=False)
    return iter(bar)
