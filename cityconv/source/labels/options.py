"""The options of a label table that is printed or drafted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cityconv.options import Heading, Option
from cityconv.storage.url import Location
from cityconv.vocabulary import DEFAULT_TABLE


@dataclass(frozen=True, kw_only=True)
class LabelsOptions:
    """Which table is printed or drafted."""

    labels: Annotated[
        str,
        Option(
            "The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.",
            Heading.LABELS,
            metavar="FILE|NAME",
        ),
    ] = DEFAULT_TABLE
    source: Annotated[
        Location | None,
        Option("Draft a table from the polygons or COCO files of SRC.", Heading.LABELS, metavar="SRC", flag="--from"),
    ] = None
    json: Annotated[
        bool, Option("Print the table as JSON, with the keys of a TOML table.", Heading.OUTPUT, in_python=False)
    ] = False
    out: Annotated[
        Path | None,
        Option(
            "Write the draft to a file [default: standard output].",
            Heading.OUTPUT,
            metavar="FILE",
            short="-o",
            alias="--output",
        ),
    ] = None
