"""Label maps: PNGs whose pixels are class ids, instance numbers or colours, as the release has them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cityconv.errors import UsageError
from cityconv.formats.base import Part
from cityconv.formats.kinds import Kind
from cityconv.formats.values import class_values, instance_values
from cityconv.raster.png import encode_png
from cityconv.source.labels import VOID_TRAIN_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cityconv.formats.base import Records
    from cityconv.formats.drawing import DrawnFrame
    from cityconv.formats.segments import LeftOut
    from cityconv.source.classes import Selection
    from cityconv.source.dataset import Frame

_GREY_8 = np.dtype(np.uint8)
_GREY_16 = np.dtype(">u2")  # the byte order of PNG
_OPAQUE = 255


@dataclass(frozen=True)
class LabelMap:
    """The label-map format.

    Attributes:
        selection: the classes; pixels of others have the value of the background.
        kinds: which maps.

    Raises:
        UsageError: a class has no value in a map of this kind, or one that instances of another would take.
    """

    unit: ClassVar[str] = "files"

    selection: Selection
    kinds: tuple[Kind, ...]

    def __post_init__(self) -> None:
        for kind in self.kinds:
            _class_table(kind, self.selection)

    def frame_files(self, frame: Frame) -> list[str]:
        """One PNG a kind."""
        return [f"{frame.tree}/{frame.split}/{frame.city}/{frame.name}_{frame.tree}_{kind}.png" for kind in self.kinds]

    def part(self, drawn: DrawnFrame) -> Part:
        """Return the maps of a frame; there is nothing to record."""
        objects = drawn.object_map(self.selection.has_plates)
        maps = [encode_png(objects.through(_value_table(kind, drawn, self.selection))) for kind in self.kinds]
        files = list(zip(self.frame_files(drawn.frame), maps, strict=True))
        return Part(files, b"", len(files), self._left_out(drawn))

    def _left_out(self, drawn: DrawnFrame) -> LeftOut:
        """Return the objects without a pixel of their own."""
        in_front = np.zeros(len(drawn.annotation.objects) + 1, np.bool_)
        in_front[drawn.object_map(self.selection.has_plates).polygon] = True
        left_out: LeftOut = Counter()
        for item, is_visible in zip(drawn.annotation.objects, in_front[1:].tolist(), strict=True):
            placement = self.selection.place(item)
            if isinstance(placement, str):
                left_out[placement, item.name] += 1
            elif not is_visible:
                left_out["hidden", item.name] += 1
        return left_out

    def dataset_files(self, divisions: list[str]) -> list[str]:
        """There are none."""
        return []

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Every file belongs to one frame."""
        return iter(())


def _value_table(kind: Kind, drawn: DrawnFrame, selection: Selection) -> NDArray[Any]:
    """Return the table from object map values to pixels of a kind, (N + 1,) or (N + 1, 4) for colours."""
    values = _class_table(kind, selection)
    if kind in (Kind.INSTANCE_IDS, Kind.INSTANCE_TRAIN_IDS):
        return np.array(instance_values(drawn, selection, values, _background(kind)), _GREY_16)
    if kind == Kind.COLOR:
        colors = np.array([*(item.color for item in selection.classes), (0, 0, 0)], np.uint8)
        opaque = np.insert(colors, 3, _OPAQUE, axis=1)
        return opaque[class_values(drawn, selection, values, len(selection.classes))]
    return np.array(class_values(drawn, selection, values, _background(kind)), _GREY_8)


def _background(kind: Kind) -> int:
    return VOID_TRAIN_ID if kind in (Kind.LABEL_TRAIN_IDS, Kind.INSTANCE_TRAIN_IDS) else 0


def _class_table(kind: Kind, selection: Selection) -> list[int]:
    """Return the value of each class in a map of a kind; for colours its index."""
    if kind == Kind.COLOR:
        return list(range(len(selection.classes)))
    if kind == Kind.CATEGORY_IDS:
        return [item.category_id for item in selection.classes]
    table = []
    for item in selection.classes:
        value = item.id if kind in (Kind.LABEL_IDS, Kind.INSTANCE_IDS) else item.train_id
        if value is None:
            raise UsageError(f"--kind {kind}: class {item.name!r} has no id of its own")
        if value == 0 and item.has_instances and kind in (Kind.INSTANCE_IDS, Kind.INSTANCE_TRAIN_IDS):
            raise UsageError(
                f"--kind {kind}: instances of {item.name!r}, whose id is 0, would take the ids of other classes",
                "put a class without instances first in the class map",
            )
        table.append(value)
    return table
