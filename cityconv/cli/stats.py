"""`cityconv stats`."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import typer

from cityconv.cli.messages import print_message
from cityconv.cli.report import deliver_report, open_report
from cityconv.cli.skipped import print_bad_frames, print_nothing_written, skipped_lines
from cityconv.errors import counted
from cityconv.options.values import paths_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cityconv.engine.side_file import SideFile
    from cityconv.options import SourceOptions
    from cityconv.statistics.collect import Collected
    from cityconv.statistics.options import StatisticsOutputOptions, StatisticsRunOptions

HELP = """Count what is in a data set: frames, objects, pixels and sizes of every class, split and city.

Tables are printed on standard output, unless --json, --csv or --report goes there. Classes are the names as drawn:
cargroup is one of them."""
EXAMPLES = (
    "cityconv stats gtFine_trainvaltest.zip",
    "cityconv stats gtFine_trainvaltest.zip --split train --json train.json",
)


def stats(source: SourceOptions, output: StatisticsOutputOptions, run: StatisticsRunOptions) -> None:
    """Count, and print or write the numbers.

    Raises:
        CityconvError: something is wrong with the input, the output or the options.
        typer.Exit: with status 1, when frames were bad and --on-error is `fail`, or all frames were bad.
    """
    from cityconv.engine.executors import workers_of
    from cityconv.statistics.collect import collect
    from cityconv.statistics.files import open_files

    files = open_files(output, run.report, paths_of(source), partial(open_report, overwrite=run.overwrite))
    start = time.monotonic()
    collected = collect(source, workers=workers_of(run), progress=run.shows_progress)
    seconds = time.monotonic() - start
    bad = len(collected.bad)
    print_bad_frames([error for _, error in collected.bad], collected.unknown_labels, collected.table)
    is_complete = collected.is_complete(run.on_error)
    if is_complete:
        _deliver(collected, output, files)
    if run.report:
        options = {**vars(source), **vars(output), **vars(run)}
        deliver_report(_report(collected, options, seconds), files["report"])
    if not is_complete:
        print_nothing_written(bad, collected.found)
        raise typer.Exit(1)
    if not run.quiet:
        _print_summary(collected, seconds, verbose=run.verbose)


def _deliver(collected: Collected, output: StatisticsOutputOptions, files: Mapping[str, SideFile | None]) -> None:
    """Write the files that are wanted, and print the tables if none of them goes to standard output."""
    from cityconv.statistics.files import contents
    from cityconv.statistics.output import to_text

    for kind, content in contents(collected, output):
        deliver_report(content, files[kind])
    if None not in files.values():
        for line in to_text(collected.totals):
            typer.echo(line)


def _report(collected: Collected, options: Mapping[str, object], seconds: float) -> bytes:
    from cityconv.engine.report import encode_report

    totals = collected.totals
    return encode_report(
        {
            "options": options,
            "frames": {
                "found": collected.found,
                "counted": totals.frames.total(),
                "bad": [{"file": file, "error": str(error)} for file, error in collected.bad],
            },
            "objects": totals.tally(totals.frames).objects,
            "skipped": {reason: dict(sorted(names.items())) for reason, names in sorted(totals.skipped.items())},
            "notes": collected.notes,
            "seconds": round(seconds, 3),
        }
    )


def _print_summary(collected: Collected, seconds: float, *, verbose: bool) -> None:
    for note in collected.notes:
        print_message(f"note: {note}")
    if collected.bad:
        print_message(f"skipped: {counted(len(collected.bad), 'bad frame')}")
    totals = collected.totals
    tally = totals.tally(totals.frames)
    numbers = f"{counted(tally.frames, 'frame')}, {counted(tally.objects, 'object')}, {counted(tally.pieces, 'piece')}"
    print_message(f"stats: {numbers} in {seconds:.1f} s")
    for line in skipped_lines(totals.skipped, verbose):
        print_message(line)
