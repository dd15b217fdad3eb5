"""Messages for people, on standard error."""

from __future__ import annotations

import typer

from cityconv.errors import CityconvError, one_line


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
