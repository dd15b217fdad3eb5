"""The options of merges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cityconv.options import Heading, JobOptions, MessageOptions, Option, OverwriteOptions, ReportOptions
from cityconv.storage.url import Location


@dataclass(frozen=True, kw_only=True)
class MergeOptions:
    """What is merged, and where to."""

    parts: Annotated[
        list[Location],
        Option("The outputs of all parts.", Heading.OUTPUT, metavar="PART", is_argument=True, shows_default=False),
    ]
    out: Annotated[
        Location,
        Option("The folder or URL to write to.", Heading.OUTPUT, metavar="OUT", short="-o", alias="--output"),
    ]


@dataclass(frozen=True, kw_only=True)
class MergeRunOptions(MessageOptions, ReportOptions, OverwriteOptions, JobOptions):
    """How parts are merged."""
