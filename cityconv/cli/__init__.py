"""The command line: commands made from option classes, and the one place where errors end."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from cityconv.cli import labels, merge, preview, run, sample, stats, verify
from cityconv.cli.convert import conversion_command
from cityconv.cli.messages import print_error, print_hint
from cityconv.cli.parameters import GroupedCommand, command_of
from cityconv.cli.streams import secure_streams
from cityconv.cli.usage import TYPER_ERROR, group_of, usage_error
from cityconv.engine.merge_options import MergeOptions, MergeRunOptions
from cityconv.engine.recipe import RecipeOptions
from cityconv.errors import CityconvError, UsageError, explain_import_error
from cityconv.formats import FORMATS
from cityconv.options import OverwriteOptions, RunOptions, SourceOptions
from cityconv.previews.options import PreviewOutputOptions, PreviewRunOptions, PreviewSourceOptions
from cityconv.signals import exit_on_signals
from cityconv.source.labels.options import LabelsOptions
from cityconv.source.limits import limits
from cityconv.statistics.options import StatisticsOutputOptions, StatisticsRunOptions
from cityconv.synthesis.options import GenerateOptions, SampleOptions
from cityconv.verification.options import ContentOptions, TargetOptions, VerificationRunOptions
from cityconv.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable


class Command(NamedTuple):
    """A command.

    Attributes:
        function: takes one instance of an option class per keyword.
        groups: the option class of each keyword.
        help: what it does.
        examples: command lines.
    """

    function: Callable[..., None]
    groups: dict[str, type]
    help: str
    examples: tuple[str, ...]


COMMANDS = {
    **{
        name: Command(
            conversion_command(name),
            {"output": options.output, "options": options, "run": RunOptions},
            options.help,
            options.examples,
        )
        for name, options in FORMATS.items()
    },
    "run": Command(run.run, {"recipe": RecipeOptions, "run": RunOptions}, run.HELP, run.EXAMPLES),
    "merge": Command(merge.merge, {"options": MergeOptions, "run": MergeRunOptions}, merge.HELP, merge.EXAMPLES),
    "stats": Command(
        stats.stats,
        {"source": SourceOptions, "output": StatisticsOutputOptions, "run": StatisticsRunOptions},
        stats.HELP,
        stats.EXAMPLES,
    ),
    "preview": Command(
        preview.preview,
        {"source": PreviewSourceOptions, "output": PreviewOutputOptions, "run": PreviewRunOptions},
        preview.HELP,
        preview.EXAMPLES,
    ),
    "verify": Command(
        verify.verify,
        {"target": TargetOptions, "content": ContentOptions, "run": VerificationRunOptions},
        verify.HELP,
        verify.EXAMPLES,
    ),
    "sample": Command(sample.sample, {"options": SampleOptions, "run": GenerateOptions}, sample.HELP, sample.EXAMPLES),
    "labels": Command(labels.labels, {"options": LabelsOptions, "run": OverwriteOptions}, labels.HELP, labels.EXAMPLES),
}


@cache
def _typer_command(name: str) -> object:
    command = COMMANDS[name]
    only = typer.Typer(add_completion=False, rich_markup_mode=None)
    only.command(name, cls=GroupedCommand, help=command.help, epilog="\n".join(command.examples))(
        command_of(name, command.function, command.groups)
    )
    return typer.main.get_command(only)


app = typer.Typer(
    name="cityconv",
    cls=group_of(COMMANDS, _typer_command),
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cityconv {__version__}")
        raise typer.Exit


@app.callback()
def _cityconv(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Convert the polygon annotations of Cityscapes, pixel for pixel as released."""


def main() -> NoReturn:
    """Run the command line, and exit with its status."""
    secure_streams()
    exit_on_signals()
    try:
        # One process per core is all the parallelism there is: threads of numerical libraries would only compete.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(limits().pixels))
        os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # read when it is imported, by workers too
        status = app(prog_name="cityconv", standalone_mode=False)
    except TYPER_ERROR as error:
        print_error(usage_error(error))
        sys.exit(UsageError.exit_status)
    except CityconvError as error:
        print_error(error)
        sys.exit(error.exit_status)
    except MemoryError:
        print_error("out of memory")
        sys.exit(1)
    except ImportError as error:
        message, hint = explain_import_error(error)
        print_error(message)
        print_hint(hint)
        sys.exit(1)
    except OSError as error:
        print_error(f"{error.filename or 'cityconv'}: {(error.strerror or str(error)).lower()}")
        sys.exit(1)
    sys.exit(status or 0)  # None, unless a command raised typer.Exit
