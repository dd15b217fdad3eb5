"""What all conversions share: plan, convert, and print what was done."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from cityconv.cli.messages import print_message
from cityconv.cli.output_folder import refuse_dash, refuse_source_folder
from cityconv.cli.parameters import command_of
from cityconv.cli.report import deliver_report, open_report, paths_of
from cityconv.cli.skipped import print_bad_frames, print_nothing_written, skipped_lines
from cityconv.errors import UsageError, counted
from cityconv.options import OutputOptions, RunOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cityconv.engine.convert import Plan
    from cityconv.engine.report import Summary
    from cityconv.formats.base import FormatOptions
    from cityconv.source.labels.table import LabelTable


def conversion_command(name: str, options_type: type[FormatOptions]) -> Callable[..., None]:
    """Return the command of a format."""

    def convert(output: OutputOptions, options: FormatOptions, run: RunOptions) -> None:
        run_conversion(output, {name: options}, run)

    return command_of(name, convert, {"output": options_type.output, "options": options_type, "run": RunOptions})


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
        CityconvError: as the rooms below raise it.
        typer.Exit: with status 1, when frames were bad and --on-error is `fail`.
    """
    from cityconv.engine.plan import make_plan

    if run.update and (run.overwrite or run.resume):
        raise UsageError("--update excludes --overwrite and --resume")
    refuse_dash(output.out)
    plan = make_plan(output, formats, in_folders=recipe is not None)
    refuse_source_folder(output.out, plan.frames)
    if run.dry_run:
        _list_files(plan, output.out, run)
        return
    inputs = [*paths_of(output, *formats.values()), *([recipe] if recipe else [])]
    summary = _convert(plan, output, formats, run, inputs)
    _print_summary(run, summary, plan.reader.table)
    if not summary.is_published:
        raise typer.Exit(1)


def _list_files(plan: Plan, out: Path, run: RunOptions) -> None:
    for note in () if run.quiet else plan.notes:
        print_message(f"note: {note}")
    for path in (*plan.paths(), *plan.manifest_paths()):
        typer.echo(out / path)


def _convert(
    plan: Plan, output: OutputOptions, formats: Mapping[str, FormatOptions], run: RunOptions, inputs: list[Path]
) -> Summary:
    """Convert a plan and write the report, which is checked first; `inputs` are the paths that options name."""
    from cityconv.engine.convert import Settings, convert
    from cityconv.engine.executors import available_cores
    from cityconv.engine.report import report_json
    from cityconv.engine.side_file import is_report
    from cityconv.engine.staging import is_unfinished

    report = open_report(run.report, overwrite=run.overwrite, renew=run.resume or run.update)
    if report:
        report.check_apart(output.out, (*plan.paths(), *plan.manifest_paths()))
        annotations = dict.fromkeys(frame.file.archive or frame.file.path for frame in plan.frames)
        report.check([*annotations, *(path for path, _ in plan.inputs), *inputs], is_report)
    settings = Settings(
        jobs=run.jobs or available_cores(),
        on_error=run.on_error,
        overwrite=run.overwrite,
        resume=run.resume,
        update=run.update,
        checksum=run.checksum,
        progress=run.shows_progress,
    )
    try:
        summary = convert(plan, output.out, settings)
    except SystemExit:  # a signal ends the run
        if is_unfinished(output.out):
            print_message("interrupted; --resume continues")
        raise
    if run.report:
        named_options = {name: asdict(options) for name, options in formats.items()}
        deliver_report(report_json(summary, {**asdict(output), **asdict(run), "formats": named_options}), report)
    return summary


def _print_summary(run: RunOptions, summary: Summary, table: LabelTable) -> None:
    print_bad_frames([error for _, error in summary.bad], summary.unknown_labels, table)
    if not summary.is_published:
        print_nothing_written(len(summary.bad), summary.frames)
    elif not run.quiet:
        for line in _summary_lines(summary, run.verbose):
            print_message(line)


def _summary_lines(summary: Summary, verbose: bool) -> list[str]:
    lines = [f"note: {note}" for note in summary.all_notes]
    if summary.bad:
        lines.append(f"skipped: {counted(len(summary.bad), 'bad frame')}")
    for output in summary.outputs:
        numbers = f"{counted(summary.converted, 'frame')}, {counted(output.written, output.unit.removesuffix('s'))}"
        lines += [f"{output.name}: {numbers} in {summary.seconds:.1f} s", *skipped_lines(output.skipped, verbose)]
    return lines
