"""The images of Pascal VOC folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.expected_files import list_files
from cityconv.check.reading import (
    DamagedError,
    check_box,
    decode_text,
    read_frame_file,
    read_png_file,
    text_lines,
)
from cityconv.errors import SourceError
from cityconv.formats.voc.reader import parse_annotation, parse_image_set, parse_segmentation
from cityconv.preview.outputs.images import (
    Output,
    OutputImage,
    Palette,
    check_image_size,
    damage_in,
    existing,
    frame_of,
    palette_of,
    read_described,
    read_size,
)
from cityconv.preview.scene import Scene, SceneObject, picture_grid
from cityconv.raster.map_runs import find_runs
from cityconv.raster.regions import visible_regions
from cityconv.source.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.raster.map_runs import ValueRuns

_LABELS = "labelmap.txt"
_JOINED = "trainval"
_VOID = 255
_ENDINGS = (".jpg", ".png", ".jpeg")


def images(output: Output) -> Iterator[OutputImage]:
    """Yield the images in the image sets of each year.

    Raises:
        SourceError: an image set or the list of labels cannot be read, or is damaged.
    """
    for root in sorted(output.folder.glob("VOCdevkit/VOC*")):
        with damage_in(root / _LABELS, SourceError):
            text = decode_text(read_described(output.folder, root / _LABELS))
        lines = [line for line in text_lines(text) if line and not line.startswith("#")]
        names = [line.partition(":")[0] for line in lines]
        palette = palette_of(names, output.table)
        for subset, members in _image_sets(output.folder, root, names).items():
            for image in members:
                photograph = existing(root / "JPEGImages" / f"{image}{ending}" for ending in _ENDINGS)
                path = root / "Annotations" / f"{image}.xml"
                if not path.exists():
                    path = root / "SegmentationClass" / f"{image}.png"
                frame = frame_of(path, subset, f"{image}.png")
                read = ReadVoc(output.folder, root, image, names, palette)
                yield OutputImage(frame, read, photograph or root / "JPEGImages" / f"{image}.jpg", palette.colors)


def _image_sets(out: Path, root: Path, names: list[str]) -> dict[str, list[str]]:
    """Return the images of each subset: of the sets of all classes, without the one that joins two subsets."""
    sets: dict[str, list[str]] = {}
    for path in sorted(list_files(root, "ImageSets")):
        subset = path.rpartition("/")[2].removesuffix(".txt")
        if subset == _JOINED or any(subset.startswith(f"{name}_") for name in names) or subset in sets:
            continue
        with damage_in(root / path, SourceError):
            text = decode_text(read_described(out, root / path))
            sets[subset] = [row.image for row in parse_image_set(text, of_class=False)]
    return sets


@dataclass(frozen=True)
class ReadVoc:
    """Reads the scene of one image; the attributes are its folders, its id, and the labels of the output."""

    folder: Path
    root: Path
    image: str
    names: list[str]
    palette: Palette

    def __call__(self, width: int, photograph: File | None) -> Scene:
        """Return the scene; see `ReadScene`. Boxes are of the XML file, masks of the PNG of objects, or of classes."""
        path = self.root / "Annotations" / f"{self.image}.xml"
        if not path.exists():
            return self._classes(width)
        with damage_in(path):
            annotation = parse_annotation(read_frame_file(self.folder, path))
            height, own_width = annotation.height, annotation.width
            check_image_size(height, own_width)
            objects = []
            for number, item in enumerate(annotation.objects, 1):
                check_box(f"object {number}", item.box, height, own_width)
                if item.name not in self.palette.colors:
                    raise DamagedError(f"object {number}: class {item.name!r} is not in {_LABELS}")
                color = self.palette.colors[item.name]
                objects.append(SceneObject(item.name, color, None, self.palette.corners(item.name, item.box)))
        png = self.root / "SegmentationObject" / f"{self.image}.png"
        if png.exists():
            with damage_in(png):
                runs = self._runs(png, height, own_width)
                if (most := max((value for value in runs.values.tolist() if value != _VOID), default=0)) > len(objects):
                    raise DamagedError(f"value {most}, but the image has {len(objects)} objects")
        else:
            runs = find_runs(np.zeros((height, own_width), np.uint8))
        areas = dict(zip(runs.values.tolist(), runs.areas().tolist(), strict=True))
        if png.exists():
            objects = [item._replace(area=areas.get(number, 0)) for number, item in enumerate(objects, 1)]
        return _scene(objects, runs, {number: number - 1 for number in range(1, len(objects) + 1)}, width)

    def _classes(self, width: int) -> Scene:
        path = self.root / "SegmentationClass" / f"{self.image}.png"
        with damage_in(path):
            runs = self._runs(path, *read_size(File(str(path))))
            values = [value for value in runs.values.tolist() if value not in (0, _VOID)]
            if unknown := [value for value in values if value >= len(self.names)]:
                raise DamagedError(f"value {unknown[0]} is not in {_LABELS}")
        areas = dict(zip(runs.values.tolist(), runs.areas().tolist(), strict=True))
        names = [self.names[value] for value in values]
        objects = [
            SceneObject(name, self.palette.colors[name], areas[value])
            for name, value in zip(names, values, strict=True)
        ]
        return _scene(objects, runs, {value: index for index, value in enumerate(values)}, width)

    def _runs(self, path: Path, height: int, width: int) -> ValueRuns:
        return find_runs(parse_segmentation(read_png_file(self.folder, path, height, width), height, width).pixels)


def _scene(objects: list[SceneObject], runs: ValueRuns, number: dict[int, int], width: int) -> Scene:
    """Return the scene of the objects of a map, given the index of the object of each value."""
    is_object = np.isin(runs.values, list(number))
    table = np.array([-1, *(number[value] for value in runs.values[is_object].tolist())])
    picture = runs.object_map(is_object).sampled(picture_grid(runs.height, runs.width, width))
    return Scene(runs.height, runs.width, objects, visible_regions(picture, table, len(objects)))
