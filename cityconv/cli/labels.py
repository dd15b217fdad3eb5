"""`cityconv labels`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cityconv.cli.report import deliver_report, open_report
from cityconv.errors import NothingFoundError, UsageError
from cityconv.options import Heading, Option, OverwriteOptions, SourceOptions
from cityconv.vocabulary import DEFAULT_TABLE

HELP = """Print a label table, or draft one from what is drawn in a data set.

The table is printed tab-separated, with a header line, or with --json as an array of objects. With --from, a draft is
written as TOML for you to edit: the names that are drawn, most frequent first, with ids and colors."""
EXAMPLES = (
    "cityconv labels --labels idd",
    "cityconv labels --from my-dataset -o labels.toml",
)


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
        Path | None,
        Option("Draft a table from the polygons or COCO files of SRC.", Heading.LABELS, metavar="SRC", flag="--from"),
    ] = None
    json: Annotated[bool, Option("Print the table as JSON, with the keys of a TOML table.", Heading.OUTPUT)] = False
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


def labels(options: LabelsOptions, run: OverwriteOptions) -> None:
    """Print or draft a label table."""
    if options.source is not None:
        if options.json:
            raise UsageError("--json prints a table, and --from drafts one as TOML")
        _write_draft(options.source, options.out, overwrite=run.overwrite)
        return
    if options.out is not None:
        raise UsageError("--out writes a draft, which needs --from SRC")
    from cityconv.source.labels.files import load_table
    from cityconv.source.labels.text import table_json, table_rows

    table = load_table(options.labels)
    if options.json:
        typer.echo(table_json(table))
        return
    for row in table_rows(table):
        typer.echo("\t".join(row))


def _write_draft(source: Path, out: Path | None, *, overwrite: bool) -> None:
    from cityconv.engine.drawn_names import count_drawn_names
    from cityconv.frame.reading import open_dataset
    from cityconv.source.labels.draft import draft_table
    from cityconv.source.labels.text import table_toml

    file = open_report(out, overwrite=overwrite)
    try:
        dataset, reader = open_dataset(SourceOptions(source=source, read="polygons"))
    except NothingFoundError as error:
        try:
            dataset, reader = open_dataset(SourceOptions(source=source, read="coco"))
        except NothingFoundError:
            raise error from None
    if file:
        annotations = dict.fromkeys(frame.file.archive or frame.file.path for frame in dataset.frames)
        file.check([*annotations, source], lambda path: path.suffix == ".toml")
    text = table_toml(draft_table(count_drawn_names(dataset.frames, reader), str(source)))
    deliver_report(text.encode(), file)
