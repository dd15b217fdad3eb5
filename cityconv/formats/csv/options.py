"""The options of CSV tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from cityconv.options import CategoryIds, Heading, Option, OutputOptions, RegionOptions, SubsetOutputOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.check.checker import Checker
    from cityconv.formats.csv.writer import Csv
    from cityconv.source.labels.table import LabelTable

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

    def writer(self, output: OutputOptions, table: LabelTable, drawn_groups: Sequence[str] = ()) -> Csv:
        """Return the writer that these options describe."""
        from cityconv.formats.csv.writer import Csv
        from cityconv.frame.category_ids import numbered
        from cityconv.source.classes import selection_of

        selection = selection_of(self, "eval" if self.task == "semantic" else "instances", table, drawn_groups)
        selection, ids = numbered(selection, self.category_ids)
        return Csv(
            selection,
            ids,
            self.task,
            self.extent,
            self.min_area,
        )

    @staticmethod
    def checker() -> Checker:
        """Return what compares CSV tables with the annotations."""
        from cityconv.formats.csv import checker

        return checker
