"""Generating files from items alone, without reading any input."""

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

    from cityconv.engine.executors import Workers

Item = TypeVar("Item")


@dataclass(frozen=True)
class FileGenerator(Generic[Item]):
    """The files to generate, and how.

    Attributes:
        items: what the files are generated from; picklable.
        paths: returns the paths of an item's files, relative to the output folder.
        make: returns the paths and contents of an item's files; picklable.
    """

    items: Sequence[Item]
    paths: Callable[[Item], Iterable[str]]
    make: Callable[[Item], Iterable[tuple[str, bytes]]]


def generate_files(
    generator: FileGenerator[Item], out: Path, *, workers: Workers, overwrite: bool, progress: bool
) -> None:
    """Write all files of a generator; the output folder stays as it is until all of them are complete.

    Args:
        generator: the files to write.
        out: the output folder.
        workers: where files are made.
        overwrite: whether to replace existing files and discard an unfinished run.
        progress: whether to show a progress bar.

    Raises:
        OutputError: `out` cannot be written, or contains a file to be written and `overwrite` is not set.
        WorkerError: a worker died or hit an internal error.
    """
    with open_staging_area(out) as staging:
        paths = [path for item in generator.items for path in generator.paths(item)]
        staging.begin(paths, overwrite=overwrite, resume=False)
        work = _WriteFiles(generator.make, staging.frames)
        with closing(execute(work, generator.items, workers, str)) as done:
            for _ in track(done, len(generator.items), 0, progress):
                pass
        staging.publish([])


@dataclass(frozen=True)
class _WriteFiles(Generic[Item]):
    """Writes the files of one item below a folder; picklable."""

    make: Callable[[Item], Iterable[tuple[str, bytes]]]
    folder: Path

    def __call__(self, item: Item, /) -> None:
        for path, content in self.make(item):
            write_file(self.folder / path, [content])
