"""The options of merges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cityconv.options import Heading, JobOptions, MessageOptions, Option, OverwriteOptions, ReportOptions


@dataclass(frozen=True, kw_only=True)
class MergeOptions:
    """What is merged, and where to."""

    parts: Annotated[
        list[Path],
        Option("The outputs of all parts.", Heading.OUTPUT, metavar="PART", is_argument=True, shows_default=False),
    ]
    out: Annotated[Path, Option("The folder to write to.", Heading.OUTPUT, metavar="OUT", short="-o", alias="--output")]


@dataclass(frozen=True, kw_only=True)
class MergeRunOptions(MessageOptions, ReportOptions, OverwriteOptions, JobOptions):
    """How parts are merged."""
