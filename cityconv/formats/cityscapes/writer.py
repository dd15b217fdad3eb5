"""Cityscapes' own form: one JSON file of polygons per frame."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import msgspec
import numpy as np

from cityconv.errors import AnnotationError, UsageError
from cityconv.formats.base import Part
from cityconv.frame.segments import find_segments, segment_table
from cityconv.raster.objectmap import resolve_front
from cityconv.raster.region_walks import region_polygons
from cityconv.raster.sampling import every_pixel
from cityconv.raster.scanline import scan_convert
from cityconv.source.labels.table import GROUP_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cityconv.formats.base import Records
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Segment, Skipped
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame


class _Objects(NamedTuple):
    """The objects of a frame.

    Attributes:
        names: their labels.
        polygons: int64 (P, 2) for each.
        skipped: those that are not among these.
        differing: number of pixels that the polygons draw otherwise than they are.
    """

    names: list[str]
    polygons: Sequence[NDArray[np.int64]]
    skipped: Skipped
    differing: int = 0


@dataclass(frozen=True)
class Cityscapes:
    """The form of the release.

    Attributes:
        selection: the classes.
        keeps_polygons: whether objects that were read from polygons are written as they were drawn, hidden ones and
            license plates included. Otherwise each visible object gets a polygon that draws exactly its pixels.
        tolerance: how far from its own pixels those that a polygon draws may begin and end, in pixels.

    Raises:
        UsageError: the label table has no label of the name of a class.
    """

    unit: ClassVar[str] = "polygons"

    selection: Selection
    keeps_polygons: bool = True
    tolerance: int = 0

    def __post_init__(self) -> None:
        for item in self.selection.classes:
            if self.selection.table.find(item.name) is None:
                raise UsageError(
                    f"class {item.name!r} is not in the label table {self.selection.table.name}",
                    "name classes as labels, or add them with --labels",
                )

    @property
    def needs_polygons(self) -> bool:
        """What is visible will do."""
        return False

    @property
    def needs_instances(self) -> bool:
        """Instances that are not told apart are groups."""
        return False

    def notes(self, frames: Sequence[Frame]) -> list[str]:
        """There are none."""
        return []

    def frame_files(self, frame: Frame) -> list[str]:
        """One file, with the name that it has in the release."""
        return [f"{frame.tree}/{frame.split}/{frame.folder_path}_{frame.tree}_polygons.json"]

    def sample_extensions(self, frame: Frame) -> list[str]:
        """JSON."""
        return ["json"]

    def image_files(self, frame: Frame) -> list[str]:
        """The places of the images in the release."""
        return [f"leftImg8bit/{frame.split}/{path}" for path in frame.image_paths]

    def part(self, rasterized: RasterizedFrame) -> Part:
        """Return the file of a frame."""
        kept = self.keeps_polygons and rasterized.has_polygons
        names, polygons, skipped, differing = _drawn(rasterized) if kept else self._visible(rasterized)
        objects = [{"label": name, "polygon": polygon.tolist()} for name, polygon in zip(names, polygons, strict=True)]
        document = {"imgHeight": rasterized.height, "imgWidth": rasterized.width, "objects": objects}
        (path,) = self.frame_files(rasterized.frame)
        return Part([(path, _encode(document))], b"", len(objects), skipped, differing)

    def dataset_files(self, frames: Sequence[Frame]) -> list[str]:
        """There are none."""
        return []

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield nothing."""
        yield from ()

    def _visible(self, rasterized: RasterizedFrame) -> _Objects:
        found = find_segments(rasterized, self.selection, per_class=False, merge_crowds=False)
        names = [self._name(item, rasterized.frame) for item in found.items]
        polygons = region_polygons(found.regions, self.tolerance)
        if not self.tolerance:
            return _Objects(names, polygons, found.skipped)
        table = segment_table(found.items, len(rasterized.annotation.objects)) + 1
        wanted = rasterized.object_map(self.selection.has_plates).through(table)
        return _Objects(names, polygons, found.skipped, int(np.count_nonzero(_draw(polygons, *wanted.shape) != wanted)))

    def _name(self, segment: Segment, frame: Frame) -> str:
        """Return the label of a segment: the name of its class, with `group` after it for a crowd."""
        name = self.selection.classes[segment.class_index].name
        if not segment.is_crowd:
            return name
        found = self.selection.table.find(name + GROUP_SUFFIX)
        if found is None or not found[1]:
            raise AnnotationError(
                f"{frame.where}: the label table {self.selection.table.name} has no label for a group of {name!r}",
                "--groups merge or drop",
            )
        return name + GROUP_SUFFIX


def _draw(polygons: Sequence[NDArray[np.int64]], height: int, width: int) -> NDArray[np.int64]:
    """Return the number of the polygon in front at each pixel, from 1; 0 for none: int64 (H, W)."""
    counts = np.array([len(polygon) for polygon in polygons], np.int64)
    vertices = np.concatenate([*polygons, np.empty((0, 2), np.int64)])
    spans = scan_convert(vertices, counts, every_pixel(height, width))
    return resolve_front(spans, height, width).through(np.arange(len(polygons) + 1))


def _drawn(rasterized: RasterizedFrame) -> _Objects:
    """Return all objects as they were drawn."""
    annotation = rasterized.annotation
    polygons = np.split(annotation.vertices, np.cumsum(annotation.counts)[:-1]) if annotation.objects else []
    return _Objects([item.name for item in annotation.objects], polygons, Counter(annotation.skipped))


def _encode(document: dict[str, object]) -> bytes:
    """Return JSON, formatted as in the release: 4 spaces per level, a space after each comma, no final newline."""
    return msgspec.json.format(msgspec.json.encode(document), indent=4).replace(b",\n", b", \n")
