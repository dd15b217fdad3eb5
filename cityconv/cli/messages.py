"""What is said to people, on standard error."""

from __future__ import annotations

import typer

from cityconv.errors import CityconvError

_LONGEST_LINE = 2_000  # characters; what is longer is cut in the middle, as files stand in front and places at the end


def say(message: str) -> None:
    """Say something."""
    typer.echo(message, err=True)


def say_error(error: CityconvError | str) -> None:
    """Say what is wrong, in one line, and in another what to do."""
    typer.echo(f"error: {_one_line(str(error))}", err=True)
    if isinstance(error, CityconvError) and error.hint:
        say_hint(error.hint)


def say_hint(hint: str) -> None:
    """Say what to do, in one line."""
    typer.echo(f"hint: {_one_line(hint)}", err=True)


def _one_line(text: str) -> str:
    """Return the text without what would break a line or a terminal: file names can hold anything, at any length."""
    line = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
    if len(line) <= _LONGEST_LINE:
        return line
    return f"{line[: _LONGEST_LINE // 2]} ... {line[-_LONGEST_LINE // 4 :]}"
