"""The frames of a data set, to iterate over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np

from cityconv.frame.map_kinds import MapKind
from cityconv.frame.pixel_tables import pixel_table
from cityconv.source.classes import select_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.classes import Selection
    from cityconv.source.frame import DataSet, Frame
    from cityconv.source.labels.table import Label, LabelTable


class AnnotatedObject:
    """An object of a frame. Its pixels are those that are visible, as in the released maps.

    The released maps have no license plates. Area, box and mask of a plate are those it would have if it were drawn.

    Attributes:
        name: the name as drawn, such as `cargroup`.
        label: its row in the label table, such as that of `car`.
        is_group: whether it is a group of instances, such as `cargroup`.
        area: number of visible pixels; 0 if others hide it.
        box: int64 (4,), x0, y0, x1, y1 of the visible pixels, half-open; zeros if there are none.
        polygon: int64 (V, 2), x and y in pixels, as drawn; without points in frames that were read from label maps.
    """

    def __init__(
        self, rasterized: RasterizedFrame, index: int, area: int, box: NDArray[np.int64], polygon: NDArray[np.int64]
    ) -> None:
        """Take an object of a frame by its index."""
        self.name, self.label, self.is_group = rasterized.annotation.objects[index]
        self.area = area
        self.box = box
        self.polygon = polygon
        self._rasterized = rasterized
        self._index = index

    def __repr__(self) -> str:
        return f"AnnotatedObject({self.name!r}, area={self.area}, box={self.box.tolist()})"

    @property
    def class_name(self) -> str:
        """The name of its label: `car` for a `cargroup`."""
        return self.label.name

    @property
    def mask(self) -> NDArray[np.bool_]:
        """The visible pixels, bool (height, width) of the frame. Computed at each access."""
        table = np.zeros(len(self._rasterized.annotation.objects) + 1, np.bool_)
        table[self._index + 1] = True
        return self._rasterized.object_map(_is_plate(self.label)).through(table)


class AnnotatedFrame:
    """A frame, read and rasterized once, on first use. Each call returns new arrays.

    Attributes:
        name: `<city>_<sequence>_<frame>` in the release.
        split: its split.
        city: its city; empty if it has none.
        path: the annotation file; in an archive, that of the archive and of the member.
    """

    def __init__(self, frame: Frame, reader: FrameReader, selection: Selection) -> None:
        """Take a frame that has not been read yet."""
        self.name, self.split, self.city, self.path = frame.name, frame.split, frame.city, frame.where
        self._frame, self._reader, self._selection = frame, reader, selection

    def __repr__(self) -> str:
        return f"AnnotatedFrame({self.split!r}, {self.city!r}, {self.name!r})"

    @cached_property
    def rasterized(self) -> RasterizedFrame:
        """The rasterized frame, from which all formats are computed.

        Raises:
            AnnotationError: its file cannot be read, is damaged, or breaks a rule.
        """
        return self._reader(self._frame)

    @property
    def height(self) -> int:
        """Rows, in pixels."""
        return self.rasterized.height

    @property
    def width(self) -> int:
        """Columns, in pixels."""
        return self.rasterized.width

    def label_ids(self, scheme: str = "label") -> NDArray[np.uint8]:
        """Return the released `labelIds` map, or that of another id scheme: uint8 (height, width).

        Args:
            scheme: `label`, `train`, `category`, or another id column of the label table.

        Raises:
            AnnotationError: as for `rasterized`.
            UsageError: the table has no such ids, or ids that do not fit 8 bits.
        """
        return self._map(MapKind(f"{scheme}Ids", "class", scheme)).astype(np.uint8, copy=False)

    def instance_ids(self, scheme: str = "label") -> NDArray[np.uint16]:
        """Return the released `instanceIds` map, or that of another id scheme: uint16 (height, width).

        Objects of classes with instances have the class's id * 1000 + a number from 0, all others the class's id.

        Args:
            scheme: as for `label_ids`.

        Raises:
            AnnotationError: as for `rasterized`, or there are too many instances for the map.
            UsageError: the table has no such ids, or ids that collide with others.
        """
        return self._map(MapKind(f"{scheme}InstanceIds", "instance", scheme)).astype(np.uint16, copy=False)

    @cached_property
    def objects(self) -> list[AnnotatedObject]:
        """The objects, back to front, hidden ones included.

        Raises:
            AnnotationError: as for `rasterized`.
        """
        rasterized = self.rasterized
        annotation = rasterized.annotation
        number = len(annotation.objects)
        every = np.arange(-1, number)
        regions = rasterized.regions(every, number, "visible", with_plates=False)
        areas, boxes = regions.areas(), regions.boxes()
        is_plate = np.array([_is_plate(item.label) for item in annotation.objects], np.bool_)
        if is_plate.any():
            regions = rasterized.regions(every, number, "visible", with_plates=True)
            areas[is_plate], boxes[is_plate] = regions.areas()[is_plate], regions.boxes()[is_plate]
        polygons = np.split(annotation.vertices, np.cumsum(annotation.counts)[:-1]) if number else []
        return [
            AnnotatedObject(rasterized, index, int(areas[index]), boxes[index], polygon)
            for index, polygon in enumerate(polygons)
        ]

    def _map(self, kind: MapKind) -> NDArray[np.generic]:
        objects = self.rasterized.object_map(self._selection.has_plates)
        return objects.through(pixel_table(kind, self.rasterized, self._selection))


class Frames(Sequence[AnnotatedFrame]):
    """The frames of a data set, sorted. Each iteration reads them again, one at a time, when they are used.

    Attributes:
        notes: what the user should know about how the data set was read, a sentence each.
        labels: the label table.
    """

    def __init__(self, dataset: DataSet, reader: FrameReader) -> None:
        """Take a data set and what reads it."""
        self.notes: list[str] = list(dataset.notes)
        self.labels: LabelTable = reader.table
        self._frames, self._reader = dataset.frames, reader
        self._selection = select_classes("labels", groups="crowd", table=reader.table)

    def __len__(self) -> int:
        return len(self._frames)

    @overload
    def __getitem__(self, index: int) -> AnnotatedFrame: ...

    @overload
    def __getitem__(self, index: slice) -> list[AnnotatedFrame]: ...

    def __getitem__(self, index: int | slice) -> AnnotatedFrame | list[AnnotatedFrame]:
        if isinstance(index, slice):
            return [self._frame(frame) for frame in self._frames[index]]
        return self._frame(self._frames[index])

    def _frame(self, frame: Frame) -> AnnotatedFrame:
        return AnnotatedFrame(frame, self._reader, self._selection)


def _is_plate(label: Label) -> bool:
    return label.id < 0  # which the released maps do not show
