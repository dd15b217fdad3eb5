"""The files that statistics are written to."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from cityconv.engine.side_file import begins_with, is_report
from cityconv.errors import UsageError
from cityconv.statistics.output import JSON_START, csv_start, to_csv, to_json
from cityconv.statistics.report.page import HTML_START, require_libraries, to_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from cityconv.engine.side_file import SideFile
    from cityconv.statistics.collect import Collected
    from cityconv.statistics.options import StatisticsOutputOptions

STANDARD_OUTPUT = "-"  # the place of what is printed


def open_files(
    output: StatisticsOutputOptions,
    report: Path | None,
    inputs: Iterable[Path],
    open_file: Callable[[Path], SideFile | None],
) -> dict[str, SideFile | None]:
    """Return the file of each kind that is wanted, after a check of what it would replace; None for standard output.

    Args:
        output: which files are wanted.
        report: the file of the report, if one is wanted.
        inputs: the paths that are read.
        open_file: returns a file, or None if its path stands for standard output.

    Raises:
        UsageError: two of them are the same file, or one would replace what is read.
        OutputError: one exists, or cannot be written, or libraries that it needs are not installed.
    """
    wanted: dict[str, tuple[Path | None, Callable[[Path], bool]]] = {
        "json": (output.json, partial(begins_with, start=JSON_START)),
        "csv": (output.csv, partial(begins_with, start=csv_start(output.split_by))),
        "html": (output.html, partial(begins_with, start=HTML_START)),
        "report": (report, is_report),
    }
    if output.html:
        require_libraries()
    files: dict[str, SideFile | None] = {}
    taken: dict[str, str] = {}
    inputs = list(inputs)
    for name, (path, may_replace) in wanted.items():
        if path is None:
            continue
        file = files[name] = open_file(path)
        real = os.path.realpath(path) if file else STANDARD_OUTPUT
        if (other := taken.setdefault(real, name)) != name:
            raise UsageError(f"--{other} and --{name} would be written to the same place: {path}")
        if file:
            file.check(inputs, may_replace)
    return files


def contents(collected: Collected, output: StatisticsOutputOptions) -> Iterator[tuple[str, bytes]]:
    """Yield the kind and the content of each file that is wanted, without the report."""
    if output.json:
        yield "json", to_json(collected.statistics(with_cities=output.split_by == "city"))
    if output.csv:
        yield "csv", to_csv(collected.totals, output.split_by)
    if output.html:
        yield "html", to_html(collected)
