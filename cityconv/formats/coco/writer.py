"""COCO JSON: boxes, areas and masks, one file per subset."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, ClassVar

import msgspec

from cityconv.formats.base import Part, subsets
from cityconv.frame.segments import find_segments
from cityconv.raster.corner_polygons import corner_polygons
from cityconv.raster.rle import encode_rle
from cityconv.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cityconv.formats.base import Records
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Segments
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame
    from cityconv.vocabulary import Extent, Segmentation, Task

_encode = msgspec.json.encode


@dataclass(frozen=True)
class Coco:
    """The COCO format.

    Attributes:
        selection: the classes.
        category_ids: the category id of each class.
        task: whether an annotation is an object with its mask, a class, or an object with its box.
        segmentation: the encoding of masks.
        extent: what is visible of an object, or its full polygon.
        min_area: annotations of fewer pixels are skipped.
        file_name: path of a JSON file below the output, with `{split}` for the subset's name.
    """

    unit: ClassVar[str] = "annotations"

    selection: Selection
    category_ids: tuple[int, ...]
    task: Task = "instance"
    segmentation: Segmentation = "rle"
    extent: Extent = "visible"
    min_area: int = 1
    file_name: str = "annotations/instances_{split}.json"

    @property
    def needs_polygons(self) -> bool:
        """Whether the full extent of objects is written."""
        return self.extent == "full"

    @property
    def needs_instances(self) -> bool:
        """Whether single objects are written."""
        return self.task != "semantic"

    def notes(self, frames: list[Frame]) -> list[str]:
        """There are none."""
        return []

    def frame_files(self, frame: Frame) -> list[str]:
        """A frame has no files of its own."""
        return []

    def part(self, rasterized: RasterizedFrame) -> Part:
        """Return as the record the images and then the annotations, one line of JSON each. `fold` adds their ids."""
        found = find_segments(
            rasterized, self.selection, per_class=self.task == "semantic", extent=self.extent, min_area=self.min_area
        )
        frame = rasterized.frame
        images = [_encode(_Image(path, rasterized.width, rasterized.height)) for path in frame.image_paths]
        lines = [*images, *self._annotations(found)]
        return Part([], b"\n".join(lines), len(images) * len(found.items), found.skipped)

    def _annotations(self, found: Segments) -> Iterator[bytes]:
        masks = self._segmentations(found)
        for item, area, (x0, y0, x1, y1), mask in zip(
            found.items, found.areas.tolist(), found.boxes.tolist(), masks, strict=True
        ):
            category = self.category_ids[item.class_index]
            yield _encode(_Annotation(category, int(item.is_crowd), area, (x0, y0, x1 - x0, y1 - y0), mask))

    def _segmentations(self, found: Segments) -> Sequence[_RunLengthCode | list[list[int]]]:
        if self.segmentation == "none":
            return [[] for _ in found.items]
        size = (found.regions.height, found.regions.width)
        masks: list[_RunLengthCode | list[list[int]]] = [
            _RunLengthCode(size, code.decode()) for code in encode_rle(found.regions)
        ]
        if self.segmentation == "polygon":
            for index, (item, rings) in enumerate(zip(found.items, corner_polygons(found.regions), strict=True)):
                if not item.is_crowd:  # in COCO, crowds always have run-length codes
                    masks[index] = [ring.ravel().tolist() for ring in rings]
        return masks

    def image_files(self, frame: Frame) -> list[str]:
        """A folder per subset; `file_name` is a path below it."""
        return [f"images/{frame.subset}/{path}" for path in frame.image_paths]

    def dataset_files(self, frames: list[Frame]) -> list[str]:
        """One file per subset."""
        return [self._path(subset) for subset in subsets(frames)]

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield one file per subset. Images and annotations are numbered from 1 in each."""
        for subset in subsets(records.frames):
            yield self._path(subset), self._document(records, subset)

    def _path(self, subset: str) -> str:
        return self.file_name.replace("{split}", subset)

    def _document(self, records: Records, subset: str) -> Iterator[bytes]:
        info = {"description": f"Cityscapes, {subset}: {self.task} annotations", "version": __version__}
        yield b'{"info":' + _encode(info) + b',\n"licenses":[],\n"categories":' + _encode(self._categories())
        yield b',\n"images":['
        image_ids = count(1)
        for frame, record in records.of(subset):
            for image, image_id in zip(record.split(b"\n")[: len(frame.image_suffixes)], image_ids, strict=False):
                yield b'%s{"id":%d,%s' % (_separator(image_id), image_id, image[1:])
        yield b'],\n"annotations":['
        image_ids, annotation_ids = count(1), count(1)
        for frame, record in records.of(subset):
            number = len(frame.image_suffixes)
            for image_id in islice(image_ids, number):
                for annotation, annotation_id in zip(record.split(b"\n")[number:], annotation_ids, strict=False):
                    yield b'%s{"id":%d,"image_id":%d,%s' % (
                        _separator(annotation_id), annotation_id, image_id, annotation[1:],
                    )  # fmt: skip
        yield b"]}\n"

    def _categories(self) -> list[dict[str, object]]:
        return [
            {"id": category_id, "name": item.name, "supercategory": item.category}
            for category_id, item in zip(self.category_ids, self.selection.classes, strict=True)
        ]


class _Image(msgspec.Struct):
    file_name: str
    width: int
    height: int


class _RunLengthCode(msgspec.Struct):
    size: tuple[int, int]
    counts: str


class _Annotation(msgspec.Struct):
    category_id: int
    iscrowd: int
    area: int
    bbox: tuple[int, int, int, int]
    segmentation: _RunLengthCode | list[list[int]]


def _separator(number: int) -> bytes:
    return b"\n" if number == 1 else b",\n"
