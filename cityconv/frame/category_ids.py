"""Category ids of COCO, panoptic and CSV files."""

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
        scheme: label ids, train ids, or 1, 2, ...; None for label ids if every class has one, else 1, 2, ...

    Raises:
        UsageError: a class has no id in the scheme.
    """
    if scheme == "contiguous" or (scheme is None and any(item.id is None for item in classes)):
        return list(range(1, len(classes) + 1))
    ids = []
    for item in classes:
        value = item.train_id if scheme == "train" else item.id
        if value is None or (scheme == "train" and value == VOID_TRAIN_ID):
            raise UsageError(
                f"--category-ids {scheme}: class {item.name!r} has no {scheme} id", "`contiguous` numbers any classes"
            )
        ids.append(value)
    return ids
