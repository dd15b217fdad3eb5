"""Options that several commands share, each a field of a frozen dataclass.

A field is annotated with its type, an `Option` and, for a number, its range (`msgspec.Meta`). The command line, the
keys of a recipe and the reports are derived from these fields. A format keeps its own options in its folder.

Fields come in the order in which help lists them, and those of the last base class come first.
"""

from cityconv.options.option import Heading, Option, choices_of
from cityconv.options.output import (
    CategoryIds,
    ClassOptions,
    FlatOptions,
    FrameAndSubsetOutputOptions,
    FrameOutputOptions,
    ImageNameOptions,
    ImageOptions,
    MinAreaOptions,
    OutputOptions,
    PhotographOptions,
    RegionOptions,
    ShardOptions,
    SubsetOptions,
    SubsetOutputOptions,
)
from cityconv.options.running import (
    ConversionOptions,
    JobOptions,
    MessageOptions,
    OnErrorOption,
    OverwriteOptions,
    ReplaceReportOptions,
    ReportOptions,
    RunOptions,
)
from cityconv.options.source import SOURCE_VARIABLE, SourceOptions

__all__ = [
    "SOURCE_VARIABLE",
    "CategoryIds",
    "ClassOptions",
    "ConversionOptions",
    "FlatOptions",
    "FrameAndSubsetOutputOptions",
    "FrameOutputOptions",
    "Heading",
    "ImageNameOptions",
    "ImageOptions",
    "JobOptions",
    "MessageOptions",
    "MinAreaOptions",
    "OnErrorOption",
    "Option",
    "OutputOptions",
    "OverwriteOptions",
    "PhotographOptions",
    "RegionOptions",
    "ReplaceReportOptions",
    "ReportOptions",
    "RunOptions",
    "ShardOptions",
    "SourceOptions",
    "SubsetOptions",
    "SubsetOutputOptions",
    "choices_of",
]
