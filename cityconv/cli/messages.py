"""What is said to people, on standard error."""

from __future__ import annotations

import typer

from cityconv.errors import CityconvError


def say(message: str) -> None:
    """Say something."""
    typer.echo(message, err=True)


def say_error(error: CityconvError | str) -> None:
    """Say what is wrong, in one line, and in another what to do."""
    typer.echo(f"error: {_one_line(str(error))}", err=True)
    if isinstance(error, CityconvError) and error.hint:
        typer.echo(f"hint: {_one_line(error.hint)}", err=True)


def _one_line(text: str) -> str:
    """Return the text without what would break a line or a terminal: file names can hold anything."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
