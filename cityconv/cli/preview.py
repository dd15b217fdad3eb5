"""`cityconv preview`."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from cityconv.cli.messages import print_message
from cityconv.cli.report import deliver_report, open_report
from cityconv.cli.skipped import print_bad_frames, print_nothing_written
from cityconv.engine.output_folder import refuse_dash, refuse_source_folder
from cityconv.errors import UsageError, counted
from cityconv.options import JobOptions, MessageOptions, OnErrorOption, OverwriteOptions
from cityconv.options.values import paths_of
from cityconv.preview.options import PreviewOutputOptions, PreviewSourceOptions

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.engine.side_file import SideFile
    from cityconv.preview.preview import Preview, Result

HELP = """Show a data set, or what is in an output, as pictures and as a gallery that a browser opens from the disk.

OUT gets index.html, and for every frame a picture of its masks, outlines, boxes and names over the photograph. An
output, such as a COCO or YOLO folder, is drawn from its own files alone, as a training program reads them."""
EXAMPLES = (
    "cityconv preview gtFine_trainvaltest.zip -o preview --split val",
    "cityconv preview coco",
)


@dataclass(frozen=True, kw_only=True)
class PreviewRunOptions(MessageOptions, OverwriteOptions, JobOptions):
    """How frames are drawn."""

    on_error: OnErrorOption = "fail"


def preview(source: PreviewSourceOptions, output: PreviewOutputOptions, run: PreviewRunOptions) -> None:
    """Draw frames, and print what was done.

    Raises:
        CityconvError: as the rooms below raise it.
        typer.Exit: with status 1, when frames were bad and --on-error is `fail`, or all frames were bad.
    """
    from cityconv.engine.executors import available_cores
    from cityconv.preview.preview import count_preview, draw_poster, draw_preview, open_preview
    from cityconv.preview.rendering import DrawFrame

    draw = DrawFrame(source.width, output.layers)
    if output.out is not None:
        refuse_dash(output.out)
    shown = open_preview(source, output)
    out = _output_folder(output, shown)
    poster = _open_poster(source, output, run, shown, out)
    jobs = run.jobs or available_cores()
    start = time.monotonic()
    if out is None:
        result = count_preview(shown, on_error=run.on_error, jobs=jobs, progress=run.shows_progress)
    else:
        result = draw_preview(
            shown,
            out,
            draw,
            on_error=run.on_error,
            jobs=jobs,
            overwrite=run.overwrite,
            progress=run.shows_progress,
        )
    if output.poster and result.is_complete:
        deliver_report(draw_poster(shown, result, jobs=jobs), poster)
    _print_summary(shown, result, out, run, time.monotonic() - start)


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


def _open_poster(
    source: PreviewSourceOptions,
    output: PreviewOutputOptions,
    run: PreviewRunOptions,
    shown: Preview,
    out: Path | None,
) -> SideFile | None:
    """Return the file of the poster, after a check of what it would replace."""
    from cityconv.preview.index import GALLERY_FOLDERS

    file = open_report(output.poster, overwrite=run.overwrite)
    if file:
        photographs = (item.photograph for item in shown.frames if item.photograph)
        read = dict.fromkeys(photograph.archive or photograph.path for photograph in photographs)
        file.check([*paths_of(source), *read], lambda _: False)
        if out is not None:
            file.check_apart(out, GALLERY_FOLDERS)
    return file


def _print_summary(shown: Preview, result: Result, out: Path | None, run: PreviewRunOptions, seconds: float) -> None:
    from cityconv.source.labels.files import load_table
    from cityconv.vocabulary import DEFAULT_TABLE

    print_bad_frames([item.error for item in result.bad], Counter(), load_table(DEFAULT_TABLE))
    if not result.is_complete:
        print_nothing_written(len(result.bad), len(shown.frames))
        raise typer.Exit(1)
    if run.quiet:
        return
    for note in shown.notes:
        print_message(f"note: {note}")
    if result.bad:
        print_message(f"skipped: {counted(len(result.bad), 'bad frame')}")
    objects = sum(item.counts.total() for item in result.drawn)
    numbers = f"{counted(len(result.drawn), 'frame')}, {counted(objects, 'object')}"
    page = f": open {out / 'index.html'}" if out else ""
    print_message(f"preview: {numbers} in {seconds:.1f} s{page}")
