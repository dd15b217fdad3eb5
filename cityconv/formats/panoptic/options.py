"""`cityconv panoptic`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cityconv.cli.convert import run_conversion
from cityconv.options import ClassOptions, DividedOutputOptions, MinAreaOptions, OutputOptions, RunOptions

if TYPE_CHECKING:
    from cityconv.formats.panoptic.writer import Panoptic


@dataclass(frozen=True, kw_only=True)
class PanopticOptions(MinAreaOptions, ClassOptions):
    """What is particular to panoptic files."""

    category_ids: Annotated[Literal["label", "train"], typer.Option(help="Category ids.")] = "label"

    def build(self, output: OutputOptions) -> Panoptic:
        """Return the format that these options describe."""
        from cityconv.formats.panoptic.writer import Panoptic
        from cityconv.frame.category_ids import category_ids

        selection = self.selection("eval")
        ids = tuple(category_ids(selection.classes, self.category_ids))
        return Panoptic(selection, ids, self.category_ids, self.min_area, output.named_images())


def panoptic(output: DividedOutputOptions, options: PanopticOptions, run: RunOptions) -> None:
    """Write COCO panoptic files: a PNG for each frame, and JSON that describes its segments.

    OUT gets cityscapes_panoptic_SPLIT.json and the folder cityscapes_panoptic_SPLIT, with _trainId behind the names for
    train ids.
    """
    run_conversion(output, {"panoptic": options}, run)
