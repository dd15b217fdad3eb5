"""The options of the statistics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cityconv.options import (
    Heading,
    JobOptions,
    MessageOptions,
    OnErrorOption,
    Option,
    OverwriteOptions,
    ReportOptions,
)
from cityconv.vocabulary import SubsetBy


@dataclass(frozen=True, kw_only=True)
class StatisticsOutputOptions:
    """Which files are written, and how the counts of classes are divided."""

    json: Annotated[
        Path | None, Option("Write all numbers as JSON; - for standard output.", Heading.OUTPUT, metavar="FILE")
    ] = None
    csv: Annotated[
        Path | None,
        Option("Write the counts of classes as CSV; - for standard output.", Heading.OUTPUT, metavar="FILE"),
    ] = None
    html: Annotated[
        Path | None,
        Option(
            "Write a page for the browser, with charts and pictures; needs the extra cityconv[report].",
            Heading.OUTPUT,
            metavar="FILE",
        ),
    ] = None
    split_by: Annotated[SubsetBy, Option("Count the classes of each split, or of each city.", Heading.OUTPUT)] = "split"


@dataclass(frozen=True, kw_only=True)
class StatisticsRunOptions(MessageOptions, ReportOptions, OverwriteOptions, JobOptions):
    """How frames are counted."""

    on_error: OnErrorOption = "fail"
