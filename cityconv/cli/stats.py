"""`cityconv stats`."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import typer

from cityconv.cli.messages import print_message
from cityconv.cli.report import deliver_report, is_standard_output, open_report, paths_of
from cityconv.cli.skipped import print_bad_frames, print_nothing_written, skipped_lines
from cityconv.errors import UsageError, counted
from cityconv.options import (
    JobOptions,
    MessageOptions,
    OnErrorOption,
    OverwriteOptions,
    ReportOptions,
    SourceOptions,
)
from cityconv.statistics.options import StatisticsOutputOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cityconv.engine.side_file import SideFile
    from cityconv.statistics.collect import Collected
    from cityconv.statistics.totals import Totals

HELP = """Count what is in a data set: frames, objects, pixels and sizes of every class, split and city.

Tables are printed on standard output, unless --json, --csv or --report goes there. Classes are the names as drawn, so
that cargroup is one."""
EXAMPLES = (
    "cityconv stats gtFine_trainvaltest.zip",
    "cityconv stats gtFine_trainvaltest.zip --split train --json train.json",
)


@dataclass(frozen=True, kw_only=True)
class StatsOptions(MessageOptions, ReportOptions, OverwriteOptions, JobOptions):
    """How frames are counted."""

    on_error: OnErrorOption = "fail"


def stats(source: SourceOptions, output: StatisticsOutputOptions, run: StatsOptions) -> None:
    """Count, and print or write the numbers.

    Raises:
        CityconvError: as the rooms below raise it.
        typer.Exit: with status 1, when frames were bad and --on-error is `fail`, or all frames were bad.
    """
    from cityconv.engine.executors import available_cores
    from cityconv.statistics.collect import collect

    files = _open_files(source, output, run)
    start = time.monotonic()
    collected = collect(source, jobs=run.jobs or available_cores(), progress=run.shows_progress)
    seconds = time.monotonic() - start
    bad = len(collected.bad)
    print_bad_frames([error for _, error in collected.bad], collected.unknown_labels, collected.table)
    is_complete = bad < collected.found if run.on_error == "skip" else not bad
    if is_complete:
        _deliver(collected.totals, output, files)
    if run.report:
        options = {**asdict(source), **asdict(output), **asdict(run)}
        deliver_report(_report(collected, options, seconds), files["report"])
    if not is_complete:
        print_nothing_written(bad, collected.found)
        raise typer.Exit(1)
    if not run.quiet:
        _print_summary(collected, seconds, verbose=run.verbose)


def _open_files(
    source: SourceOptions, output: StatisticsOutputOptions, run: StatsOptions
) -> dict[str, SideFile | None]:
    """Return the file of each kind that is wanted, after a check of what it would replace; None for standard output.

    Raises:
        UsageError: two of them are the same file, or one would replace what is read.
        OutputError: one exists, or cannot be written.
    """
    from cityconv.engine.side_file import begins_with, is_report
    from cityconv.statistics.output import JSON_START, csv_start

    wanted: dict[str, tuple[Path | None, Callable[[Path], bool]]] = {
        "json": (output.json, partial(begins_with, start=JSON_START)),
        "csv": (output.csv, partial(begins_with, start=csv_start(output.split_by))),
        "report": (run.report, is_report),
    }
    files: dict[str, SideFile | None] = {}
    taken: dict[str, str] = {}
    for name, (path, may_replace) in wanted.items():
        if path is None:
            continue
        real = "-" if is_standard_output(path) else os.path.realpath(path)
        if (other := taken.setdefault(real, name)) != name:
            raise UsageError(f"--{other} and --{name} would be written to the same place: {path}")
        files[name] = open_report(path, overwrite=run.overwrite)
        if file := files[name]:
            file.check(paths_of(source), may_replace)
    return files


def _deliver(totals: Totals, output: StatisticsOutputOptions, files: Mapping[str, SideFile | None]) -> None:
    """Write the files that are wanted, and print the tables if none of them goes to standard output."""
    from cityconv.statistics.output import to_csv, to_json, to_text

    if output.json:
        deliver_report(to_json(totals, output.split_by), files["json"])
    if output.csv:
        deliver_report(to_csv(totals, output.split_by), files["csv"])
    if None not in files.values():
        for line in to_text(totals):
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
