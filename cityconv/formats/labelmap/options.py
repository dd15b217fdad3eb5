"""`cityconv labelmap`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cityconv.cli.convert import run_conversion
from cityconv.options import ClassOptions, OutputOptions, RunOptions
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from cityconv.formats.labelmap.writer import LabelMap


@dataclass(frozen=True, kw_only=True)
class LabelMapOptions(ClassOptions):
    """What is particular to label maps."""

    kind: Annotated[
        list[LabelMapKind] | None,
        typer.Option(
            metavar="KIND",
            help=f"Which maps: {', '.join(LabelMapKind)}; can be given several times. labelIds when not given.",
            show_default=False,
        ),
    ] = None

    def build(self, output: OutputOptions) -> LabelMap:
        """Return the format that these options describe."""
        from cityconv.formats.labelmap.writer import LabelMap

        kinds = tuple(dict.fromkeys(self.kind or [LabelMapKind.LABEL_IDS]))
        return LabelMap(self.selection("labels"), kinds, output.named_images())


def labelmap(output: OutputOptions, options: LabelMapOptions, run: RunOptions) -> None:
    """Write label maps: PNGs of class ids, instance numbers or colors, equal to the released ones.

    OUT gets gtFine/SPLIT/CITY/NAME_gtFine_KIND.png, and for the kind masks a folder with a PNG for each class.
    """
    run_conversion(output, {"labelmap": options}, run)
