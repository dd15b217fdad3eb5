"""The options of Pascal VOC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from cityconv.options import FrameAndSubsetOutputOptions, Heading, Option, OutputOptions, RegionOptions
from cityconv.vocabulary import VOC_YEAR, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.check.checker import Checker
    from cityconv.formats.voc.writer import Voc
    from cityconv.source.labels.table import LabelTable


@dataclass(frozen=True, kw_only=True)
class VocOptions(RegionOptions):
    """Options of Pascal VOC alone."""

    help: ClassVar[str] = """Write Pascal VOC: XML files of boxes, image sets, and PNGs of classes and objects.

    OUT gets VOCdevkit/VOC2012, with a labelmap.txt for CVAT and datumaro. The usual readers require JPEG images there:
    --images copy encodes them."""
    examples: ClassVar[tuple[str, str]] = (
        "cityconv voc gtFine_trainvaltest.zip -o voc --images copy",
        "cityconv voc gtFine_trainvaltest.zip -o voc --task instance --split val",
    )
    output: ClassVar[type[OutputOptions]] = FrameAndSubsetOutputOptions

    task: Annotated[
        Task, Option("Boxes; boxes with PNGs of classes and of objects; or PNGs of classes.", Heading.OUTPUT)
    ] = "detection"
    year: Annotated[
        int, Option("The year in the folder's name.", Heading.OUTPUT, metavar="YEAR"), Meta(ge=2005, le=2099)
    ] = VOC_YEAR

    def writer(self, output: OutputOptions, table: LabelTable, drawn_groups: Sequence[str] = ()) -> Voc:
        """Return the writer that these options describe."""
        from cityconv.formats.voc.writer import Voc
        from cityconv.source.classes import selection_of

        selection = selection_of(self, "eval" if self.task == "semantic" else "instances", table, drawn_groups)
        is_jpeg = output.image_format is None  # which the usual readers require
        return Voc(selection, self.task, self.year, self.extent, self.min_area, is_jpeg=is_jpeg)

    @staticmethod
    def checker() -> Checker:
        """Return what compares VOC files with the annotations."""
        from cityconv.formats.voc import checker

        return checker
