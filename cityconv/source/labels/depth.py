"""Checks that the values of a label table fit a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.errors import UsageError, quoted
from cityconv.source.labels.table import VOID_TRAIN_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cityconv.source.labels.table import Label, LabelTable

INSTANCES_PER_CLASS = 1000
MAX_MAP_VALUE = 255  # 8 bits
MAX_INSTANCE_CLASS = 65  # 16 bits: 65 * 1000 + n


def check_label_map(table: LabelTable, scheme: str, labels: Iterable[Label] | None = None) -> None:
    """Refuse labels whose values an 8-bit label map cannot hold.

    Args:
        table: the label table.
        scheme: the id scheme of the map.
        labels: the rows that the map shows; None for all. Rows that are not drawn are ignored.

    Raises:
        UsageError: a value is above 255, or the table has no such scheme.
    """
    for label, value in _drawn_values(table, scheme, labels):
        if value > MAX_MAP_VALUE:
            raise UsageError(
                f"{table.name}: {table.column(scheme)} {value} of {quoted(label.name)} does not fit an 8-bit label map,"
                f" which holds 0 to {MAX_MAP_VALUE}"
            )


def check_instance_map(table: LabelTable, scheme: str, labels: Iterable[Label] | None = None) -> None:
    """Refuse labels whose values, or those of their instances, a 16-bit instance map cannot hold or tell apart.

    An instance has the value of its label * 1000 + n, except for void (255). For the value 65, n ends at 535, which can
    only be checked frame by frame.

    Args:
        table: the label table.
        scheme: the id scheme of the map.
        labels: the rows that the map shows; None for all. Rows that are not drawn are ignored.

    Raises:
        UsageError: a label with instances has the value 0 or one above 65, a label without instances one above 999, or
            the table has no such scheme.
    """
    for label, value in _drawn_values(table, scheme, labels):
        subject = f"{table.name}: {table.column(scheme)} {value} of {quoted(label.name)}"
        if not label.has_instances or value == VOID_TRAIN_ID:
            if value >= INSTANCES_PER_CLASS:
                raise UsageError(
                    f"{subject} would be read as an instance in an instance map, where these start at 1000"
                )
        elif value == 0:
            raise UsageError(
                f"{subject} would give its instances the values of other labels",
                "number labels with instances from 1, or set hasInstances to false",
            )
        elif value > MAX_INSTANCE_CLASS:
            raise UsageError(
                f"{subject} does not fit a 16-bit instance map, which holds instances of 1 to {MAX_INSTANCE_CLASS}"
            )


def _drawn_values(table: LabelTable, scheme: str, labels: Iterable[Label] | None) -> Iterator[tuple[Label, int]]:
    for label in table.labels if labels is None else labels:
        if label.id >= 0:
            yield label, table.value(label, scheme)
