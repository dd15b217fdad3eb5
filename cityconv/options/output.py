"""What is written: the options of outputs, of their images and of their objects."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from cityconv.options.option import Heading, Option
from cityconv.options.source import SourceOptions
from cityconv.storage.url import Location
from cityconv.vocabulary import IMAGE_SUFFIX, Extent, Groups, SubsetBy


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
class PhotographOptions:
    """Which photographs belong to the frames."""

    image_root: Annotated[
        Location | None,
        Option(
            "Where the images are [default: leftImg8bit next to the annotations].",
            Heading.IMAGES,
            metavar="DIR|ZIP|URL",
        ),
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


@dataclass(frozen=True, kw_only=True)
class ImageNameOptions(PhotographOptions):
    """Which photographs belong to the frames, and how the images of an output are encoded."""

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
        Literal["none", "symlink", "hardlink", "copy"],
        Option("Whether and how to add the images to OUT.", Heading.IMAGES),
    ] = "none"


@dataclass(frozen=True, kw_only=True)
class ShardOptions:
    """Whether the files of frames go into archives."""

    archive: Annotated[
        Literal["none", "tar"],
        Option("Write the files of frames, images included, into WebDataset shards.", Heading.OUTPUT),
    ] = "none"
    shard_frames: Annotated[int, Option("Frames in a shard.", Heading.OUTPUT, metavar="N"), Meta(ge=1)] = 1000

    @property
    def frames_in_shard(self) -> int | None:
        """How many frames go into a shard; None if files are loose."""
        return min(self.shard_frames, sys.maxsize) if self.archive == "tar" else None


@dataclass(frozen=True, kw_only=True)
class OutputOptions(ImageNameOptions, ImageOptions, SourceOptions):
    """Which frames are converted, where to, and with which images."""

    out: Annotated[
        Location,
        Option("The folder or URL to write to.", Heading.OUTPUT, metavar="OUT", short="-o", alias="--output"),
    ]


@dataclass(frozen=True, kw_only=True)
class SubsetOutputOptions(SubsetOptions, OutputOptions):
    """The same for formats that write files for each subset of the data set."""


@dataclass(frozen=True, kw_only=True)
class FrameOutputOptions(ShardOptions, OutputOptions):
    """The same for formats that write files for each frame."""


@dataclass(frozen=True, kw_only=True)
class FrameAndSubsetOutputOptions(SubsetOptions, ShardOptions, OutputOptions):
    """The same for formats that write both, and for recipes."""


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
