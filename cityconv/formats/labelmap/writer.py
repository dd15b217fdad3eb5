"""Label maps: PNGs of class ids, instance ids or colors, equal to those of the release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cityconv.formats.base import Part
from cityconv.frame.label_values import class_ids, class_values, instance_values, skipped_in_map
from cityconv.raster.png import encode_png
from cityconv.source.label_table import VOID_TRAIN_ID
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cityconv.formats.base import Records
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame

_GRAY_8 = np.dtype(np.uint8)
_GRAY_16 = np.dtype(np.uint16)
_OPAQUE = 255
_IN_MASK = 255


@dataclass(frozen=True)
class LabelMap:
    """The label-map format.

    Attributes:
        selection: the classes; pixels of other classes are background.
        kinds: the maps to write.
        image_suffix: follows the frame name in the file name of its image.

    Raises:
        UsageError: a class has no value in a map of this kind, or a value that collides with instance ids.
    """

    unit: ClassVar[str] = "files"

    selection: Selection
    kinds: tuple[LabelMapKind, ...]
    image_suffix: str = "_leftImg8bit.png"

    def __post_init__(self) -> None:
        for kind in self.kinds:
            _values(kind, self.selection)

    def frame_files(self, frame: Frame) -> list[str]:
        """One PNG per kind; for masks, a folder."""
        return [self._path(frame, kind) + ("/" if kind is LabelMapKind.MASKS else ".png") for kind in self.kinds]

    def image_file(self, frame: Frame) -> str:
        """The place of the image in the release."""
        return f"leftImg8bit/{frame.split}/{frame.city}/{frame.name}{self.image_suffix}"

    def part(self, rasterized: RasterizedFrame) -> Part:
        """Return the maps of a frame. Its record is empty."""
        files = [file for kind in self.kinds for file in self._files(kind, rasterized)]
        return Part(files, b"", len(files), skipped_in_map(rasterized, self.selection))

    def dataset_files(self, frames: list[Frame]) -> list[str]:
        """No files of the whole data set."""
        return []

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield nothing: every file belongs to one frame."""
        return iter(())

    def _path(self, frame: Frame, kind: LabelMapKind) -> str:
        return f"{frame.tree}/{frame.split}/{frame.city}/{frame.name}_{frame.tree}_{kind}"

    def _files(self, kind: LabelMapKind, rasterized: RasterizedFrame) -> list[tuple[str, bytes]]:
        path = self._path(rasterized.frame, kind)
        objects = rasterized.object_map(self.selection.has_plates)
        if kind is not LabelMapKind.MASKS:
            return [(f"{path}.png", encode_png(objects, _pixel_table(kind, rasterized, self.selection)))]
        class_of = np.array(class_values(rasterized, self.selection, _values(kind, self.selection), -1))
        present = np.unique(class_of[objects.polygon])
        return [
            (
                f"{path}/{self.selection.classes[index].name}.png",
                encode_png(objects, _mask_table(class_of, index)),
            )
            for index in present[present >= 0]
        ]


def _mask_table(class_of: NDArray[np.int64], index: int) -> NDArray[np.uint8]:
    return np.where(class_of == index, _IN_MASK, 0).astype(np.uint8)


def _pixel_table(kind: LabelMapKind, rasterized: RasterizedFrame, selection: Selection) -> NDArray[Any]:
    """Return the look-up table from object map to pixels: (N + 1,), or (N + 1, 4) for colors."""
    values = _values(kind, selection)
    background = VOID_TRAIN_ID if kind in (LabelMapKind.LABEL_TRAIN_IDS, LabelMapKind.INSTANCE_TRAIN_IDS) else 0
    if kind in (LabelMapKind.INSTANCE_IDS, LabelMapKind.INSTANCE_TRAIN_IDS):
        return np.array(instance_values(rasterized, selection, values, background), _GRAY_16)
    if kind is LabelMapKind.COLOR:
        colors = np.array([*(item.color for item in selection.classes), (0, 0, 0)], np.uint8)
        return np.insert(colors, 3, _OPAQUE, axis=1)[
            class_values(rasterized, selection, values, len(selection.classes))
        ]
    return np.array(class_values(rasterized, selection, values, background), _GRAY_8)


def _values(kind: LabelMapKind, selection: Selection) -> list[int]:
    """Return the value of each class in a map of this kind; for colors and masks, its index."""
    match kind:
        case LabelMapKind.COLOR | LabelMapKind.MASKS:
            return list(range(len(selection.classes)))
        case LabelMapKind.CATEGORY_IDS:
            return [item.category_id for item in selection.classes]
        case LabelMapKind.LABEL_IDS | LabelMapKind.INSTANCE_IDS:
            return class_ids(selection, "label", instances=kind is LabelMapKind.INSTANCE_IDS)
        case LabelMapKind.LABEL_TRAIN_IDS | LabelMapKind.INSTANCE_TRAIN_IDS:
            return class_ids(selection, "train", instances=kind is LabelMapKind.INSTANCE_TRAIN_IDS)
