"""The numbers that classes go by in COCO and panoptic files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.errors import UsageError
from cityconv.source.label_table import VOID_TRAIN_ID

if TYPE_CHECKING:
    from cityconv.source.classes import Class
    from cityconv.vocabulary import CategoryIdScheme


def category_ids(classes: tuple[Class, ...], scheme: CategoryIdScheme | None) -> list[int]:
    """Return the category id of each class.

    Args:
        classes: the classes of the output.
        scheme: label ids, train ids, or 1, 2, ...; None for label ids where every class has one, else 1, 2, ...

    Raises:
        UsageError: the scheme gives a class no id of its own.
    """
    labels = [label for label in classes if label.id is not None]
    if scheme == "contiguous" or (scheme is None and len(labels) < len(classes)):
        return list(range(1, len(classes) + 1))
    ids = []
    for item in classes:
        own = item.train_id if scheme == "train" else item.id
        if own is None or (scheme == "train" and own == VOID_TRAIN_ID):
            raise UsageError(
                f"--category-ids {scheme}: class {item.name!r} has no {scheme} id", "`contiguous` numbers any classes"
            )
        ids.append(own)
    return ids
