"""Messages for people go to standard error; reports go where the user wants them."""

from __future__ import annotations

from pathlib import Path

import typer

from cityconv.errors import CityconvError, one_line

_STANDARD_OUTPUT = Path("-")


def print_message(message: str) -> None:
    """Print a line on standard error."""
    typer.echo(one_line(message), err=True)


def print_error(error: CityconvError | str) -> None:
    """Print what is wrong in one line, and what to do about it in another."""
    print_message(f"error: {error}")
    if isinstance(error, CityconvError) and error.hint:
        print_hint(error.hint)


def print_hint(hint: str) -> None:
    """Print what to do, in one line."""
    print_message(f"hint: {hint}")


def deliver_report(report: bytes, path: Path) -> None:
    """Write a report to a file, or for `-` to standard output.

    Raises:
        OutputError: the file cannot be written.
    """
    from cityconv.engine.files import write_atomically

    if path == _STANDARD_OUTPUT:
        typer.echo(report, nl=False)
    else:
        write_atomically(path, [report])
