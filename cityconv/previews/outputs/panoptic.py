"""The images of COCO panoptic files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.reading import DamagedError, check_box, read_png_file
from cityconv.errors import SourceError
from cityconv.formats.panoptic.expected_names import names_in
from cityconv.formats.panoptic.reader import PanopticAnnotation, PanopticCategory, parse_panoptic, parse_segment_ids
from cityconv.previews.outputs.images import (
    MOST_IMAGES,
    Output,
    OutputImage,
    check_image_size,
    damage_in,
    frame_of,
    read_described,
    subset_in,
    whole_area,
)
from cityconv.previews.scene import Scene, SceneObject, corners_of, picture_grid
from cityconv.raster.map_runs import find_runs
from cityconv.raster.regions import visible_regions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cityconv.source.files import File

_MOST_CHANNEL = 255


def images(output: Output) -> Iterator[OutputImage]:
    """Yield the images of all panoptic files.

    Raises:
        SourceError: a file cannot be read, or is damaged.
    """
    for names in names_in(output.folder):
        for path in sorted(names.files(output.folder)):
            subset = subset_in(path.relative_to(output.folder).as_posix(), f"{names.stem}.json")
            yield from _images_of(output, path, subset)


def _images_of(output: Output, path: Path, subset: str) -> Iterator[OutputImage]:
    with damage_in(path, SourceError):
        dataset = parse_panoptic(read_described(output.folder, path), MOST_IMAGES)
    categories = {item.id: item for item in dataset.categories}
    classes = [item.name for item in dataset.categories]
    annotations = {item.image_id: item for item in dataset.annotations}
    for image in dataset.images:
        if image.id not in annotations:
            raise SourceError(f"{path}: image {image.id!r} has no annotation")
        frame = frame_of(path, subset, image.file_name)
        read = ReadPanoptic(output.folder, path, image.height, image.width, annotations[image.id], categories)
        yield OutputImage(frame, read, output.folder / "images" / subset / image.file_name, classes)


@dataclass(frozen=True)
class ReadPanoptic:
    """Reads the scene of one image; the attributes are its files and what these say of it."""

    folder: Path
    path: Path
    height: int
    width: int
    annotation: PanopticAnnotation
    categories: dict[int, PanopticCategory]

    def __call__(self, width: int, photograph: File | None) -> Scene:
        """Return the scene; see `ReadScene`."""
        png = self.path.with_suffix("") / self.annotation.file_name
        with damage_in(self.path):
            check_image_size(self.height, self.width)
            objects = self._objects()
        with damage_in(png):
            ids = parse_segment_ids(read_png_file(self.folder, png, self.height, self.width), self.height, self.width)
            runs = find_runs(ids)
            number = {segment.id: index for index, segment in enumerate(self.annotation.segments_info)}
            present = [value for value in runs.values.tolist() if value]
            unknown = next((value for value in present if value not in number), None)
            if unknown is not None:
                raise DamagedError(f"segment {unknown} is not in {self.path.name}")
        table = np.array([-1, *(number[value] for value in present)])
        grid = picture_grid(self.height, self.width, width)
        objects_map = runs.object_map(runs.values > 0).sampled(grid)
        return Scene(self.height, self.width, objects, visible_regions(objects_map, table, len(objects)))

    def _objects(self) -> list[SceneObject]:
        objects = []
        for segment in self.annotation.segments_info:
            if segment.category_id not in self.categories:
                raise DamagedError(f"segment {segment.id}: unknown category {segment.category_id}")
            category = self.categories[segment.category_id]
            if not all(0 <= channel <= _MOST_CHANNEL for channel in category.color):
                raise DamagedError(f"category {category.id}: {list(category.color)} is not a color")
            x, y, w, h = segment.bbox
            box = (x, y, x + w, y + h)
            check_box(f"segment {segment.id}", box, self.height, self.width)
            corners = corners_of(*box) if category.isthing else ()
            area = whole_area(segment.area)
            objects.append(SceneObject(category.name, category.color, area, corners, bool(segment.iscrowd)))
        return objects
