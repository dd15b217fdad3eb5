"""A draft of a label table, from the names in the annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.source.labels.colors import distinct_colors
from cityconv.source.labels.rows import Row, build_table, is_name
from cityconv.source.labels.table import BACKGROUND_NAME, GROUP_SUFFIX, VOID_TRAIN_ID, Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cityconv.source.labels.table import LabelTable


def draft_table(counts: Mapping[str, int], source: str) -> LabelTable:
    """Return a table of the names that are drawn: `unlabeled` with the id 0, then the others, most frequent first.

    A name that ends in `group` gets no row if the name without it is drawn too. All labels but `unlabeled` have
    instances, are evaluated and are categories of their own, for the user to edit.

    Args:
        counts: how many objects are drawn with each name.
        source: the data set, for messages.

    Raises:
        UsageError: a name is not allowed in a label table, or there are too many names.
    """
    names = [BACKGROUND_NAME]
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        base = name.removesuffix(GROUP_SUFFIX)
        if name != BACKGROUND_NAME and (base == name or base not in counts):
            names.append(name)
    return build_table(
        source, (Row({"name": name, "id": index}, f"labels[{index}]") for index, name in enumerate(names))
    )


def draft_labels(names: Iterable[str], table: LabelTable) -> Iterator[Label]:
    """Yield a row for each name that a table lacks and can have: free ids, distinct colors, evaluated things."""
    first_id = max((label.id for label in table.labels), default=-1) + 1
    colors = distinct_colors({label.color for label in table.labels})
    void = (VOID_TRAIN_ID,) * len(table.more_schemes)
    for label_id, (name, color) in enumerate(zip(filter(is_name, names), colors, strict=False), first_id):
        yield Label(name, label_id, VOID_TRAIN_ID, name, 0, True, False, color, void)
