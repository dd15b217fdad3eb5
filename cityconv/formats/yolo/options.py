"""`cityconv yolo`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cityconv.cli.convert import run_conversion
from cityconv.options import DividedOutputOptions, OutputOptions, RegionOptions, RunOptions

if TYPE_CHECKING:
    from cityconv.formats.yolo.writer import Yolo


@dataclass(frozen=True, kw_only=True)
class YoloOptions(RegionOptions):
    """What is particular to YOLO."""

    task: Annotated[
        Literal["detect", "segment", "obb"],
        typer.Option(help="A row for each object: its box, its outline, or its oriented box."),
    ] = "detect"

    def build(self, output: OutputOptions) -> Yolo:
        """Return the format that these options describe."""
        from cityconv.formats.yolo.writer import Yolo

        selection = self.selection("instances")
        if selection.groups == "crowd":
            selection = selection._replace(groups="drop")
        return Yolo(selection, self.task, self.extent, self.min_area, output.named_images())


def yolo(output: DividedOutputOptions, options: YoloOptions, run: RunOptions) -> None:
    """Write YOLO text files and a data.yaml, as Ultralytics reads them.

    OUT gets data.yaml and labels/SPLIT/CITY/NAME_leftImg8bit.txt, and with --images the images at the same place below
    images. YOLO has no crowds: groups are left out, unless --groups says merge or class.
    """
    run_conversion(output, {"yolo": options}, run)
