"""The preview of a data set or of an output."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cityconv.engine.generate import FileGenerator, generate_files
from cityconv.errors import SourceError
from cityconv.preview.dataset import show_dataset
from cityconv.preview.index import GALLERY_PATHS, earlier_paths, gallery_files
from cityconv.preview.outputs.show import find_output, show_output
from cityconv.preview.rendering import BadFrame, DrawFrame, Drawn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cityconv.preview.options import PreviewOutputOptions, PreviewSourceOptions
    from cityconv.preview.scene import Shown
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
        is_published: whether the gallery was written.
    """

    drawn: list[Drawn]
    bad: list[BadFrame]
    is_published: bool


def open_preview(source: PreviewSourceOptions, output: PreviewOutputOptions) -> Preview:
    """Return what options show.

    Raises:
        SourceError: the data set or output cannot be read.
        UsageError: options exclude each other, or name something that does not exist.
    """
    found = find_output(source, output.format)
    frames, notes = show_output(found, source, output) if found else show_dataset(source, output, output.classes)
    _check_paths(frames)
    title = source.source.resolve().name.removesuffix(".zip")
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
    preview: Preview, out: Path, draw: DrawFrame, *, on_error: OnError, jobs: int, overwrite: bool, progress: bool
) -> Result:
    """Write the gallery. If there are bad frames and `on_error` is "fail", or no others, nothing is written.

    Raises:
        OutputError: `out` cannot be written, or contains a file to be written.
        WorkerError: a worker died or hit an internal error.
    """

    def finish(results: list[Drawn | BadFrame]) -> Iterable[tuple[str, bytes]] | None:
        good = [item for item in results if isinstance(item, Drawn)]
        if not good or (on_error == "fail" and len(good) < len(results)):
            return None
        return gallery_files(preview.title, good, draw.layers)

    planned = {path for shown in preview.frames for path in draw.paths(shown)}
    generator = FileGenerator(
        preview.frames,
        draw.paths,
        draw,
        finish,
        GALLERY_PATHS,
        sorted(earlier_paths(out) - planned) if overwrite else (),
        lambda shown: shown.frame.where,
    )
    results = generate_files(generator, out, jobs=jobs, overwrite=overwrite, progress=progress)
    good = [item for item in results if isinstance(item, Drawn)]
    bad = [item for item in results if isinstance(item, BadFrame)]
    return Result(good, bad, bool(good) and (on_error == "skip" or not bad))
