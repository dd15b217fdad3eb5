"""What all converters share: find the frames, convert them, say what was done."""

from __future__ import annotations

from dataclasses import Field, asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import typer

from cityconv.cli.messages import say, say_error, say_hint
from cityconv.errors import UsageError
from cityconv.options import DividedOutputOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cityconv.engine.convert import Plan
    from cityconv.engine.report import FormatSummary, Summary
    from cityconv.formats.base import Format
    from cityconv.options import OutputOptions, RunOptions
    from cityconv.source.layout import SubsetBy

_REASONS = {
    "class": "of classes that are not selected",
    "group": "that are groups",
    "hidden": "hidden behind others",
    "min_area": "smaller than --min-area",
}


class FormatOptions(Protocol):
    """The options of one format, a frozen dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def build(self, output: OutputOptions) -> Format:
        """Return the format that the options describe, as part of this output."""
        ...


def run_conversion(
    output: OutputOptions, formats: Mapping[str, FormatOptions], run: RunOptions, *, in_folders: bool = False
) -> None:
    """Convert what the options name.

    Args:
        output: which frames, where to, with which images.
        formats: the formats to write, by name.
        run: how.
        in_folders: whether each goes to a folder of its name below the output, or to the output itself.

    Raises:
        CityconvError: as the rooms below raise it.
        typer.Exit: with status 1, when frames were bad and that was not to be passed over.
    """
    from cityconv.engine.convert import Settings, convert
    from cityconv.engine.executors import available_cores
    from cityconv.engine.staging import is_unfinished

    plan = _plan(output, formats, in_folders)
    if run.dry_run:
        for path in plan.paths():
            typer.echo(output.out / path)
        return
    settings = Settings(
        jobs=run.jobs or available_cores(),
        on_error=run.on_error,
        overwrite=run.overwrite,
        resume=run.resume,
        progress=not (run.no_progress or run.quiet),
    )
    try:
        summary = convert(plan, output.out, settings)
    except SystemExit:  # a signal ends the run
        if is_unfinished(output.out):
            say("interrupted; --resume goes on from what is done")
        raise
    if run.report:
        options = {**asdict(output), **asdict(run), "formats": {name: asdict(of) for name, of in formats.items()}}
        _write_report(run.report, summary, options)
    _say_what_was_done(run, summary)
    if not summary.is_published:
        raise typer.Exit(1)


def _plan(output: OutputOptions, formats: Mapping[str, FormatOptions], in_folders: bool) -> Plan:
    from cityconv.engine.convert import Output, Plan
    from cityconv.engine.images import Images
    from cityconv.source.images import SUFFIX, find_images
    from cityconv.source.layout import find_dataset

    outputs = tuple(Output(name, of.build(output), f"{name}/" if in_folders else "") for name, of in formats.items())
    split_by: SubsetBy = output.split_by if isinstance(output, DividedOutputOptions) else "split"
    dataset = find_dataset(output.source, output.split or (), output.city or (), split_by)
    frames = dataset.frames
    for item in outputs:
        files = item.format.dataset_files(frames)
        if len(set(files)) < len(files):
            raise UsageError(
                f"{files[0]}: several files would have this name", "--name-template: {split} tells them apart"
            )
    if output.images == "none":
        return Plan(frames, outputs)
    suffixes = () if output.image_suffix == SUFFIX else (output.image_suffix,)
    found = find_images(dataset, output.image_root, suffixes)
    images = Images(output.images, {key: photographs[0].file for key, photographs in found.items()})
    for item in outputs:
        images.check(frames, item.format.image_file)
    return Plan(frames, outputs, images)


def _write_report(path: Path, summary: Summary, options: Mapping[str, object]) -> None:
    from cityconv.engine.files import write_atomically
    from cityconv.engine.report import report_json

    report = report_json(summary, options)
    if path == Path("-"):
        typer.echo(report, nl=False)
    else:
        write_atomically(path, [report])


def _say_what_was_done(run: RunOptions, summary: Summary) -> None:
    for _, error in summary.bad:
        say_error(str(error))
    for hint in dict.fromkeys(error.hint for _, error in summary.bad if error.hint):
        say_hint(hint)
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
        lines += [f"{output.name}: {numbers} in {summary.seconds:.1f} s", *_skipped_lines(output, verbose)]
    return lines


def _skipped_lines(output: FormatSummary, verbose: bool) -> list[str]:
    lines = []
    for reason, names in sorted(output.skipped.items()):
        lines.append(f"  left out: {names.total():,} objects {_REASONS[reason]}")
        if verbose:
            lines += [f"    {number:>9,} {name}" for name, number in sorted(names.items())]
    return lines
