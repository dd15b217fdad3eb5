"""The options of YOLO text files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from cityconv.errors import UsageError
from cityconv.options import FrameAndSubsetOutputOptions, Heading, Option, OutputOptions, RegionOptions
from cityconv.vocabulary import YoloTask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.check.checker import Checker
    from cityconv.formats.base import Writer
    from cityconv.source.labels.table import LabelTable


@dataclass(frozen=True, kw_only=True)
class YoloOptions(RegionOptions):
    """Options of YOLO alone."""

    help: ClassVar[str] = """Write YOLO text files and a data.yaml, as Ultralytics reads them.

    OUT gets data.yaml and labels/SPLIT/NAME_leftImg8bit.txt, or for the task semantic masks/SPLIT/NAME_leftImg8bit.png.
    With --images, the images have the same paths below images. YOLO has no crowds: groups are skipped, unless --groups
    is merge or class."""
    examples: ClassVar[tuple[str, str]] = (
        "cityconv yolo gtFine_trainvaltest.zip -o yolo --task segment --images copy",
        "cityconv yolo gtFine_trainvaltest.zip -o cars --classes car,truck,bus --min-area 100",
    )
    output: ClassVar[type[OutputOptions]] = FrameAndSubsetOutputOptions

    task: Annotated[
        YoloTask,
        Option("One row per object: its box, its outline, or its oriented box; or one mask per image.", Heading.OUTPUT),
    ] = "detect"
    category_ids: Annotated[
        str | None,
        Option(
            "What the pixels of masks hold: label, train, or another id column of the label table "
            "[default: the numbers of the classes, which for the 19 evaluated ones are their train ids].",
            Heading.OUTPUT,
            metavar="SCHEME",
            shows_default=False,
        ),
    ] = None
    nested: Annotated[bool, Option("Keep the folders of cities.", Heading.OUTPUT)] = False

    def writer(self, output: OutputOptions, table: LabelTable, drawn_groups: Sequence[str] = ()) -> Writer:
        """Return the writer that these options describe."""
        from cityconv.formats.yolo.masks import YoloMasks
        from cityconv.formats.yolo.writer import Yolo
        from cityconv.frame.category_ids import numbered
        from cityconv.source.classes import selection_of

        if self.task == "semantic":
            if self.extent == "full":
                raise UsageError("--extent full: the masks of --task semantic show what is visible")
            selection = selection_of(self, "eval", table, drawn_groups)
            values = tuple(range(len(selection.classes)))
            if self.category_ids is not None:
                selection, values = numbered(selection, self.category_ids)
            return YoloMasks(selection=selection, min_area=self.min_area, nested=self.nested, values=values)
        if self.category_ids is not None:
            raise UsageError("--category-ids is for --task semantic: rows number the classes 0, 1, ...")
        selection = selection_of(self, "instances", table, drawn_groups)
        if selection.groups == "crowd":
            selection = selection._replace(groups="drop")
        return Yolo(selection=selection, min_area=self.min_area, nested=self.nested, task=self.task, extent=self.extent)

    @staticmethod
    def checker() -> Checker:
        """Return what compares YOLO files with the annotations."""
        from cityconv.formats.yolo import checker

        return checker
