"""COCO JSON: boxes, areas and masks, one file per subset."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import msgspec

from cityconv.formats.base import Part, subsets
from cityconv.frame.segments import find_segments
from cityconv.raster.corner_polygons import corner_polygons
from cityconv.raster.rle import encode_rle, run_lengths
from cityconv.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cityconv.formats.base import Records
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Segments
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame
    from cityconv.vocabulary import Extent, Segmentation, Task

_encode = msgspec.json.encode


class FileNames(NamedTuple):
    """Where the files of a subset are, with `{split}` for the name of the subset.

    Attributes:
        json: path of a JSON file below the output.
        images: the folder of images, to which `file_name` is relative.
        is_flat: whether images are directly in that folder, or in a folder for each city.
        subset_names: the subsets whose name in paths is another than that of the data set.
    """

    json: str = "annotations/instances_{split}.json"
    images: str = "images/{split}"
    is_flat: bool = False
    subset_names: Mapping[str, str] = {}

    def of(self, subset: str) -> tuple[str, str]:
        """Return the JSON file and the folder of images of a subset."""
        name = self.subset_names.get(subset, subset)
        return self.json.replace("{split}", name), self.images.replace("{split}", name)

    def image_paths(self, frame: Frame) -> list[str]:
        """Return the paths of a frame's images below the folder of images."""
        return frame.flat_image_paths if self.is_flat else frame.image_paths


_COCO = FileNames()
# The folders and the file name of Roboflow's exports, in which RF-DETR looks for them.
ROBOFLOW = FileNames("{split}/_annotations.coco.json", "{split}", True, {"val": "valid", "validation": "valid"})


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
        names: where the files are.
    """

    unit: ClassVar[str] = "annotations"

    selection: Selection
    category_ids: tuple[int, ...]
    task: Task = "instance"
    segmentation: Segmentation = "rle"
    extent: Extent = "visible"
    min_area: int = 1
    names: FileNames = _COCO

    @property
    def needs_polygons(self) -> bool:
        """Whether the full extent of objects is written."""
        return self.extent == "full"

    @property
    def needs_instances(self) -> bool:
        """Whether single objects are written."""
        return self.task != "semantic"

    def notes(self, frames: Sequence[Frame]) -> list[str]:
        """There are none."""
        return []

    def frame_files(self, frame: Frame) -> list[str]:
        """A frame has no files of its own."""
        return []

    def sample_extensions(self, frame: Frame) -> list[str]:
        """There are none."""
        return []

    def part(self, rasterized: RasterizedFrame) -> Part:
        """Return as the record the images and then the annotations, one line of JSON each. `fold` adds their ids."""
        found = find_segments(
            rasterized, self.selection, per_class=self.task == "semantic", extent=self.extent, min_area=self.min_area
        )
        frame = rasterized.frame
        images = [_encode(_Image(path, rasterized.width, rasterized.height)) for path in self.names.image_paths(frame)]
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
        if self.segmentation == "rle":
            return [_RunLengthCode(size, code.decode()) for code in encode_rle(found.regions)]
        runs = run_lengths(found.regions)
        if self.segmentation == "uncompressed-rle":
            return [_RunLengthCode(size, lengths.tolist()) for lengths in runs]
        return [  # in COCO, crowds have uncompressed run-length codes beside the polygons of single objects
            _RunLengthCode(size, lengths.tolist()) if item.is_crowd else [ring.ravel().tolist() for ring in rings]
            for item, lengths, rings in zip(found.items, runs, corner_polygons(found.regions), strict=True)
        ]

    def image_files(self, frame: Frame) -> list[str]:
        """A folder per subset; `file_name` is a path below it."""
        _, folder = self.names.of(frame.subset)
        return [f"{folder}/{path}" for path in self.names.image_paths(frame)]

    def dataset_files(self, frames: Sequence[Frame]) -> list[str]:
        """One file per subset."""
        return [self.names.of(subset)[0] for subset in subsets(frames)]

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield one file per subset. Images and annotations are numbered from 1 in each."""
        for subset in subsets(records.frames):
            yield self.names.of(subset)[0], self._document(records, subset)

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
    counts: str | list[int]


class _Annotation(msgspec.Struct):
    category_id: int
    iscrowd: int
    area: int
    bbox: tuple[int, int, int, int]
    segmentation: _RunLengthCode | list[list[int]]


def _separator(number: int) -> bytes:
    return b"\n" if number == 1 else b",\n"
