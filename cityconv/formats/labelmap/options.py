"""The options of label maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from cityconv.options import ClassOptions, Heading, Option, OutputOptions
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from cityconv.check.checker import Checker
    from cityconv.formats.labelmap.writer import LabelMap


@dataclass(frozen=True, kw_only=True)
class LabelMapOptions(ClassOptions):
    """Options of label maps alone."""

    help: ClassVar[str] = """Write label maps: PNGs of class ids, instance ids or colors, equal to the released ones.

    OUT gets gtFine/SPLIT/CITY/NAME_gtFine_KIND.png, and for the kind masks a folder with one PNG per class."""
    examples: ClassVar[tuple[str, str]] = (
        "cityconv labelmap gtFine_trainvaltest.zip -o maps --kind labelTrainIds --kind instanceIds",
        "cityconv labelmap gtFine_trainvaltest.zip -o masks --kind masks --classes car,person",
    )
    output: ClassVar[type[OutputOptions]] = OutputOptions

    kind: Annotated[
        list[LabelMapKind] | None,
        Option(
            f"{', '.join(LabelMapKind)}; repeatable [default: labelIds].",
            Heading.OUTPUT,
            metavar="KIND",
            shows_default=False,
        ),
    ] = None

    def writer(self, output: OutputOptions) -> LabelMap:
        """Return the writer that these options describe."""
        from cityconv.formats.labelmap.writer import LabelMap
        from cityconv.source.classes import selection_of

        kinds = tuple(dict.fromkeys(self.kind or [LabelMapKind.LABEL_IDS]))
        return LabelMap(selection_of(self, "labels"), kinds, output.output_image_suffix())

    @staticmethod
    def checker() -> Checker:
        """Return what compares label maps with the annotations."""
        from cityconv.formats.labelmap import checker

        return checker
