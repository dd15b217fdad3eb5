"""Reports and other files that a command writes beside its output."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cityconv.errors import OutputError

if TYPE_CHECKING:
    from cityconv.engine.side_file import SideFile

_STANDARD_OUTPUT = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}


def is_standard_output(path: Path | None) -> bool:
    """Return whether a path stands for standard output."""
    return str(path) in _STANDARD_OUTPUT


def open_report(path: Path | None, *, overwrite: bool, renew: bool = False) -> SideFile | None:
    """Return the file of a report, or None for none and for standard output.

    Args:
        path: as given.
        overwrite: whether it replaces any other file.
        renew: whether it replaces an earlier report.

    Raises:
        OutputError: standard output is closed.
    """
    from cityconv.engine.side_file import SideFile, is_report

    if path is None:
        return None
    if is_standard_output(path):
        if sys.stdout is None:
            raise OutputError(f"{path}: standard output is closed")
        return None
    return SideFile(path, overwrite or (renew and path.is_file() and is_report(path)))


def deliver_report(report: bytes, file: SideFile | None) -> None:
    """Write a report to its file, or to standard output.

    Raises:
        OutputError: the file cannot be written.
    """
    if file is None:
        typer.echo(report, nl=False)
    else:
        file.write(report)
