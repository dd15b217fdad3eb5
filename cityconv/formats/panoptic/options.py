"""The options of panoptic files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from cityconv.options import (
    ClassOptions,
    FlatOptions,
    FrameAndSubsetOutputOptions,
    Heading,
    MinAreaOptions,
    Option,
    OutputOptions,
)
from cityconv.vocabulary import LabelIdScheme, PanopticLayout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.check.checker import Checker
    from cityconv.formats.panoptic.writer import Panoptic
    from cityconv.source.labels.table import LabelTable


@dataclass(frozen=True, kw_only=True)
class PanopticOptions(FlatOptions, MinAreaOptions, ClassOptions):
    """Options of panoptic files alone."""

    help: ClassVar[str] = """Write COCO panoptic files: one PNG per frame, and JSON that describes its segments.

    OUT gets cityscapes_panoptic_SPLIT.json and the folder cityscapes_panoptic_SPLIT. With train ids, both names end in
    _trainId. With --layout coco, OUT gets annotations/panoptic_SPLIT.json and the folder annotations/panoptic_SPLIT,
    where each PNG is named as its image."""
    examples: ClassVar[tuple[str, str]] = (
        "cityconv panoptic gtFine_trainvaltest.zip -o panoptic --split val",
        "cityconv panoptic gtFine_trainvaltest.zip -o panoptic --category-ids train",
    )
    output: ClassVar[type[OutputOptions]] = FrameAndSubsetOutputOptions

    category_ids: Annotated[LabelIdScheme, Option("Label ids or train ids.", Heading.OUTPUT)] = "label"
    layout: Annotated[
        PanopticLayout,
        Option("File names and image ids of Cityscapes' own panoptic files, or those of COCO.", Heading.OUTPUT),
    ] = "cityscapes"

    def writer(self, output: OutputOptions, table: LabelTable, drawn_groups: Sequence[str] = ()) -> Panoptic:
        """Return the writer that these options describe."""
        from cityconv.formats.panoptic.writer import Panoptic
        from cityconv.frame.category_ids import numbered
        from cityconv.source.classes import selection_of

        selection = selection_of(self, "eval", table, drawn_groups)
        selection, ids = numbered(selection, self.category_ids, has_contiguous=False)
        if self.layout == "coco":
            stem = "annotations/panoptic_{split}"
        else:
            stem = "cityscapes_panoptic_{split}" + ("_trainId" if self.category_ids == "train" else "")
        return Panoptic(selection, ids, self.layout, stem, self.flat, self.min_area)

    @staticmethod
    def checker() -> Checker:
        """Return what compares panoptic files with the annotations."""
        from cityconv.formats.panoptic import checker

        return checker
