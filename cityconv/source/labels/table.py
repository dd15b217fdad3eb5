"""The label table of a data set, as data that a plan carries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from cityconv.errors import UsageError, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cityconv.vocabulary import Preset

GROUP_SUFFIX = "group"
BACKGROUND_NAME = "unlabeled"
VOID_TRAIN_ID = 255

Color = tuple[int, int, int]


class Label(NamedTuple):
    """One row of a label table.

    Attributes:
        name: the name that annotators draw with.
        id: value in `labelIds` maps; objects of a label with a negative id are not drawn.
        train_id: value in `labelTrainIds` maps; 255 and negative values are ignored in training.
        category: the name of the category.
        category_id: value in `categoryIds` maps.
        has_instances: whether the label has instances (is a "thing").
        ignore_in_eval: whether the evaluation skips it.
        color: red, green, blue, 0 to 255.
        more: one value for each of the table's `more_schemes`.
    """

    name: str
    id: int
    train_id: int
    category: str
    category_id: int
    has_instances: bool
    ignore_in_eval: bool
    color: Color
    more: tuple[int, ...] = ()


# The id schemes of every table: the column in files, and its value in a label.
_COLUMNS = {"label": "id", "train": "trainId", "category": "categoryId"}
_VALUES: dict[str, Callable[[Label], int]] = {
    "label": attrgetter("id"),
    "train": attrgetter("train_id"),
    "category": attrgetter("category_id"),
}
_PRESETS: dict[Preset, Callable[[Label], bool]] = {
    "instances": lambda label: label.has_instances and not label.ignore_in_eval,
    "things": lambda label: label.has_instances,
    "eval": lambda label: not label.ignore_in_eval,
    "labels": lambda label: label.id >= 0,
    "raw": lambda label: label.name != BACKGROUND_NAME,
}


@dataclass(frozen=True)
class LabelTable:
    """The labels of a data set in the order of the table, found by drawn names and by values in maps.

    Attributes:
        name: the name of a built-in table, or of the file that the table was read from.
        labels: the rows.
        more_schemes: the names of id columns besides id, trainId and categoryId, such as `level3Id`.
        groups_need_instances: whether `<name>group` is a group only if the label has instances.
    """

    name: str
    labels: tuple[Label, ...]
    more_schemes: tuple[str, ...] = ()
    groups_need_instances: bool = False

    def __reduce__(self) -> tuple[type[LabelTable], tuple[object, ...]]:
        return type(self), (self.name, self.labels, self.more_schemes, self.groups_need_instances)  # no cached look-ups

    @cached_property
    def by_name(self) -> dict[str, Label]:
        """The rows by their names."""
        return {label.name: label for label in self.labels}

    def including(self, labels: Iterable[Label]) -> LabelTable:
        """Return the table with further labels, whose values in the table's own schemes are void (255)."""
        added = (label._replace(more=(VOID_TRAIN_ID,) * len(self.more_schemes)) for label in labels)
        return LabelTable(self.name, (*self.labels, *added), self.more_schemes, self.groups_need_instances)

    @property
    def schemes(self) -> tuple[str, ...]:
        """The id schemes: `label` (id), `train` (trainId), `category` (categoryId) and the table's own."""
        return *_COLUMNS, *self.more_schemes

    def find(self, name: str) -> tuple[Label, bool] | None:
        """Return the row of a drawn name and whether it stands for a group; None for an unknown name.

        A name that is in the table is that label (`polegroup` is a label of its own). Otherwise, a trailing `group` is
        removed.
        """
        if label := self.by_name.get(name):
            return label, False
        label = self.by_name.get(name.removesuffix(GROUP_SUFFIX))
        if label and (label.has_instances or not self.groups_need_instances):
            return label, True
        return None

    def preset(self, preset: Preset) -> tuple[Label, ...]:
        """Return the rows of a preset.

        `raw` has every row except `unlabeled`. The groups that it shows besides depend on the annotations.
        """
        return tuple(filter(_PRESETS[preset], self.labels))

    def column(self, scheme: str) -> str:
        """Return the key of an id scheme in files, such as `trainId` for `train`."""
        return _COLUMNS.get(scheme, scheme)

    def value(self, label: Label, scheme: str) -> int:
        """Return the value of a row in an id scheme.

        Raises:
            UsageError: the table has no such scheme.
        """
        return self._values(scheme)(label)

    def background(self, scheme: str) -> int:
        """Return the value of pixels without an object: that of the row `unlabeled`, or else 0 (255 for train ids).

        Raises:
            UsageError: the table has no such scheme.
        """
        value_of = self._values(scheme)
        unlabeled = self.by_name.get(BACKGROUND_NAME)
        if unlabeled and value_of(unlabeled) >= 0:
            return value_of(unlabeled)
        return VOID_TRAIN_ID if scheme == "train" else 0

    @property
    def background_color(self) -> Color:
        """The color of pixels without an object: that of the row `unlabeled`, or else black."""
        unlabeled = self.by_name.get(BACKGROUND_NAME)
        return unlabeled.color if unlabeled else (0, 0, 0)

    def label_of(self, value: int, scheme: str) -> Label | None:
        """Return the first drawn row with a value in an id scheme, or None.

        Raises:
            UsageError: the table has no such scheme.
        """
        value_of = self._values(scheme)
        if scheme not in self._by_value:
            drawn = [label for label in reversed(self.labels) if label.id >= 0 and value_of(label) >= 0]
            self._by_value[scheme] = {value_of(label): label for label in drawn}
        return self._by_value[scheme].get(value)

    def label_of_color(self, color: Color) -> tuple[Label, bool] | None:
        """Return the first drawn row of a color and whether other rows share the color, or None."""
        labels = self._by_color.get(color)
        return (labels[0], len(labels) > 1) if labels else None

    def _values(self, scheme: str) -> Callable[[Label], int]:
        if scheme in _VALUES:
            return _VALUES[scheme]
        if scheme in self.more_schemes:
            index = self.more_schemes.index(scheme)
            return lambda label: label.more[index]
        raise UsageError(
            f"label table {self.name}: no id column {quoted(scheme)}",
            f"available: {', '.join(map(self.column, self.schemes))}",
        )

    @cached_property
    def _by_value(self) -> dict[str, dict[int, Label]]:
        return {}

    @cached_property
    def _by_color(self) -> dict[Color, list[Label]]:
        labels: dict[Color, list[Label]] = {}
        for label in self.labels:
            if label.id >= 0:
                labels.setdefault(label.color, []).append(label)
        return labels
