"""Category ids of COCO, panoptic and CSV files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.errors import UsageError, quoted, suggestion
from cityconv.source.labels.table import VOID_TRAIN_ID

if TYPE_CHECKING:
    from cityconv.source.classes import Selection
    from cityconv.source.labels.table import LabelTable

CONTIGUOUS = "contiguous"


def check_scheme(scheme: str, table: LabelTable, *, has_contiguous: bool = True) -> None:
    """Raise a `UsageError` if a label table has no such id scheme; see `numbered`."""
    available = [*table.schemes, *([CONTIGUOUS] if has_contiguous else [])]
    if scheme not in available:
        raise UsageError(f"--category-ids: unknown scheme {quoted(scheme)}", suggestion(scheme, available))


def numbered(
    selection: Selection, scheme: str | None, *, has_contiguous: bool = True
) -> tuple[Selection, tuple[int, ...]]:
    """Return a selection whose classes have distinct ids, and these ids.

    Classes that share an id become one class, with the name of the first.

    Args:
        selection: the classes.
        scheme: an id scheme of the label table, or `contiguous` for 1, 2, ...; None for label ids if every class has
            one, else 1, 2, ...
        has_contiguous: whether the format has the scheme `contiguous`, which hints may suggest then.

    Raises:
        UsageError: there is no such scheme, or a class has no id in it.
    """
    classes = selection.classes
    if scheme is None:
        scheme = "label" if all("label" in item.ids for item in classes) else CONTIGUOUS
    if scheme == CONTIGUOUS:
        return selection, tuple(range(1, len(classes) + 1))
    check_scheme(scheme, selection.table, has_contiguous=has_contiguous)
    ids = []
    for item in classes:
        value = item.ids.get(scheme)
        if value is None or value < 0 or (scheme != "label" and value == VOID_TRAIN_ID):
            hint = "`contiguous` numbers any classes" if has_contiguous else "--classes selects classes that have one"
            raise UsageError(f"--category-ids {scheme}: class {item.name!r} has no {scheme} id", hint)
        ids.append(value)
    merged = selection.merged(ids)
    return merged, tuple(dict.fromkeys(ids))
