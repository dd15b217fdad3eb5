"""The options of a verification."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from cityconv.options import (
    CategoryIds,
    FlatOptions,
    Heading,
    ImageNameOptions,
    JobOptions,
    MessageOptions,
    Option,
    RegionOptions,
    ReplaceReportOptions,
    ReportOptions,
    SourceOptions,
    SubsetOptions,
)
from cityconv.storage.url import Location
from cityconv.vocabulary import COCO_FILE_NAME

if TYPE_CHECKING:
    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.reading import FrameReader


@dataclass(frozen=True, kw_only=True)
class TargetOptions(SubsetOptions, FlatOptions, ImageNameOptions, SourceOptions):
    """Which output is verified, and how its files are named and divided."""

    out: Annotated[
        Location | None,
        Option(
            "An output of cityconv; without it, the released PNGs are verified.",
            Heading.OUTPUT,
            metavar="OUT",
            is_argument=True,
            shows_default=False,
        ),
    ] = None
    name_template: Annotated[
        str, Option("File name of COCO files; {split} is the subset's name.", Heading.OUTPUT, metavar="NAME")
    ] = COCO_FILE_NAME
    nested: Annotated[bool, Option("The files of YOLO are in folders of cities.", Heading.OUTPUT)] = False


@dataclass(frozen=True, kw_only=True)
class ContentOptions(RegionOptions):
    """What the output was made with. What is not given is taken from its files, where they tell."""

    task: Annotated[
        Literal["instance", "semantic", "detection", "detect", "segment", "obb"] | None,
        Option("The task of COCO, VOC, YOLO or CSV files [default: as the files tell].", Heading.OUTPUT),
    ] = None
    category_ids: CategoryIds = None
    layout: Annotated[
        Literal["cityscapes", "coco", "roboflow"] | None,
        Option("The layout of COCO or panoptic files [default: those present].", Heading.OUTPUT),
    ] = None
    kind: Annotated[
        list[str] | None,
        Option(
            "An expected kind of label map; repeatable, or separated by commas [default: those present].",
            Heading.OUTPUT,
            metavar="KIND,...",
        ),
    ] = None
    tolerance: Annotated[
        int,
        Option(
            "How many pixels the borders of objects in Cityscapes files may be moved by.",
            Heading.OUTPUT,
            metavar="PX",
        ),
        Meta(ge=0, le=100),
    ] = 0

    def expected(
        self, target: TargetOptions, reader: FrameReader, drawn_groups: tuple[str, ...] = ()
    ) -> ExpectedOptions:
        """Return what these options and those of the target say about the output."""
        from cityconv.check.expected_options import ExpectedOptions
        from cityconv.frame.category_ids import check_scheme
        from cityconv.frame.map_kinds import map_kinds
        from cityconv.source.classes import selection_of

        if self.category_ids is not None:
            check_scheme(self.category_ids, reader.table)
        return ExpectedOptions(
            select=partial(selection_of, self, table=reader.table, drawn_groups=drawn_groups),
            reader=reader,
            has_classes=self.classes is not None or self.class_map is not None,
            groups=self.groups,
            task=self.task,
            category_ids=self.category_ids,
            extent=self.extent,
            min_area=self.min_area,
            kinds=map_kinds(self.kind or (), reader.table),
            layout=self.layout,
            name_template=target.name_template,
            is_flat=target.flat,
            is_nested=target.nested,
            tolerance=self.tolerance,
            is_jpeg=target.image_format is None,
        )


@dataclass(frozen=True, kw_only=True)
class VerificationRunOptions(MessageOptions, ReportOptions, ReplaceReportOptions, JobOptions):
    """How a verification is run and reported."""
