"""COCO panoptic: one PNG per frame whose colors are segment ids, and JSON that describes the segments.

Equal to the output of cityscapesScripts' `createPanopticImgs` for the released instance maps, except for the file names
of images, which there name files that do not exist. In COCO's layout, images have numbers, and each has a PNG of its
own name.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from cityconv.formats.base import Part, subsets
from cityconv.frame.label_values import (
    INSTANCES_PER_CLASS,
    SEGMENT_ID_BITS,
    instance_values,
    segment_class_ids,
    skipped_in_map,
)
from cityconv.raster.png import encode_png

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cityconv.formats.base import Records
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Skipped
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame
    from cityconv.vocabulary import PanopticLayout

_VOID = 0
_encode = msgspec.json.encode


@dataclass(frozen=True)
class Panoptic:
    """The panoptic format.

    Attributes:
        selection: the classes; pixels of other classes are void.
        category_ids: the category id of each class.
        layout: whether images have names, and the PNG of a frame too; or images have numbers, and a PNG each.
        stem: path below the output of a JSON file without its suffix, and of the folder of its PNGs, with `{split}` for
            the subset's name.
        is_flat: whether the images of a subset are in one folder, or in a folder for each city.
        min_area: segments of fewer pixels become void.

    Raises:
        UsageError: a class has no label id, or one that collides with instance ids.
    """

    unit: ClassVar[str] = "segments"

    selection: Selection
    category_ids: tuple[int, ...]
    layout: PanopticLayout = "cityscapes"
    stem: str = "cityscapes_panoptic_{split}"
    is_flat: bool = False
    min_area: int = 1

    def __post_init__(self) -> None:
        segment_class_ids(self.selection)

    @property
    def needs_polygons(self) -> bool:
        """Maps show what is visible."""
        return False

    @property
    def needs_instances(self) -> bool:
        """Whether a class has instances."""
        return any(item.has_instances for item in self.selection.classes)

    def notes(self, frames: Sequence[Frame]) -> list[str]:
        """There are none."""
        return []

    def frame_files(self, frame: Frame) -> list[str]:
        """One PNG per frame, or in COCO's layout per image."""
        return [f"{self._stem(frame.subset)}/{name}" for name in dict.fromkeys(self._png_names(frame))]

    def sample_extensions(self, frame: Frame) -> list[str]:
        """`panoptic.png`, or one for each image."""
        prefixes = frame.image_prefixes if self.layout == "coco" else [""]
        return [f"{prefix}panoptic.png" for prefix in prefixes]

    def image_files(self, frame: Frame) -> list[str]:
        """A folder per subset; `file_name` is a path below it."""
        return [f"images/{frame.subset}/{path}" for path in self._image_paths(frame)]

    def _image_paths(self, frame: Frame) -> list[str]:
        return frame.flat_image_paths if self.is_flat else frame.image_paths

    def _stem(self, subset: str) -> str:
        return self.stem.replace("{split}", subset)

    def _png_names(self, frame: Frame) -> list[str]:
        """Return the PNG of each image of a frame, as a path below the folder of PNGs."""
        if self.layout == "coco":
            return [f"{path.rpartition('.')[0]}.png" for path in self._image_paths(frame)]
        return [f"{frame.flat_name}_{frame.tree}_panoptic.png"] * len(frame.image_suffixes)

    def part(self, rasterized: RasterizedFrame) -> Part:
        """Return the PNG, and as the record two lines of JSON per image: the image and its annotation, without ids."""
        values = np.array(
            instance_values(rasterized, self.selection, segment_class_ids(self.selection), _VOID, SEGMENT_ID_BITS)
        )
        skipped = skipped_in_map(rasterized, self.selection)
        segments = self._segments(rasterized, values, skipped)
        values[~np.isin(values, [segment.id for segment in segments])] = _VOID
        colors = np.stack((values % 256, values // 256 % 256, values // 65536), axis=1).astype(np.uint8)
        png = encode_png(rasterized.object_map(self.selection.has_plates), colors)
        frame = rasterized.frame
        lines = []
        for path, png_name in zip(self._image_paths(frame), self._png_names(frame), strict=True):
            lines.append(_encode(_Image(rasterized.width, rasterized.height, path)))
            lines.append(_encode(_Annotation(png_name, segments)))
        files = [(path, png) for path in self.frame_files(frame)]
        return Part(files, b"\n".join(lines), len(frame.image_suffixes) * len(segments), skipped)

    def _segments(self, rasterized: RasterizedFrame, values: NDArray[np.int64], skipped: Skipped) -> list[_Segment]:
        """Return the segments in the order of their ids, and count those that are too small as skipped."""
        ids, segment_of = np.unique(values, return_inverse=True)
        regions = rasterized.regions(segment_of, len(ids), extent="visible", with_plates=self.selection.has_plates)
        class_of = {value: index for index, value in enumerate(segment_class_ids(self.selection))}
        front = rasterized.object_map(self.selection.has_plates).polygon
        segments = []
        for number, area, (x0, y0, x1, y1) in zip(
            ids.tolist(), regions.areas().tolist(), regions.boxes().tolist(), strict=True
        ):
            if number == _VOID or not area:
                continue
            if area < self.min_area:
                shown = np.unique(front[values[front] == number]).tolist()  # hidden ones count as hidden
                skipped.update(("min_area", rasterized.annotation.objects[entry - 1].name) for entry in shown)
                continue
            is_instance = number >= INSTANCES_PER_CLASS
            index = class_of[number // INSTANCES_PER_CLASS if is_instance else number]
            is_crowd = self.selection.classes[index].has_instances and not is_instance
            box = (x0, y0, x1 - x0, y1 - y0)
            segments.append(_Segment(number, self.category_ids[index], area, box, int(is_crowd)))
        return segments

    def dataset_files(self, frames: Sequence[Frame]) -> list[str]:
        """One file per subset."""
        return [f"{self._stem(subset)}.json" for subset in subsets(frames)]

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield one file per subset."""
        for subset in subsets(records.frames):
            yield f"{self._stem(subset)}.json", self._document(records, subset)

    def _document(self, records: Records, subset: str) -> Iterator[bytes]:
        yield b'{"categories":' + _encode(self._categories())
        for part, (key, id_key) in enumerate(((b"images", b"id"), (b"annotations", b"image_id"))):
            yield b',\n"%s":[' % key
            separator = b"\n"
            for image_id, *lines in self._images(records, subset):
                yield b'%s{"%s":%s,%s' % (separator, id_key, image_id, lines[part][1:])
                separator = b",\n"
            yield b"]"
        yield b"}\n"

    def _images(self, records: Records, subset: str) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Yield the id of each image, its line, and that of its annotation."""
        numbers = count(1)
        for frame, record in records.of(subset):
            lines = record.split(b"\n")
            for name, image, annotation in zip(frame.image_ids, lines[::2], lines[1::2], strict=True):
                yield _encode(next(numbers) if self.layout == "coco" else name), image, annotation

    def _categories(self) -> list[_Category]:
        return [
            _Category(number, item.name, item.color, item.category, int(item.has_instances))
            for number, item in zip(self.category_ids, self.selection.classes, strict=True)
        ]


class _Image(msgspec.Struct):
    width: int
    height: int
    file_name: str


class _Segment(msgspec.Struct):
    id: int
    category_id: int
    area: int
    bbox: tuple[int, int, int, int]
    iscrowd: int


class _Annotation(msgspec.Struct):
    file_name: str
    segments_info: list[_Segment]


class _Category(msgspec.Struct):
    id: int
    name: str
    color: tuple[int, int, int]
    supercategory: str
    isthing: int
