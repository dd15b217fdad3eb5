"""`cityconv coco`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cityconv.cli.convert import run_conversion
from cityconv.errors import UsageError
from cityconv.options import DividedOutputOptions, OutputOptions, RegionOptions, RunOptions

if TYPE_CHECKING:
    from cityconv.formats.coco.writer import Coco

_TEMPLATE = re.compile(r"[^{}/\\]*(\{split\}[^{}/\\]*)?")


@dataclass(frozen=True, kw_only=True)
class CocoOptions(RegionOptions):
    """What is particular to COCO."""

    task: Annotated[
        Literal["instance", "semantic", "detection"],
        typer.Option(help="An annotation for each object with its mask, for each class, or for each object's box."),
    ] = "instance"
    segmentation: Annotated[
        Literal["rle", "polygon", "none"] | None,
        typer.Option(
            help="Masks as run-length codes, as polygons that decode to the identical mask, or none; "
            "none for detection and rle for others when not given.",
            show_default=False,
        ),
    ] = None
    category_ids: Annotated[
        Literal["label", "train", "contiguous"] | None,
        typer.Option(
            help="Category ids: label ids, train ids, or 1, 2, ...; when not given label ids, "
            "and contiguous ones where a class has none.",
            show_default=False,
        ),
    ] = None
    name_template: Annotated[
        str, typer.Option(metavar="NAME", help="The name of the JSON files; {split} is the name of the split.")
    ] = "instances_{split}.json"

    def build(self, output: OutputOptions) -> Coco:
        """Return the format that these options describe."""
        from cityconv.formats.coco.writer import Coco
        from cityconv.frame.category_ids import category_ids

        if not self.name_template or not _TEMPLATE.fullmatch(self.name_template):
            raise UsageError(
                f"--name-template: {self.name_template!r} is no file name with {{split}} at most once in it"
            )
        selection = self.selection("eval" if self.task == "semantic" else "instances")
        return Coco(
            selection,
            tuple(category_ids(selection.classes, self.category_ids)),
            self.task,
            self.segmentation or ("none" if self.task == "detection" else "rle"),
            self.extent,
            self.min_area,
            f"annotations/{self.name_template}",
            output.named_images(),
        )


def coco(output: DividedOutputOptions, options: CocoOptions, run: RunOptions) -> None:
    """Write COCO JSON: a box, an area and a mask for every object.

    OUT gets annotations/instances_SPLIT.json. Boxes, areas and masks are of what is visible, pixel for pixel.
    """
    run_conversion(output, {"coco": options}, run)
