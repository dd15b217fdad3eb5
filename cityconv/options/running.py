"""How a command runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from cityconv.options.option import Heading, Option
from cityconv.vocabulary import OnError


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """Who does the work."""

    jobs: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Option("Worker processes [default: all cores].", Heading.RUNNING, metavar="N", short="-j"),
    ] = None
    scheduler: Annotated[
        str | None,
        Option("Work on a Dask cluster, given by the address of its scheduler.", Heading.RUNNING, metavar="ADDRESS"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class OverwriteOptions:
    """Whether files that exist may be replaced."""

    overwrite: Annotated[bool, Option("Replace files that exist.", Heading.RUNNING)] = False


OnErrorOption = Annotated[
    OnError, Option("With bad frames, write nothing, or skip them. Both name every bad frame.", Heading.RUNNING)
]


@dataclass(frozen=True, kw_only=True)
class ConversionOptions:
    """How a conversion deals with what may go wrong."""

    part: Annotated[
        str | None,
        Option(
            "Convert the I-th of N parts of the frames, for a job array; `cityconv merge` joins them.",
            Heading.RUNNING,
            metavar="I/N",
        ),
    ] = None
    resume: Annotated[bool, Option("Continue an interrupted run.", Heading.RUNNING)] = False
    update: Annotated[
        bool,
        Option("Convert what is new or changed since the output in OUT, and remove what is gone.", Heading.RUNNING),
    ] = False
    checksum: Annotated[
        bool, Option("With --resume, compare the content of annotations, not their size and times.", Heading.RUNNING)
    ] = False
    on_error: OnErrorOption = "fail"
    dry_run: Annotated[
        bool, Option("List the files that would be written, and write nothing.", Heading.RUNNING, short="-n")
    ] = False


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """What is reported about a run."""

    report: Annotated[
        Path | None,
        Option("Write a report as JSON; - for standard output.", Heading.RUNNING, metavar="FILE", in_python=False),
    ] = None
    verbose: Annotated[bool, Option("Print more details.", Heading.RUNNING, short="-v", in_python=False)] = False


@dataclass(frozen=True, kw_only=True)
class ReplaceReportOptions:
    """Whether a report may be replaced, for commands that write nothing else."""

    overwrite: Annotated[
        bool, Option("Replace the file of the report if it exists.", Heading.RUNNING, in_python=False)
    ] = False


@dataclass(frozen=True, kw_only=True)
class MessageOptions:
    """What is printed during a run."""

    quiet: Annotated[bool, Option("Print errors only.", Heading.RUNNING, short="-q", in_python=False)] = False
    no_progress: Annotated[bool, Option("Show no progress bar.", Heading.RUNNING, in_python=False)] = False

    @property
    def shows_progress(self) -> bool:
        """Whether a progress bar is wanted."""
        return not (self.no_progress or self.quiet)


@dataclass(frozen=True, kw_only=True)
class RunOptions(MessageOptions, ReportOptions, ConversionOptions, OverwriteOptions, JobOptions):
    """How a conversion is run."""
