"""Messages for people go to standard error; reports go where the user wants them."""

from __future__ import annotations

from pathlib import Path

import typer

from cityconv.errors import CityconvError

_LONGEST_LINE = 2_000  # characters; a longer one is cut in the middle, since it begins with a file and ends with a path
_STANDARD_OUTPUT = Path("-")


def print_message(message: str) -> None:
    """Print a line on standard error."""
    typer.echo(_one_line(message), err=True)


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


def _one_line(text: str) -> str:
    """Return the text with control characters escaped, cut if it is too long: file names can hold anything."""
    line = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
    if len(line) <= _LONGEST_LINE:
        return line
    return f"{line[: _LONGEST_LINE // 2]} ... {line[-_LONGEST_LINE // 4 :]}"
