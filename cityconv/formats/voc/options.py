"""`cityconv voc`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from msgspec import Meta

from cityconv.cli.convert import run_conversion
from cityconv.options import DividedOutputOptions, OutputOptions, RegionOptions, RunOptions

if TYPE_CHECKING:
    from cityconv.formats.voc.writer import Voc


@dataclass(frozen=True, kw_only=True)
class VocOptions(RegionOptions):
    """What is particular to Pascal VOC."""

    year: Annotated[
        int, typer.Option(min=2005, max=2099, help="Part of the folder's name."), Meta(ge=2005, le=2099)
    ] = 2012
    task: Annotated[
        Literal["detection", "instance", "semantic"],
        typer.Option(help="Boxes; boxes with PNGs of classes and of objects; or PNGs of classes."),
    ] = "detection"

    def build(self, output: OutputOptions) -> Voc:
        """Return the format that these options describe."""
        from cityconv.formats.voc.writer import Voc

        selection = self.selection("eval" if self.task == "semantic" else "instances")
        suffix = "." + output.named_images("jpg").rpartition(".")[2]
        return Voc(selection, self.task, self.year, self.extent, self.min_area, suffix)


def voc(output: DividedOutputOptions, options: VocOptions, run: RunOptions) -> None:
    """Write Pascal VOC: XML files of boxes, image sets, and PNGs of classes and objects.

    OUT gets VOCdevkit/VOC2012. The usual readers insist on JPEG images there: --images copy makes them.
    """
    run_conversion(output, {"voc": options}, run)
