"""`cityconv labels`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cityconv.cli.report import deliver_report, open_report
from cityconv.errors import UsageError

if TYPE_CHECKING:
    from cityconv.options import OverwriteOptions
    from cityconv.source.labels.options import LabelsOptions

HELP = """Print a label table, or draft one from what is drawn in a data set.

The table is printed tab-separated, with a header line, or with --json as an array of objects. With --from, a draft is
written as TOML for you to edit: the names that are drawn, most frequent first, with ids and colors."""
EXAMPLES = (
    "cityconv labels --labels idd",
    "cityconv labels --from my-dataset -o labels.toml",
)


def labels(options: LabelsOptions, run: OverwriteOptions) -> None:
    """Print or draft a label table."""
    from cityconv.engine.label_table import label_table
    from cityconv.source.labels.text import table_json, table_rows, table_toml

    if options.source is not None and options.json:
        raise UsageError("--json prints a table, and --from drafts one as TOML")
    file = open_report(options.out, overwrite=run.overwrite)
    table = label_table(options, file)
    if options.json:
        typer.echo(table_json(table))
    elif options.source is None:
        for row in table_rows(table):
            typer.echo("\t".join(row))
    elif file is None:
        deliver_report(table_toml(table).encode(), file)
