"""What all converters share: find the frames, convert them, say what was done."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cityconv.cli.messages import say, say_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cityconv.cli.options import RunOptions
    from cityconv.engine.convert import Division, Output
    from cityconv.engine.report import FormatSummary, Summary

_REASONS = {
    "class": "of classes that are not selected",
    "group": "groups",
    "hidden": "hidden behind others",
    "min_area": "smaller than --min-area",
}


def run_conversion(
    run: RunOptions, outputs: Sequence[Output], options: Mapping[str, object], divide_by: Division = "split"
) -> None:
    """Convert what the options name.

    Args:
        run: which frames, where to, and how.
        outputs: what to write.
        options: what describes the outputs, for the report.
        divide_by: what the files of the whole data set are divided by.

    Raises:
        CityconvError: as the rooms below raise it.
        typer.Exit: with status 1, when frames were bad and that was not to be passed over.
    """
    from cityconv.engine.convert import Plan, Settings, convert
    from cityconv.engine.executors import available_cores
    from cityconv.source.dataset import find_frames

    plan = Plan(find_frames(run.source, run.split or (), run.city or ()), tuple(outputs), divide_by)
    if run.dry_run:
        for path in plan.paths():
            typer.echo(run.out / path)
        return
    settings = Settings(
        jobs=run.jobs or available_cores(),
        on_error=run.on_error,
        overwrite=run.overwrite,
        resume=run.resume,
        progress=not (run.no_progress or run.quiet),
    )
    summary = convert(plan, run.out, settings)
    if run.report:
        _write_report(run.report, summary, {**asdict(run), **options})
    _say_what_was_done(run, summary)
    if not summary.is_published:
        raise typer.Exit(1)


def _write_report(path: Path, summary: Summary, options: Mapping[str, object]) -> None:
    from cityconv.engine.output import write_file
    from cityconv.engine.report import report_json

    report = report_json(summary, options)
    if path == Path("-"):
        typer.echo(report, nl=False)
    else:
        write_file(path, [report])


def _say_what_was_done(run: RunOptions, summary: Summary) -> None:
    for _, error in summary.bad:
        say_error(error)
    if not summary.is_published:
        say(f"{len(summary.bad)} of {summary.frames} frames are bad; nothing was written")
    elif not run.quiet:
        for line in _summary_lines(summary, run.verbose):
            say(line)


def _summary_lines(summary: Summary, verbose: bool) -> list[str]:
    lines = [f"note: {note}" for note in summary.notes]
    if summary.bad:
        lines.append(f"left out: {len(summary.bad)} bad frames")
    for output in summary.outputs:
        numbers = f"{summary.converted:,} frames, {output.written:,} {output.unit}"
        lines += [f"{output.name}: {numbers} in {summary.seconds:.1f} s", *_left_out_lines(output, verbose)]
    return lines


def _left_out_lines(output: FormatSummary, verbose: bool) -> list[str]:
    lines = []
    for reason, names in sorted(output.left_out.items()):
        lines.append(f"  left out: {names.total():,} objects {_REASONS[reason]}")
        if verbose:
            lines += [f"    {number:>9,} {name}" for name, number in sorted(names.items())]
    return lines
