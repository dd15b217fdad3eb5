"""Copying objects of a store to a folder."""

from __future__ import annotations

from collections import deque
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from cityconv.engine.files import write_file
from cityconv.engine.manifest import is_inside
from cityconv.errors import OutputError, quoted
from cityconv.storage.objects import in_parallel, read_in_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cityconv.storage.url import StoreUrl


def download(url: StoreUrl, paths: Sequence[str], folder: Path) -> None:
    """Copy objects below a URL, given by their paths, to a folder.

    Raises:
        OSError: the store does not do what is asked.
        OutputError: a file cannot be written.
    """

    def copy(path: str) -> None:
        if not is_inside(path):  # a key can be anything
            raise OutputError(f"{quoted(str(url / path))}: not a valid path of a file")
        with suppress(FileNotFoundError):  # of what stands for a folder; a file that is gone is missed in the copy
            write_file(folder / path, read_in_pieces(url / path))

    with closing(in_parallel(copy, paths)) as copies:
        deque(copies, maxlen=0)
