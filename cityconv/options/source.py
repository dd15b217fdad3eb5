"""What is read: the options that say which frames, in which size and with which labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from cityconv.options.option import Heading, Option
from cityconv.storage.url import Location
from cityconv.vocabulary import DEFAULT_TABLE, Front, ReadKind, UnknownLabels

SOURCE_VARIABLE = "CITYSCAPES_DATASET"  # the variable of the official scripts


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """Which frames are read, and in which size."""

    source: Annotated[
        Location,
        Option(
            "The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, "
            "a downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.",
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
    seed: Annotated[int, Option("The random seed of --sample.", Heading.FRAMES, metavar="N")] = 0
    split_folder: Annotated[
        list[str] | None,
        Option(
            "Another folder that is a split, besides train, val, test and the like; repeatable.",
            Heading.FRAMES,
            metavar="NAME",
        ),
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
        Option("Read polygons, COCO files, or label maps [default: the first of these that SRC has].", Heading.LABELS),
    ] = None
    front: Annotated[
        Front,
        Option("Which of two COCO masks that overlap is in front: the last in the file, or by area.", Heading.LABELS),
    ] = "last"
    map_suffix: Annotated[
        str | None, Option("What follows the frame name in the file name of a map.", Heading.LABELS, metavar="SUFFIX")
    ] = None
    instance_divisor: Annotated[
        Annotated[int, Meta(ge=2, le=65_535)] | None,
        Option("Instance maps hold label id * N + instance (KITTI: 256).", Heading.LABELS, metavar="N"),
    ] = None
