"""The options of YOLO text files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from cityconv.options import Heading, Option, OutputOptions, RegionOptions, SubsetOutputOptions
from cityconv.vocabulary import YoloTask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.check.checker import Checker
    from cityconv.formats.yolo.writer import Yolo
    from cityconv.source.labels.table import LabelTable


@dataclass(frozen=True, kw_only=True)
class YoloOptions(RegionOptions):
    """Options of YOLO alone."""

    help: ClassVar[str] = """Write YOLO text files and a data.yaml, as Ultralytics reads them.

    OUT gets data.yaml and labels/SPLIT/CITY/NAME_leftImg8bit.txt. With --images, the images have the same paths below
    images. YOLO has no crowds: groups are skipped, unless --groups is merge or class."""
    examples: ClassVar[tuple[str, str]] = (
        "cityconv yolo gtFine_trainvaltest.zip -o yolo --task segment --images copy",
        "cityconv yolo gtFine_trainvaltest.zip -o cars --classes car,truck,bus --min-area 100",
    )
    output: ClassVar[type[OutputOptions]] = SubsetOutputOptions

    task: Annotated[
        YoloTask, Option("One row per object: its box, its outline, or its oriented box.", Heading.OUTPUT)
    ] = "detect"

    def writer(self, output: OutputOptions, table: LabelTable, drawn_groups: Sequence[str] = ()) -> Yolo:
        """Return the writer that these options describe."""
        from cityconv.formats.yolo.writer import Yolo
        from cityconv.source.classes import selection_of

        selection = selection_of(self, "instances", table, drawn_groups)
        if selection.groups == "crowd":
            selection = selection._replace(groups="drop")
        return Yolo(selection, self.task, self.extent, self.min_area)

    @staticmethod
    def checker() -> Checker:
        """Return what compares YOLO files with the annotations."""
        from cityconv.formats.yolo import checker

        return checker
