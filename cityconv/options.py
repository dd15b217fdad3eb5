"""Options that several commands share, each a field of a frozen dataclass.

A field is annotated with its type, an `Option` and, for a number, its range (`msgspec.Meta`). The command line, the
keys of a recipe and the reports are derived from these fields. A format keeps its own options in its folder.

Fields come in the order in which help lists them, and those of the last base class come first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin

from msgspec import Meta

from cityconv.vocabulary import (
    DEFAULT_TABLE,
    IMAGE_SUFFIX,
    Extent,
    Groups,
    OnError,
    ReadKind,
    SubsetBy,
    UnknownLabels,
)

SOURCE_VARIABLE = "CITYSCAPES_DATASET"  # the variable of the official scripts


class Heading(StrEnum):
    """The headings that options stand under in help, in this order."""

    FRAMES = "Frames"
    LABELS = "Labels and maps"
    OBJECTS = "Objects"
    OUTPUT = "Output"
    IMAGES = "Images"
    RUNNING = "Running"


@dataclass(frozen=True)
class Option:
    """What documentation and command line need to know of a field besides its name, type and default.

    Attributes:
        help: one or two sentences.
        heading: where help lists it.
        metavar: stands for the value in help; empty to derive it from the type.
        short: a short flag such as `-o`, or empty.
        flag: the flag, if it is not the name of the field.
        alias: another flag for the same, or empty.
        is_argument: whether it is a positional argument.
        variable: the environment variable that it is taken from when it is not given, or empty.
        shows_default: whether help shows the default value.
    """

    help: str
    heading: Heading
    metavar: str = ""
    short: str = ""
    flag: str = ""
    alias: str = ""
    is_argument: bool = False
    variable: str = ""
    shows_default: bool = True


def choices_of(kind: object) -> tuple[str, ...]:
    """Return the values that a type allows if it is a `Literal` or an optional one, else nothing."""
    literals = (part for part in (kind, *get_args(kind)) if get_origin(part) is Literal)
    return get_args(next(literals, None))


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """Which frames are read, and in which size."""

    source: Annotated[
        Path,
        Option(
            "The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, "
            "or a downloaded zip.",
            Heading.FRAMES,
            metavar="SRC",
            is_argument=True,
            variable=SOURCE_VARIABLE,
            shows_default=False,
        ),
    ]
    split: Annotated[list[str] | None, Option("Only this split; repeatable.", Heading.FRAMES, metavar="NAME")] = None
    city: Annotated[list[str] | None, Option("Only this city; repeatable.", Heading.FRAMES, metavar="NAME")] = None
    splits: Annotated[
        Path | None,
        Option(
            "A TOML file of splits of your own, made of cities, frames, or shares of a split.",
            Heading.FRAMES,
            metavar="FILE",
        ),
    ] = None
    frames: Annotated[
        Path | None, Option("Only the frames named in this file, one per line.", Heading.FRAMES, metavar="FILE")
    ] = None
    require_annotations: Annotated[
        bool,
        Option(
            "Leave out frames whose objects are all of classes that evaluation ignores, such as those of test.",
            Heading.FRAMES,
        ),
    ] = False
    limit: Annotated[
        Annotated[int, Meta(ge=1)] | None, Option("Only the first N frames of each split.", Heading.FRAMES, metavar="N")
    ] = None
    sample: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Option("Only N random frames of each split, evenly from its cities.", Heading.FRAMES, metavar="N"),
    ] = None
    seed: Annotated[int, Option("With --sample, another number draws other frames.", Heading.FRAMES, metavar="N")] = 0
    split_folder: Annotated[
        list[str] | None,
        Option("A folder that names a split, besides train, val and test; repeatable.", Heading.FRAMES, metavar="NAME"),
    ] = None
    size: Annotated[
        str | None,
        Option("Another size for all frames: in pixels, or in percent of their own.", Heading.FRAMES, metavar="WxH|P%"),
    ] = None
    labels: Annotated[
        str,
        Option(
            "The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.",
            Heading.LABELS,
            metavar="FILE|NAME",
        ),
    ] = DEFAULT_TABLE
    unknown_labels: Annotated[
        UnknownLabels, Option("Reject labels that are not in the table, or drop their objects.", Heading.LABELS)
    ] = "fail"
    read: Annotated[
        ReadKind | None,
        Option("Read polygons, or label maps [default: polygons, or else the richest map].", Heading.LABELS),
    ] = None
    map_suffix: Annotated[
        str | None, Option("What follows the frame name in the file name of a map.", Heading.LABELS, metavar="SUFFIX")
    ] = None
    instance_divisor: Annotated[
        Annotated[int, Meta(ge=2, le=65_535)] | None,
        Option("Instance maps hold label id * N + instance (KITTI: 256).", Heading.LABELS, metavar="N"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class SubsetOptions:
    """How the files of the whole data set are divided."""

    split_by: Annotated[SubsetBy, Option("Write one subset per split, or one per city.", Heading.OUTPUT)] = "split"


@dataclass(frozen=True, kw_only=True)
class FlatOptions:
    """How the images of a subset are arranged."""

    flat: Annotated[
        bool, Option("All images of a subset in one folder, without folders for cities.", Heading.IMAGES)
    ] = False


@dataclass(frozen=True, kw_only=True)
class ImageNameOptions:
    """Which photographs belong to the frames, and how the images of an output are encoded."""

    image_root: Annotated[
        Path | None,
        Option("Where the images are [default: leftImg8bit beside SRC].", Heading.IMAGES, metavar="DIR|ZIP"),
    ] = None
    image_suffix: Annotated[
        list[str] | None,
        Option(
            f"What follows the frame name in the file name of an image; repeatable [default: {IMAGE_SUFFIX}, or the "
            "only image there is].",
            Heading.IMAGES,
            metavar="SUFFIX",
        ),
    ] = None
    image_format: Annotated[
        Literal["keep", "jpg", "png"] | None,
        Option("Image encoding in OUT [default: jpg for VOC, else keep].", Heading.IMAGES, shows_default=False),
    ] = None

    def output_suffix(self, suffix: str) -> str:
        """Return what follows the frame name in the output, for an image of this suffix in the data set."""
        if self.image_format in (None, "keep"):
            return suffix
        return f"{suffix.rpartition('.')[0]}.{self.image_format}"


@dataclass(frozen=True, kw_only=True)
class ImageOptions:
    """Whether and how images are added to an output."""

    images: Annotated[
        Literal["none", "symlink", "hardlink", "copy"], Option("Add the images to OUT, and how.", Heading.IMAGES)
    ] = "none"


@dataclass(frozen=True, kw_only=True)
class OutputOptions(ImageNameOptions, ImageOptions, SourceOptions):
    """Which frames are converted, where to, and with which images."""

    out: Annotated[Path, Option("The folder to write to.", Heading.OUTPUT, metavar="OUT", short="-o", alias="--output")]


@dataclass(frozen=True, kw_only=True)
class SubsetOutputOptions(SubsetOptions, OutputOptions):
    """The same for formats that write files for each subset of the data set."""


@dataclass(frozen=True, kw_only=True)
class ClassOptions:
    """Which classes are written, and how groups are treated."""

    classes: Annotated[
        str | None,
        Option(
            "instances (8 evaluated things), things (10), eval (19), labels (the table), raw (all 40 names as drawn), "
            "or names separated by commas.",
            Heading.OBJECTS,
            metavar="PRESET|NAME,...",
        ),
    ] = None
    class_map: Annotated[
        Path | None, Option("A TOML file that merges, renames or drops classes.", Heading.OBJECTS, metavar="FILE")
    ] = None
    groups: Annotated[
        Groups,
        Option(
            "Treat a group such as cargroup as a crowd, drop it, merge it into its class, or give it a class of its "
            "own.",
            Heading.OBJECTS,
        ),
    ] = "crowd"


@dataclass(frozen=True, kw_only=True)
class MinAreaOptions:
    """The smallest region that is written."""

    min_area: Annotated[int, Option("Skip regions of fewer pixels.", Heading.OBJECTS, metavar="PX"), Meta(ge=1)] = 1


@dataclass(frozen=True, kw_only=True)
class RegionOptions(MinAreaOptions, ClassOptions):
    """Which pixels of an object are written."""

    extent: Annotated[
        Extent, Option("The part of an object that is visible, or the full polygon as drawn.", Heading.OBJECTS)
    ] = "visible"


CategoryIds = Annotated[
    str | None,
    Option(
        "label, train, contiguous (1, 2, ...), or another id column of the label table "
        "[default: label, or contiguous where a class has no label id].",
        Heading.OUTPUT,
        metavar="SCHEME",
        shows_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """How many processes work."""

    jobs: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Option("Worker processes [default: all cores].", Heading.RUNNING, metavar="N", short="-j"),
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
        Path | None, Option("Write a report as JSON; - for standard output.", Heading.RUNNING, metavar="FILE")
    ] = None
    verbose: Annotated[bool, Option("Print more details.", Heading.RUNNING, short="-v")] = False


@dataclass(frozen=True, kw_only=True)
class ReplaceReportOptions:
    """Whether a report may be replaced, for commands that write nothing else."""

    overwrite: Annotated[bool, Option("Replace the file of the report if it exists.", Heading.RUNNING)] = False


@dataclass(frozen=True, kw_only=True)
class MessageOptions:
    """What is printed during a run."""

    quiet: Annotated[bool, Option("Print errors only.", Heading.RUNNING, short="-q")] = False
    no_progress: Annotated[bool, Option("Show no progress bar.", Heading.RUNNING)] = False

    @property
    def shows_progress(self) -> bool:
        """Whether a progress bar is wanted."""
        return not (self.no_progress or self.quiet)


@dataclass(frozen=True, kw_only=True)
class RunOptions(MessageOptions, ReportOptions, ConversionOptions, OverwriteOptions, JobOptions):
    """How a conversion is run."""
