"""The command line: commands made from option classes, and the one place where errors end."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

from cityconv.cli import labels, preview, run, sample, stats, verify
from cityconv.cli.convert import conversion_command
from cityconv.cli.messages import print_error, print_hint
from cityconv.cli.parameters import GroupedCommand, command_of
from cityconv.cli.streams import secure_streams
from cityconv.cli.usage import TYPER_ERROR, CommandGroup, usage_error
from cityconv.errors import CityconvError, UsageError, explain_import_error
from cityconv.formats import FORMATS
from cityconv.options import OverwriteOptions, RunOptions, SourceOptions
from cityconv.preview.options import PreviewOutputOptions, PreviewSourceOptions
from cityconv.source.limits import limits
from cityconv.statistics.options import StatisticsOutputOptions
from cityconv.verification.options import ContentOptions, TargetOptions
from cityconv.version import __version__

_ENDING_SIGNALS = [number for number in signal.Signals if number.name in ("SIGINT", "SIGTERM", "SIGHUP")]  # that exist

app = typer.Typer(
    name="cityconv",
    cls=CommandGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS = {
    **{name: (conversion_command(name, options), options.help, options.examples) for name, options in FORMATS.items()},
    "run": (command_of("run", run.run, {"recipe": run.RecipeOptions, "run": RunOptions}), run.HELP, run.EXAMPLES),
    "stats": (
        command_of(
            "stats",
            stats.stats,
            {"source": SourceOptions, "output": StatisticsOutputOptions, "run": stats.StatsOptions},
        ),
        stats.HELP,
        stats.EXAMPLES,
    ),
    "preview": (
        command_of(
            "preview",
            preview.preview,
            {"source": PreviewSourceOptions, "output": PreviewOutputOptions, "run": preview.PreviewRunOptions},
        ),
        preview.HELP,
        preview.EXAMPLES,
    ),
    "verify": (
        command_of(
            "verify", verify.verify, {"target": TargetOptions, "content": ContentOptions, "run": verify.VerifyOptions}
        ),
        verify.HELP,
        verify.EXAMPLES,
    ),
    "sample": (
        command_of("sample", sample.sample, {"options": sample.SampleOptions, "run": sample.GenerateOptions}),
        sample.HELP,
        sample.EXAMPLES,
    ),
    "labels": (
        command_of("labels", labels.labels, {"options": labels.LabelsOptions, "run": OverwriteOptions}),
        labels.HELP,
        labels.EXAMPLES,
    ),
}
for _name, (_command, _help, _examples) in _COMMANDS.items():
    app.command(_name, cls=GroupedCommand, help=_help, epilog="\n".join(_examples))(_command)


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
    for number in _ENDING_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as SIGINT of a job in the background, and SIGHUP after nohup
            signal.signal(number, _exit_by_signal)
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


def _exit_by_signal(number: int, _frame: object) -> NoReturn:
    """Exit in order with the status of a signal; a second signal ends the process at once."""
    for each in _ENDING_SIGNALS:
        signal.signal(each, signal.SIG_DFL)
    sys.exit(128 + number)
