"""The options of CSV tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from cityconv.options import CategoryIds, Heading, Option, OutputOptions, RegionOptions, SubsetOutputOptions

if TYPE_CHECKING:
    from cityconv.check.checker import Checker
    from cityconv.formats.csv.writer import Csv

RowTask = Literal["instance", "semantic"]


@dataclass(frozen=True, kw_only=True)
class CsvOptions(RegionOptions):
    """Options of CSV alone."""

    help: ClassVar[str] = """Write CSV: one row per object or class, with its box, area and visible fraction.

    OUT gets annotations_SPLIT.csv. Boxes are half-open pixels: x1 and y1 are outside."""
    examples: ClassVar[tuple[str, str]] = (
        "cityconv csv gtFine_trainvaltest.zip -o csv --split val",
        "cityconv csv gtFine_trainvaltest.zip -o csv --task semantic --classes labels",
    )
    output: ClassVar[type[OutputOptions]] = SubsetOutputOptions

    task: Annotated[RowTask, Option("One row per object, or per class.", Heading.OUTPUT)] = "instance"
    category_ids: CategoryIds = None

    def writer(self, output: OutputOptions) -> Csv:
        """Return the writer that these options describe."""
        from cityconv.formats.csv.writer import Csv
        from cityconv.frame.category_ids import category_ids
        from cityconv.source.classes import selection_of

        selection = selection_of(self, "eval" if self.task == "semantic" else "instances")
        return Csv(
            selection,
            tuple(category_ids(selection.classes, self.category_ids)),
            self.task,
            self.extent,
            self.min_area,
            output.output_image_suffix(),
        )

    @staticmethod
    def checker() -> Checker:
        """Return what compares CSV tables with the annotations."""
        from cityconv.formats.csv import checker

        return checker
