"""The options of Cityscapes' own polygon JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from cityconv.options import ClassOptions, FrameOutputOptions, Heading, Option, OutputOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.check.checker import Checker
    from cityconv.formats.cityscapes.writer import Cityscapes
    from cityconv.source.labels.table import LabelTable


@dataclass(frozen=True, kw_only=True)
class CityscapesOptions(ClassOptions):
    """Options of Cityscapes' own form: those of classes, and how exact polygons are."""

    help: ClassVar[str] = """Write Cityscapes: polygon JSON in the form of the release, which draws the same pixels.

    OUT gets gtFine/SPLIT/CITY/NAME_gtFine_polygons.json. Polygons are kept as drawn. With --size, --tolerance or an
    option that selects classes or groups, and from COCO files and label maps, each visible object becomes one polygon
    that draws exactly its pixels, or with --tolerance nearly."""
    examples: ClassVar[tuple[str, str]] = (
        "cityconv cityscapes maps -o city --read instanceIds",
        "cityconv cityscapes gtFine_trainvaltest.zip -o half --size 50% --images copy",
    )
    output: ClassVar[type[OutputOptions]] = FrameOutputOptions

    tolerance: Annotated[
        int,
        Option(
            "Use fewer points: borders of objects may move by up to this many pixels. The number of pixels that "
            "differ is reported.",
            Heading.OUTPUT,
            metavar="PX",
        ),
        Meta(ge=0, le=100),
    ] = 0

    def writer(self, output: OutputOptions, table: LabelTable, drawn_groups: Sequence[str] = ()) -> Cityscapes:
        """Return the writer that these options describe."""
        from cityconv.formats.cityscapes.writer import Cityscapes
        from cityconv.source.classes import selection_of

        selection = selection_of(self, "labels", table, drawn_groups)
        selects = self.classes is not None or self.class_map is not None or self.groups != "crowd"
        keeps_polygons = not (selects or self.tolerance) and output.size is None
        return Cityscapes(selection, keeps_polygons, self.tolerance)

    @staticmethod
    def checker() -> Checker:
        """Return what compares polygon JSON with the annotations."""
        from cityconv.formats.cityscapes import checker

        return checker
