"""A label table as maps ask it, searched row by row."""

from __future__ import annotations

from typing import NamedTuple

from cityconv.source.label_table import LABELS, Label


class Table(NamedTuple):
    """The part of a label table that maps need; see `LabelLookup`."""

    labels: tuple[Label, ...] = LABELS
    background_color: tuple[int, int, int] = (0, 0, 0)
    void: int = 0

    def background(self, scheme: str) -> int:
        return 255 if scheme == "train" else self.void

    def label_of(self, value: int, scheme: str) -> Label | None:
        column = {"label": "id", "train": "train_id", "level3Id": "category_id"}[scheme]
        return next((label for label in self.labels if getattr(label, column) == value), None)

    def label_of_color(self, color: tuple[int, int, int]) -> tuple[Label, bool] | None:
        labels = [label for label in self.labels if label.color == color]
        return (labels[0], len(labels) > 1) if labels else None

    def find(self, name: str) -> tuple[Label, bool] | None:
        by_name = {label.name: label for label in self.labels}
        if name in by_name:
            return by_name[name], False
        label = by_name.get(name.removesuffix("group"))
        return label and (label, True)
