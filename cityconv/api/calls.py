"""What the functions of the public API do: check their arguments, and call what the commands call.

Arguments are the options of the commands, as `locals()` of the functions in `api.functions` gives them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from cityconv.api.frames import Frames
from cityconv.engine.destinations import convert_to
from cityconv.engine.executors import workers_of
from cityconv.engine.label_table import label_table
from cityconv.engine.make_plan import make_plan
from cityconv.engine.merge import merge
from cityconv.engine.merge_options import MergeOptions, MergeRunOptions
from cityconv.engine.recipe import RecipeOptions, read_recipe
from cityconv.engine.report import FormatSummary, Summary
from cityconv.engine.settings import settings_of
from cityconv.engine.side_file import SideFile
from cityconv.errors import BadFramesError, UsageError, counted
from cityconv.formats import FORMATS
from cityconv.frame.reading import open_dataset
from cityconv.options import OverwriteOptions, RunOptions, SourceOptions
from cityconv.options.values import InvalidValueError, Options, options_from, paths_of
from cityconv.previews.make import Previewed, make_preview
from cityconv.previews.options import PreviewOutputOptions, PreviewRunOptions, PreviewSourceOptions
from cityconv.source.labels.options import LabelsOptions
from cityconv.statistics.collect import collect
from cityconv.statistics.files import contents, open_files
from cityconv.statistics.options import StatisticsOutputOptions, StatisticsRunOptions
from cityconv.synthesis.generate import generate
from cityconv.synthesis.options import GenerateOptions, SampleOptions
from cityconv.verification.options import ContentOptions, TargetOptions, VerificationRunOptions
from cityconv.verification.result import Verification
from cityconv.verification.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.errors import CityconvError
    from cityconv.formats.base import FormatOptions
    from cityconv.options import OutputOptions
    from cityconv.source.labels.table import LabelTable
    from cityconv.statistics.collect import Collected
    from cityconv.synthesis.layout import SampleFrame

Arguments = Mapping[str, Any]


def call_conversion(name: str, arguments: Arguments) -> Summary:
    """Convert to a format, given by its name."""
    output = _options(arguments, FORMATS[name].output)
    return _convert(output, {name: _options(arguments, FORMATS[name])}, _options(arguments, RunOptions))


def call_run(arguments: Arguments) -> Summary:
    """Convert what a recipe describes."""
    recipe = _options(arguments, RecipeOptions)
    output, formats = read_recipe(recipe.recipe, recipe.out)
    return _convert(output, formats, _options(arguments, RunOptions), in_folders=True)


def call_merge(arguments: Arguments) -> Summary:
    """Join the parts of an output."""
    return merge(_options(arguments, MergeOptions), _options(arguments, MergeRunOptions))


def call_stats(arguments: Arguments) -> Collected:
    """Count what is in a data set, and write the files that are wanted."""
    source, output = _options(arguments, SourceOptions), _options(arguments, StatisticsOutputOptions)
    run = _options(arguments, StatisticsRunOptions)
    files = open_files(output, None, paths_of(source), partial(_side_file, overwrite=run.overwrite))
    collected = collect(source, workers=workers_of(run))
    if not collected.is_complete(run.on_error):
        raise _bad_frames(collected.bad, collected.found)
    for kind, content in contents(collected, output):
        if file := files[kind]:
            file.write(content)
    return collected


def call_preview(arguments: Arguments) -> Previewed:
    """Draw frames as pictures, with a gallery, or a poster."""
    source, output = _options(arguments, PreviewSourceOptions), _options(arguments, PreviewOutputOptions)
    run = _options(arguments, PreviewRunOptions)
    made = make_preview(source, output, run, partial(_side_file, overwrite=run.overwrite))
    if not made.result.is_complete:
        bad = [(item.file, item.error) for item in made.result.bad]
        raise _bad_frames(bad, len(made.preview.frames))
    if made.poster_file:
        made.poster_file.write(made.poster)
    return made


def call_verify(arguments: Arguments) -> Verification:
    """Compare an output with the annotations."""
    target, content = _options(arguments, TargetOptions), _options(arguments, ContentOptions)
    run = _options(arguments, VerificationRunOptions)
    return verify(target, content, workers=workers_of(run))


def call_sample(arguments: Arguments) -> list[SampleFrame]:
    """Generate a synthetic data set."""
    return list(generate(_options(arguments, SampleOptions), _options(arguments, GenerateOptions)))


def call_labels(arguments: Arguments) -> LabelTable:
    """Return a label table, or draft one."""
    options, run = _options(arguments, LabelsOptions), _options(arguments, OverwriteOptions)
    return label_table(options, _side_file(options.out, overwrite=run.overwrite) if options.out else None)


def call_open(arguments: Arguments) -> Frames:
    """Return the frames of a data set."""
    return Frames(*open_dataset(_options(arguments, SourceOptions)))


def _convert(
    output: OutputOptions, formats: Mapping[str, FormatOptions], run: RunOptions, *, in_folders: bool = False
) -> Summary:
    settings = settings_of(run)
    plan = make_plan(output, formats, in_folders=in_folders, part=run.part, workers=settings.workers)
    if run.dry_run:
        outputs = [FormatSummary(item.name, item.writer.unit) for item in plan.outputs]
        paths = [output.out / path for path in plan.all_paths()]
        return Summary(len(plan.frames), outputs, notes=list(plan.notes), paths=paths)
    summary = convert_to(plan, output.out, settings)
    if not summary.is_published:
        raise _bad_frames(summary.bad, summary.frames)
    return summary


def _bad_frames(bad: Sequence[tuple[str, CityconvError]], frames: int) -> BadFramesError:
    of_all = f"{counted(frames, 'frame')} {'is' if frames == 1 else 'are'}"
    return BadFramesError(f"{len(bad):,} of {of_all} bad; nothing was written: {bad[0][1]}", bad)


def _side_file(path: Path, *, overwrite: bool) -> SideFile:
    if str(path) == "-":
        raise UsageError("-: functions do not write to standard output")
    return SideFile(path, overwrite)


def _options(arguments: Arguments, group: type[Options]) -> Options:
    """Return the options of a class that are among the arguments; nothing is printed.

    Raises:
        UsageError: a value is wrong.
    """
    names = {item.name for item in fields(group)}  # type: ignore[arg-type]  # all are dataclasses
    kinds = get_type_hints(group)
    values = {name: _listed(value, kinds[name]) for name, value in arguments.items() if name in names}
    if "no_progress" in names:
        values["no_progress"] = True
    try:
        return options_from(values, group)
    except InvalidValueError as error:
        raise UsageError(f"{error.name}: {error}", error.hint) from None


def _listed(value: object, kind: object) -> object:
    """Return the value of an option; a single string as a list, where the option can be repeated."""
    is_list = any(part == list[str] for part in (kind, *get_args(kind)))
    return [value] if is_list and isinstance(value, str) else value
