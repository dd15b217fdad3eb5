"""`cityconv preview`."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import typer

from cityconv.cli.messages import print_message
from cityconv.cli.report import deliver_report, open_report
from cityconv.cli.skipped import print_bad_frames, print_nothing_written
from cityconv.errors import counted

if TYPE_CHECKING:
    from cityconv.previews.make import Previewed
    from cityconv.previews.options import PreviewOutputOptions, PreviewRunOptions, PreviewSourceOptions

HELP = """Show a data set or an output as pictures, in a gallery for the browser.

OUT gets index.html, which a browser opens from the disk, and for every frame a picture of its masks, outlines, boxes
and names over the photograph. An output, such as a COCO or YOLO folder, is drawn from its own files alone, as a
training program reads them."""
EXAMPLES = (
    "cityconv preview gtFine_trainvaltest.zip -o preview --split val",
    "cityconv preview coco",
)


def preview(source: PreviewSourceOptions, output: PreviewOutputOptions, run: PreviewRunOptions) -> None:
    """Draw frames, and print what was done.

    Raises:
        CityconvError: something is wrong with the input, the output or the options.
        typer.Exit: with status 1, when frames were bad and --on-error is `fail`, or all frames were bad.
    """
    from cityconv.previews.make import make_preview

    start = time.monotonic()
    made = make_preview(source, output, run, partial(open_report, overwrite=run.overwrite))
    if made.poster:
        deliver_report(made.poster, made.poster_file)
    _print_summary(made, run, time.monotonic() - start)


def _print_summary(made: Previewed, run: PreviewRunOptions, seconds: float) -> None:
    from cityconv.source.labels.files import load_table
    from cityconv.vocabulary import DEFAULT_TABLE

    shown, result = made.preview, made.result
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
    page = f": open {made.folder / 'index.html'}" if made.folder else ""
    print_message(f"preview: {numbers} in {seconds:.1f} s{page}")
