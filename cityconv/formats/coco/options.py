"""The options of COCO JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from cityconv.errors import UsageError
from cityconv.options import (
    CategoryIds,
    FlatOptions,
    Heading,
    Option,
    OutputOptions,
    RegionOptions,
    SubsetOutputOptions,
)
from cityconv.vocabulary import COCO_FILE_NAME, CocoLayout, Segmentation, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.check.checker import Checker
    from cityconv.formats.coco.writer import Coco
    from cityconv.source.labels.table import LabelTable

_TEMPLATE = re.compile(r"[^{}/\\]*(\{split\}[^{}/\\]*)?")


@dataclass(frozen=True, kw_only=True)
class CocoOptions(FlatOptions, RegionOptions):
    """Options of COCO alone."""

    help: ClassVar[str] = """Write COCO JSON: a box, an area and a mask for every object.

    OUT gets annotations/instances_SPLIT.json, or with --layout roboflow SPLIT/_annotations.coco.json, where val is
    called valid. Boxes, areas and masks cover what is visible, pixel for pixel."""
    examples: ClassVar[tuple[str, str]] = (
        "cityconv coco gtFine_trainvaltest.zip -o coco --split train --split val",
        "cityconv coco gtFine_trainvaltest.zip -o raw --classes raw --segmentation polygon",
    )
    output: ClassVar[type[OutputOptions]] = SubsetOutputOptions

    task: Annotated[
        Task, Option("One annotation per object with its mask, per class, or per object with its box.", Heading.OUTPUT)
    ] = "instance"
    segmentation: Annotated[
        Segmentation | None,
        Option(
            "Masks as run-length codes, compressed or not, or as polygons that decode to the identical mask "
            "[default: none for detection, else rle].",
            Heading.OUTPUT,
            shows_default=False,
        ),
    ] = None
    category_ids: CategoryIds = None
    layout: Annotated[
        CocoLayout,
        Option("The files of COCO, or those of Roboflow: JSON and images in a folder per subset.", Heading.OUTPUT),
    ] = "coco"
    name_template: Annotated[
        str, Option("File name of the JSON files; {split} is the subset's name.", Heading.OUTPUT, metavar="NAME")
    ] = COCO_FILE_NAME

    def writer(self, output: OutputOptions, table: LabelTable, drawn_groups: Sequence[str] = ()) -> Coco:
        """Return the writer that these options describe."""
        from cityconv.formats.coco.writer import ROBOFLOW, Coco, FileNames
        from cityconv.frame.category_ids import numbered
        from cityconv.source.classes import selection_of

        if not self.name_template or not _TEMPLATE.fullmatch(self.name_template):
            raise UsageError(
                f"--name-template: {self.name_template!r} is not a file name with {{split}} in it at most once"
            )
        is_roboflow = self.layout == "roboflow"
        if is_roboflow:
            self._check_roboflow(output)
        selection = selection_of(self, "eval" if self.task == "semantic" else "instances", table, drawn_groups)
        selection, ids = numbered(selection, self.category_ids or ("contiguous" if is_roboflow else None))
        return Coco(
            selection,
            ids,
            self.task,
            self.segmentation or ("none" if self.task == "detection" else "rle"),
            self.extent,
            self.min_area,
            ROBOFLOW if is_roboflow else FileNames(f"annotations/{self.name_template}", is_flat=self.flat),
        )

    def _check_roboflow(self, output: OutputOptions) -> None:
        if output.images == "none":
            raise UsageError("--layout roboflow needs --images", "for example --images copy")
        if self.name_template != COCO_FILE_NAME:
            raise UsageError("--layout roboflow: files have a fixed name, so --name-template has no effect")

    @staticmethod
    def checker() -> Checker:
        """Return what compares COCO files with the annotations."""
        from cityconv.formats.coco import checker

        return checker
