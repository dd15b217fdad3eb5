"""What `preview` does, from its options to the files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cityconv.engine.destinations import is_output_in_store, local_copy
from cityconv.engine.executors import workers_of
from cityconv.engine.output_folder import refuse_dash, refuse_source_folder
from cityconv.errors import UsageError
from cityconv.options.values import paths_of
from cityconv.previews.index import GALLERY_FOLDERS
from cityconv.previews.preview import count_preview, draw_poster, draw_preview, open_preview
from cityconv.previews.rendering import DrawFrame

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cityconv.engine.side_file import SideFile
    from cityconv.previews.options import PreviewOutputOptions, PreviewRunOptions, PreviewSourceOptions
    from cityconv.previews.preview import Preview, Result


class Previewed(NamedTuple):
    """A preview that was made.

    Attributes:
        preview: what was to be shown.
        result: which frames were drawn, and which could not be.
        folder: the folder of the gallery; None if there is none.
        poster: the poster as PNG; empty if there is none.
        poster_file: the file that the poster is for; None for standard output.
    """

    preview: Preview
    result: Result
    folder: Path | None
    poster: bytes
    poster_file: SideFile | None


def make_preview(
    source: PreviewSourceOptions,
    output: PreviewOutputOptions,
    run: PreviewRunOptions,
    open_file: Callable[[Path], SideFile | None],
) -> Previewed:
    """Write a gallery and draw a poster, as far as they are wanted.

    Args:
        source: what is shown.
        output: how, and where to.
        run: how the work is done.
        open_file: returns the file of the poster, or None if its path stands for standard output.

    Raises:
        CityconvError: any error but bad frames, which are in the result.
    """
    if is_output_in_store(source.source):
        if output.out is None:
            raise UsageError("missing --out", "the gallery is written to a folder on this machine")
        with local_copy(source.source) as folder:
            return make_preview(replace(source, source=folder), output, run, open_file)
    draw = DrawFrame(source.width, output.layers)
    if output.out is not None:
        refuse_dash(output.out)
    shown = open_preview(source, output)
    out = _output_folder(output, shown)
    poster_file = open_file(output.poster) if output.poster else None
    if poster_file:
        _check_poster(poster_file, source, shown, out)
    workers = workers_of(run)
    if out is None:
        result = count_preview(shown, on_error=run.on_error, workers=workers, progress=run.shows_progress)
    else:
        result = draw_preview(
            shown,
            out,
            draw,
            on_error=run.on_error,
            workers=workers,
            overwrite=run.overwrite,
            progress=run.shows_progress,
        )
    poster = draw_poster(shown, result, workers=workers) if output.poster and result.is_complete else b""
    return Previewed(shown, result, out, poster, poster_file)


def _output_folder(output: PreviewOutputOptions, shown: Preview) -> Path | None:
    """Return the folder that the gallery is written to; None if only a poster is wanted.

    Raises:
        UsageError: none is given for a data set, or it is one of the annotations.
    """
    if output.out is None and shown.folder is None:
        if output.poster is None:
            raise UsageError("missing --out", "--out writes a gallery, and --poster one picture")
        return None
    if shown.folder is None and output.out is not None:
        refuse_source_folder(output.out, [item.frame for item in shown.frames])
    return output.out or (shown.folder / "preview" if shown.folder else None)


def _check_poster(file: SideFile, source: PreviewSourceOptions, shown: Preview, out: Path | None) -> None:
    """Refuse a poster that would replace what is read, or a file of the gallery."""
    photographs = (item.photograph for item in shown.frames if item.photograph)
    read = dict.fromkeys(photograph.archive or photograph.path for photograph in photographs)
    file.check([*paths_of(source), *read], lambda _: False)
    if out is not None:
        file.check_apart(out, GALLERY_FOLDERS)
