"""`cityconv labels`."""

from __future__ import annotations

import typer

from cityconv.source.label_table import LABELS

HELP = "Print the label table, tab-separated."
EXAMPLES = ("cityconv labels", "cityconv labels | column -t")


def labels() -> None:
    """Print the label table."""
    typer.echo("name\tid\ttrainId\tcategory\tcategoryId\thasInstances\tignoreInEval\tcolor")
    for label in LABELS:
        flags = ("yes" if flag else "no" for flag in (label.has_instances, label.ignore_in_eval))
        color = ",".join(map(str, label.color))
        row = (label.name, label.id, label.train_id, label.category, label.category_id, *flags, color)
        typer.echo("\t".join(map(str, row)))
