"""The options of label maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from cityconv.options import ClassOptions, FrameOutputOptions, Heading, Option, OutputOptions
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.check.checker import Checker
    from cityconv.formats.labelmap.writer import LabelMap
    from cityconv.source.labels.table import LabelTable


@dataclass(frozen=True, kw_only=True)
class LabelMapOptions(ClassOptions):
    """Options of label maps alone."""

    help: ClassVar[str] = """Write label maps: PNGs of class ids, instance ids or colors, equal to the released ones.

    OUT gets gtFine/SPLIT/CITY/NAME_gtFine_KIND.png, and for the kind masks a folder with one PNG per class."""
    examples: ClassVar[tuple[str, str]] = (
        "cityconv labelmap gtFine_trainvaltest.zip -o maps --kind labelTrainIds,instanceIds",
        "cityconv labelmap gtFine_trainvaltest.zip -o masks --kind masks --classes car,person",
    )
    output: ClassVar[type[OutputOptions]] = FrameOutputOptions

    kind: Annotated[
        list[str] | None,
        Option(
            f"{', '.join(LabelMapKind)}, or a scheme of the label table such as level3Ids; "
            "repeatable, or separated by commas [default: labelIds].",
            Heading.OUTPUT,
            metavar="KIND,...",
            shows_default=False,
        ),
    ] = None

    lists: Annotated[
        bool,
        Option("Write SPLIT.txt (frame names) and SPLIT.lst (photograph, tab, map) for training code.", Heading.OUTPUT),
    ] = False
    metadata: Annotated[
        bool,
        Option("Write metadata.jsonl, which lists photographs and maps for Hugging Face's datasets.", Heading.OUTPUT),
    ] = False
    class_stats: Annotated[
        bool, Option("Write pixels per class and frame (as DAFormer reads them) and class weights.", Heading.OUTPUT)
    ] = False

    def writer(self, output: OutputOptions, table: LabelTable, drawn_groups: Sequence[str] = ()) -> LabelMap:
        """Return the writer that these options describe."""
        from cityconv.formats.labelmap.writer import LabelMap
        from cityconv.frame.map_kinds import map_kinds
        from cityconv.source.classes import selection_of

        kinds = map_kinds(self.kind or [LabelMapKind.LABEL_IDS], table)
        selection = selection_of(self, "labels", table, drawn_groups)
        return LabelMap(selection, kinds, self.lists, self.class_stats, self.metadata)

    @staticmethod
    def checker() -> Checker:
        """Return what compares label maps with the annotations."""
        from cityconv.formats.labelmap import checker

        return checker
