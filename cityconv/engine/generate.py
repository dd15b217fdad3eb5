"""Generating the files of a folder from items, in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar, cast

from cityconv.engine.executors import Numbered, execute
from cityconv.engine.files import write_file
from cityconv.engine.lock import open_staging_area
from cityconv.engine.progress import track
from cityconv.source.disk_list import DiskList

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.engine.executors import Workers

Item = TypeVar("Item")
Result = TypeVar("Result")

Files = Iterable[tuple[str, bytes]]  # paths relative to the output folder, and contents


class Made(NamedTuple, Generic[Result]):
    """What was made from one item.

    Attributes:
        files: its files.
        result: what `FileGenerator.finish` needs to know of it; picklable.
    """

    files: Files
    result: Result


@dataclass(frozen=True)
class FileGenerator(Generic[Item, Result]):
    """The files to generate, and how.

    Attributes:
        items: what the files are generated from; picklable.
        paths: returns the paths of an item's files, relative to the output folder.
        make: makes the files of an item, which may be fewer; picklable.
        finish: makes further files from all results, in the order of the items, or returns None to write nothing.
        more_paths: the paths of these further files.
        obsolete: paths of files of an earlier run; they are removed.
        name: returns what messages call an item.
    """

    items: Sequence[Item]
    paths: Callable[[Item], Iterable[str]]
    make: Callable[[Item], Made[Result]]
    finish: Callable[[list[Result]], Files | None] = lambda _: ()
    more_paths: Sequence[str] = ()
    obsolete: Sequence[str] = ()
    name: Callable[[Item], str] = str


def generate_files(
    generator: FileGenerator[Item, Result], out: Path, *, workers: Workers, overwrite: bool, progress: bool
) -> list[Result]:
    """Write all files of a generator; the output folder stays as it is until all of them are complete.

    Args:
        generator: the files to write.
        out: the output folder.
        workers: where files are made.
        overwrite: whether to replace existing files and discard an unfinished run.
        progress: whether to show a progress bar.

    Returns:
        The result of each item.

    Raises:
        CityconvError: raised by the generator; nothing is written.
        OutputError: `out` cannot be written, or contains a file to be written and `overwrite` is not set.
        WorkerError: a worker died or hit an internal error.
    """
    items = Numbered(generator.items, range(len(generator.items)))
    results: list[Result | None] = [None] * len(items)
    with open_staging_area(out) as staging:
        paths = DiskList(chain(chain.from_iterable(map(generator.paths, generator.items)), generator.more_paths))
        staging.begin(paths, overwrite=overwrite, resume=False)
        with staging.discarded_on_error():
            work = _WriteFiles(generator.make, staging.frames)
            with closing(execute(work, items, workers, lambda item: generator.name(item[1]))) as done:
                for index, result in track(done, len(items), 0, progress):
                    results[index] = result
            all_results = cast("list[Result]", results)
            more = generator.finish(all_results)
            if more is None:
                staging.discard()
                return all_results
            for path, content in more:
                write_file(staging.dataset / path, [content])
            staging.publish(generator.obsolete)
    return all_results


@dataclass(frozen=True)
class _WriteFiles(Generic[Item, Result]):
    """Writes the files of one item below a folder; picklable."""

    make: Callable[[Item], Made[Result]]
    folder: Path

    def __call__(self, item: tuple[int, Item], /) -> tuple[int, Result]:
        index, content_of = item
        made = self.make(content_of)
        for path, content in made.files:
            write_file(self.folder / path, [content])
        return index, made.result
