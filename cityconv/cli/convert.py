"""What all conversions share: plan, convert, and print what was done."""

from __future__ import annotations

from itertools import chain, groupby
from typing import TYPE_CHECKING

import typer

from cityconv.cli.messages import print_message
from cityconv.cli.report import deliver_report, open_report
from cityconv.cli.skipped import print_bad_frames, print_nothing_written, skipped_lines
from cityconv.errors import UsageError, counted
from cityconv.options.values import paths_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cityconv.engine.plan import Plan
    from cityconv.engine.report import Summary
    from cityconv.engine.settings import Settings
    from cityconv.engine.side_file import SideFile
    from cityconv.formats.base import FormatOptions
    from cityconv.options import OutputOptions, RunOptions
    from cityconv.source.labels.table import LabelTable
    from cityconv.storage.url import Location


def conversion_command(name: str) -> Callable[..., None]:
    """Return the command of a format."""

    def convert(output: OutputOptions, options: FormatOptions, run: RunOptions) -> None:
        run_conversion(output, {name: options}, run)

    return convert


def run_conversion(
    output: OutputOptions, formats: Mapping[str, FormatOptions], run: RunOptions, recipe: Path | None = None
) -> None:
    """Convert what the options name, and print what was done.

    Args:
        output: which frames, where to, with which images.
        formats: the formats to write, by the name of the output.
        run: how to run.
        recipe: the file that names the formats; each goes to a folder of its own then.

    Raises:
        CityconvError: something is wrong with the input, the output or the options.
        typer.Exit: with status 1, when frames were bad and --on-error is `fail`.
    """
    from cityconv.engine.make_plan import make_plan
    from cityconv.engine.report import report_json
    from cityconv.engine.settings import settings_of

    if run.dry_run and run.report:
        raise UsageError("--dry-run cannot be combined with --report")
    settings = settings_of(run)
    plan = make_plan(output, formats, in_folders=recipe is not None, part=run.part, workers=settings.workers)
    if run.dry_run:
        _list_files(plan, output.out, run)
        return
    inputs = [*paths_of(output, *formats.values()), *([recipe] if recipe else [])]
    report = _open_report(plan, output.out, run, inputs)
    summary = _convert(plan, output.out, settings)
    if run.report:
        named_options = {name: vars(options) for name, options in formats.items()}
        deliver_report(report_json(summary, {**vars(output), **vars(run), "formats": named_options}), report)
    _print_summary(run, summary, plan.reader.table)
    if not summary.is_published:
        raise typer.Exit(1)


def _list_files(plan: Plan, out: Location, run: RunOptions) -> None:
    for note in () if run.quiet else plan.notes:
        print_message(f"note: {note}")
    for path in plan.all_paths():
        typer.echo(out / path)


def _open_report(plan: Plan, out: Location, run: RunOptions, inputs: list[Path]) -> SideFile | None:
    """Return the file of the report after a check of what it would replace; `inputs` are the paths of options."""
    from cityconv.engine.side_file import is_report

    report = open_report(run.report, overwrite=run.overwrite, renew=run.resume or run.update)
    if report:
        report.check_apart(out, plan.all_paths())
        annotations = (path for path, _ in groupby(frame.file.archive or frame.file.path for frame in plan.frames))
        report.check(chain(annotations, (path for path, _ in plan.inputs), inputs), is_report)
    return report


def _convert(plan: Plan, out: Location, settings: Settings) -> Summary:
    from cityconv.engine.destinations import convert_to, has_unfinished_run

    try:
        return convert_to(plan, out, settings)
    except SystemExit:  # a signal ends the run
        if has_unfinished_run(out):
            print_message("interrupted; --resume continues")
        raise


def _print_summary(run: RunOptions, summary: Summary, table: LabelTable) -> None:
    print_bad_frames([error for _, error in summary.bad], summary.unknown_labels, table)
    if not summary.is_published:
        print_nothing_written(len(summary.bad), summary.frames)
    elif not run.quiet:
        print_summary(summary, verbose=run.verbose)


def print_summary(summary: Summary, *, verbose: bool) -> None:
    """Print what was written, and what was skipped; with `verbose` by name."""
    for line in _summary_lines(summary, verbose):
        print_message(line)


def _summary_lines(summary: Summary, verbose: bool) -> list[str]:
    lines = [f"note: {note}" for note in summary.all_notes]
    if summary.bad:
        lines.append(f"skipped: {counted(len(summary.bad), 'bad frame')}")
    for output in summary.outputs:
        numbers = f"{counted(summary.converted, 'frame')}, {counted(output.written, output.unit.removesuffix('s'))}"
        lines += [f"{output.name}: {numbers} in {summary.seconds:.1f} s", *skipped_lines(output.skipped, verbose)]
    return lines
