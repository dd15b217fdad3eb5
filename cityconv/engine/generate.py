"""Making many files that nothing has to be read for."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from cityconv.engine.executors import execute
from cityconv.engine.files import write_file
from cityconv.engine.lock import open_staging_area
from cityconv.engine.progress import track

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

Item = TypeVar("Item")


@dataclass(frozen=True)
class Tree(Generic[Item]):
    """A tree of files.

    Attributes:
        items: what the files are made from.
        paths: says which files an item makes, as paths below the output.
        make: makes them, path and content; picklable.
    """

    items: Sequence[Item]
    paths: Callable[[Item], Iterable[str]]
    make: Callable[[Item], Iterable[tuple[str, bytes]]]


def write_tree(tree: Tree[Item], out: Path, *, jobs: int, overwrite: bool, progress: bool) -> None:
    """Write all files of a tree, over several processes; nothing shows up in `out` before all are written.

    Raises:
        OutputError: `out` cannot be written, or holds what would be written.
        WorkerError: a worker died or hit an internal error.
    """
    with open_staging_area(out) as place:
        paths = [path for item in tree.items for path in tree.paths(item)]
        place.begin(paths, overwrite=overwrite, resume=False)
        work = _Write(tree.make, place.frames)
        with closing(execute(work, tree.items, jobs, str)) as done:
            for _ in track(done, len(tree.items), 0, progress):
                pass
        place.publish(paths)


@dataclass(frozen=True)
class _Write(Generic[Item]):
    make: Callable[[Item], Iterable[tuple[str, bytes]]]
    folder: Path

    def __call__(self, item: Item, /) -> None:
        for path, content in self.make(item):
            write_file(self.folder / path, [content])
