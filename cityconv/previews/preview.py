"""The preview of a data set or of an output."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cityconv.engine.executors import execute
from cityconv.engine.generate import FileGenerator, generate_files
from cityconv.engine.progress import track
from cityconv.errors import SourceError
from cityconv.previews.dataset import show_dataset
from cityconv.previews.index import GALLERY_PATHS, earlier_paths, gallery_files
from cityconv.previews.outputs.show import find_output, show_output
from cityconv.previews.poster import Cell, choose_frames, draw_cell, poster_png
from cityconv.previews.rendering import BadFrame, DrawFrame, Drawn, count_frame
from cityconv.storage.url import title_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cityconv.engine.executors import Workers
    from cityconv.previews.options import PreviewOutputOptions, PreviewSourceOptions
    from cityconv.previews.scene import Shown
    from cityconv.vocabulary import OnError


class Preview(NamedTuple):
    """What is shown.

    Attributes:
        title: the name of the data set or output.
        frames: its frames.
        notes: what the user should know, a sentence each.
        folder: the folder of an output; None for a data set.
    """

    title: str
    frames: list[Shown]
    notes: list[str]
    folder: Path | None


class Result(NamedTuple):
    """What became of the frames.

    Attributes:
        drawn: those that were drawn.
        bad: those that could not be.
        is_complete: whether there is enough to show: all frames, or with `--on-error skip` some.
    """

    drawn: list[Drawn]
    bad: list[BadFrame]
    is_complete: bool


def open_preview(source: PreviewSourceOptions, output: PreviewOutputOptions) -> Preview:
    """Return what options show.

    Raises:
        SourceError: the data set or output cannot be read.
        UsageError: options cannot be combined, or name something that does not exist.
    """
    found = find_output(source, output.format)
    frames, notes = show_output(found, source, output) if found else show_dataset(source, output, output.classes)
    _check_paths(frames)
    title = title_of(source.source).removesuffix(".zip")
    title = f"{title} ({found.format})" if found and found.format != title else title
    return Preview(title, frames, notes, found.folder if found else None)


def _check_paths(frames: list[Shown]) -> None:
    owners: dict[str, Shown] = {}
    for shown in frames:
        if (other := owners.setdefault(shown.path, shown)) is not shown:
            raise SourceError(
                f"{shown.frame.where}: has the same split, city and name as {other.frame.where}",
                "--split or --city selects one of them",
            )


def draw_preview(
    preview: Preview,
    out: Path,
    draw: DrawFrame,
    *,
    on_error: OnError,
    workers: Workers,
    overwrite: bool,
    progress: bool,
) -> Result:
    """Write the gallery. If there are bad frames and `on_error` is "fail", or no others, nothing is written.

    Raises:
        OutputError: `out` cannot be written, or contains a file to be written.
        WorkerError: a worker died or hit an internal error.
    """

    def finish(results: list[Drawn | BadFrame]) -> Iterable[tuple[str, bytes]] | None:
        result = _result(results, on_error)
        return gallery_files(preview.title, result.drawn, draw.layers) if result.is_complete else None

    planned = {path for shown in preview.frames for path in draw.paths(shown)}
    generator = FileGenerator(
        preview.frames,
        draw.paths,
        draw,
        finish,
        GALLERY_PATHS,
        sorted(earlier_paths(out) - planned) if overwrite else (),
        _where,
    )
    results = generate_files(generator, out, workers=workers, overwrite=overwrite, progress=progress)
    return _result(results, on_error)


def count_preview(preview: Preview, *, on_error: OnError, workers: Workers, progress: bool) -> Result:
    """Count the objects of all frames, without a gallery.

    Raises:
        WorkerError: a worker died or hit an internal error.
    """
    with closing(execute(count_frame, preview.frames, workers, _where)) as found:
        results = list(track(found, len(preview.frames), 0, progress))
    return _result(results, on_error)


def draw_poster(preview: Preview, result: Result, *, workers: Workers) -> bytes:
    """Return the poster of frames that were drawn or counted, as a PNG.

    Raises:
        AnnotationError: a frame cannot be read any more.
        ImageError: a photograph cannot be read.
        WorkerError: a worker died or hit an internal error.
    """
    bad = {item.file for item in result.bad}
    chosen = list(enumerate(choose_frames([shown for shown in preview.frames if shown.frame.where not in bad])))
    with closing(execute(_DrawNumbered(), chosen, workers, lambda item: item[1][1].frame.where)) as found:
        cells = dict(found)
    return poster_png(preview.title, result.drawn, [cells[index] for index, _ in chosen])


@dataclass(frozen=True)
class _DrawNumbered:
    """Draws a numbered cell of the poster, since workers finish in any order."""

    def __call__(self, item: tuple[int, tuple[bool, Shown]], /) -> tuple[int, Cell]:
        return item[0], draw_cell(*item[1])


def _where(shown: Shown) -> str:
    return shown.frame.where


def _result(results: list[Drawn | BadFrame], on_error: OnError) -> Result:
    drawn = [item for item in results if isinstance(item, Drawn)]
    bad = [item for item in results if isinstance(item, BadFrame)]
    return Result(drawn, bad, bool(drawn) and (on_error == "skip" or not bad))
