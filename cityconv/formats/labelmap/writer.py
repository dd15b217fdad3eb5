"""Label maps: PNGs of class ids, instance ids or colors, equal to those of the release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cityconv.errors import AnnotationError, UsageError
from cityconv.formats.base import Part
from cityconv.formats.labelmap.class_stats import FILES, count_pixels, write_class_stats
from cityconv.formats.labelmap.lists import (
    METADATA,
    image_files,
    list_files,
    map_path,
    write_lists,
    write_metadata,
)
from cityconv.frame.label_values import class_ids, class_values, skipped_in_map
from cityconv.frame.pixel_tables import pixel_table, values_of
from cityconv.raster.png import encode_png
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cityconv.formats.base import Records
    from cityconv.frame.map_kinds import MapKind
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame

_IN_MASK = 255
_OTHER_CLASS = -1


@dataclass(frozen=True)
class LabelMap:
    """The label-map format.

    Attributes:
        selection: the classes; pixels of other classes are background.
        kinds: the maps to write.
        with_lists: whether lists of frames and maps are written.
        with_class_stats: whether statistics of classes are written.
        with_metadata: whether the list for Hugging Face's datasets is written.

    Raises:
        UsageError: a class has no value in a map of this kind, or a value that collides with instance ids; or the maps
            that statistics or lists refer to are not written.
    """

    unit: ClassVar[str] = "files"

    selection: Selection
    kinds: tuple[MapKind, ...]
    with_lists: bool = False
    with_class_stats: bool = False
    with_metadata: bool = False

    def __post_init__(self) -> None:
        for kind in self.kinds:
            values_of(kind, self.selection)
        if self.with_class_stats and LabelMapKind.LABEL_TRAIN_IDS not in self._names:
            raise UsageError("--class-stats needs maps of train ids", "add --kind labelTrainIds")
        if self.with_metadata and not self._single:
            raise UsageError("--metadata needs a --kind with one PNG per frame", "add another --kind than masks")

    @property
    def _names(self) -> list[str]:
        return [kind.name for kind in self.kinds]

    @property
    def _single(self) -> list[str]:
        """The kinds with one PNG per frame."""
        return [kind.name for kind in self.kinds if kind.content != "masks"]

    @property
    def _train_ids(self) -> list[int]:
        return class_ids(self.selection, "train", 8)

    @property
    def needs_polygons(self) -> bool:
        """Maps show what is visible."""
        return False

    @property
    def needs_instances(self) -> bool:
        """Whether a map of instances is written."""
        return any(kind.content == "instance" for kind in self.kinds)

    def notes(self, frames: Sequence[Frame]) -> list[str]:
        """There are none."""
        return []

    def frame_files(self, frame: Frame) -> list[str]:
        """One PNG per kind; for masks, a folder."""
        return [self._path(frame, kind) + ("/" if kind.content == "masks" else ".png") for kind in self.kinds]

    def sample_extensions(self, frame: Frame) -> list[str]:
        """The kinds."""
        return [f"{kind.name.lower()}.png" for kind in self.kinds]

    def image_files(self, frame: Frame) -> list[str]:
        """The places of the images in the release."""
        return image_files(frame)

    def part(self, rasterized: RasterizedFrame) -> Part:
        """Return the maps of a frame, and as the record the pixels of each class if statistics are written."""
        files = [file for kind in self.kinds for file in self._files(kind, rasterized)]
        record = count_pixels(rasterized, self.selection, self._train_ids) if self.with_class_stats else b""
        skipped = skipped_in_map(rasterized, self.selection)
        for label in self.selection.table.labels:
            if label.id < 0:  # license plates: no released map shows them, so that is nothing to report
                skipped.pop(("class", label.name), None)
        return Part(files, record, len(files), skipped)

    def dataset_files(self, frames: Sequence[Frame]) -> list[str]:
        """Lists and statistics."""
        lists = list_files(frames) if self.with_lists else []
        metadata = [METADATA] if self.with_metadata else []
        return [*lists, *metadata, *(FILES if self.with_class_stats else [])]

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield lists and statistics."""
        if self.with_lists:
            is_trained = LabelMapKind.LABEL_TRAIN_IDS in self._names
            yield from write_lists(records, LabelMapKind.LABEL_TRAIN_IDS if is_trained else self._names[0])
        if self.with_metadata:
            yield from write_metadata(records, self._single)
        if self.with_class_stats:
            yield from write_class_stats(records, self.selection, self._train_ids)

    def _path(self, frame: Frame, kind: MapKind) -> str:
        return map_path(frame, kind.name)

    def _files(self, kind: MapKind, rasterized: RasterizedFrame) -> list[tuple[str, bytes]]:
        path = self._path(rasterized.frame, kind)
        objects = rasterized.object_map(self.selection.has_plates)
        if kind.content != "masks":
            return [(f"{path}.png", encode_png(objects, pixel_table(kind, rasterized, self.selection)))]
        class_of = np.array(class_values(rasterized, self.selection, values_of(kind, self.selection), _OTHER_CLASS))
        present = np.unique(class_of[objects.polygon])
        return [
            (
                f"{path}/{self._mask_name(index, rasterized.frame)}.png",
                encode_png(objects, _mask_table(class_of, index)),
            )
            for index in present[present >= 0]
        ]

    def _mask_name(self, index: int, frame: Frame) -> str:
        name = self.selection.classes[index].name
        if "/" in name or "\\" in name or name.startswith("."):
            raise AnnotationError(f"{frame.where}: class {name!r} cannot name the file of a mask")
        return name


def _mask_table(class_of: NDArray[np.int64], index: int) -> NDArray[np.uint8]:
    return np.where(class_of == index, _IN_MASK, 0).astype(np.uint8)
