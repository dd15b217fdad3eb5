"""The kinds of label map, those of the release and those of a label table's own id schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from cityconv.errors import UsageError, quoted, suggestion
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cityconv.source.labels.table import LabelTable

MapContent = Literal["class", "instance", "color", "masks"]


class MapKind(NamedTuple):
    """What the pixels of a label map stand for.

    Attributes:
        name: ends the file name, as in `_gtFine_labelIds.png`.
        content: ids of classes, ids of instances, colors, or a binary mask per class.
        scheme: the id scheme of ids; empty for colors and masks.
    """

    name: str
    content: MapContent
    scheme: str = ""

    @property
    def bits(self) -> int:
        """The depth of a map of ids: 16 for instances, else 8."""
        return 16 if self.content == "instance" else 8


_RELEASED = {
    LabelMapKind.LABEL_IDS: MapKind("labelIds", "class", "label"),
    LabelMapKind.LABEL_TRAIN_IDS: MapKind("labelTrainIds", "class", "train"),
    LabelMapKind.INSTANCE_IDS: MapKind("instanceIds", "instance", "label"),
    LabelMapKind.INSTANCE_TRAIN_IDS: MapKind("instanceTrainIds", "instance", "train"),
    LabelMapKind.COLOR: MapKind("color", "color"),
    LabelMapKind.CATEGORY_IDS: MapKind("categoryIds", "class", "category"),
    LabelMapKind.MASKS: MapKind("masks", "masks"),
}


def available_kinds(table: LabelTable) -> dict[str, tuple[MapKind, ...]]:
    """Return the maps that each name of a kind stands for.

    A scheme of the table's own, such as `level3Id`, has the kinds `labellevel3Ids` and `instancelevel3Ids`, the file
    names of AutoNUE's tools, and `level3Ids` for both.
    """
    kinds: dict[str, tuple[MapKind, ...]] = {name.value: (kind,) for name, kind in _RELEASED.items()}
    for scheme in table.more_schemes:
        both = MapKind(f"label{scheme}s", "class", scheme), MapKind(f"instance{scheme}s", "instance", scheme)
        kinds |= {f"{scheme}s": both, both[0].name: both[:1], both[1].name: both[1:]}
    return kinds


def map_kinds(names: Iterable[str], table: LabelTable) -> tuple[MapKind, ...]:
    """Return the maps that names of kinds stand for, each once. Commas may separate several names.

    Raises:
        UsageError: a name is unknown.
    """
    available = available_kinds(table)
    kinds: dict[MapKind, None] = {}
    for name in (part.strip() for listed in names for part in listed.split(",")):
        if name not in available:
            hint = suggestion(name, available, f"available: {', '.join(available)}")
            raise UsageError(f"--kind: unknown kind {quoted(name)}", hint)
        kinds |= dict.fromkeys(available[name])
    return tuple(kinds)
