"""The command line: options, one thin function a command, and the one place where errors end."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

from cityconv import __version__
from cityconv.cli.labels import labels
from cityconv.cli.messages import say_error
from cityconv.cli.run import run
from cityconv.cli.sample import sample
from cityconv.cli.verify import verify
from cityconv.errors import CityconvError
from cityconv.formats.coco.options import coco
from cityconv.formats.labelmap.options import labelmap
from cityconv.formats.panoptic.options import panoptic
from cityconv.formats.voc.options import voc
from cityconv.formats.yolo.options import yolo
from cityconv.options import gather_options
from cityconv.source.limits import limits

app = typer.Typer(
    name="cityconv",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (coco, panoptic, yolo, voc, labelmap, verify, run, sample):
    app.command()(gather_options(command))
app.command()(labels)


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
    """Run the command line and end the process with its exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # as for a job in the background, which Ctrl-C is not meant for
            signal.signal(number, _end)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # file names that are no text are written as they are
    try:
        # One process a core is all the parallelism there is; threads of numerical libraries would only get in the way.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(limits().pixels))
        app()
    except CityconvError as error:
        say_error(error)
        sys.exit(error.exit_status)
    except MemoryError:
        say_error("out of memory")
        sys.exit(1)
    except OSError as error:
        say_error(f"{error.filename or 'cityconv'}: {(error.strerror or str(error)).lower()}")
        sys.exit(1)
    sys.exit(0)


def _end(number: int, _frame: object) -> NoReturn:
    """End as if by the signal, but orderly; a second one ends at once."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_DFL)
    sys.exit(128 + number)
