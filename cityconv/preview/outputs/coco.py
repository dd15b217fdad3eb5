"""The images of COCO files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cityconv.check.allowance import MaskAllowance
from cityconv.check.reading import DamagedError
from cityconv.errors import SourceError
from cityconv.formats.coco.reader import CocoImage, parse_annotation, parse_coco
from cityconv.preview.outputs.images import (
    MOST_IMAGES,
    Output,
    OutputImage,
    Palette,
    check_image_size,
    damage_in,
    frame_of,
    palette_of,
    read_described,
    regions_of,
    subset_in,
)
from cityconv.preview.scene import Scene, SceneObject, picture_grid
from cityconv.vocabulary import COCO_FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.source.files import File

_ROBOFLOW = "_annotations.coco.json"
_PANOPTIC = "panoptic_"


def images(output: Output) -> Iterator[OutputImage]:
    """Yield the images of all COCO files.

    Raises:
        SourceError: a file cannot be read, or is damaged.
    """
    template = f"annotations/{output.options.get('name_template', COCO_FILE_NAME)}"
    for path in output.glob("annotations/*.json"):
        if not path.name.startswith(_PANOPTIC):
            subset = subset_in(path.relative_to(output.folder).as_posix(), template)
            yield from _images_of(output, path, subset, output.folder / "images" / subset)
    for path in output.glob(f"*/{_ROBOFLOW}"):
        yield from _images_of(output, path, path.parent.name, path.parent)


def _images_of(output: Output, path: Path, subset: str, folder: Path) -> Iterator[OutputImage]:
    with damage_in(path, SourceError):
        dataset = parse_coco(read_described(output.folder, path), MOST_IMAGES)
    names = {item.id: item.name for item in dataset.categories}
    palette = palette_of(names.values(), output.table)
    annotations: dict[int, list[dict[str, Any]]] = {image.id: [] for image in dataset.images}
    for item in dataset.annotations:
        if item["image_id"] not in annotations:
            raise SourceError(f"{path}: annotation {item['id']}: unknown image {item['image_id']}")
        annotations[item["image_id"]].append(item)
    for image in dataset.images:
        read = ReadCoco(str(path), image, annotations[image.id], names, palette)
        frame = frame_of(path, subset, image.file_name)
        yield OutputImage(frame, read, folder / image.file_name, palette.colors)


@dataclass(frozen=True)
class ReadCoco:
    """Reads the scene of one image; the attributes are its file and what this says of it."""

    path: str
    image: CocoImage
    annotations: list[dict[str, Any]]
    names: dict[int, str]
    palette: Palette

    def __call__(self, width: int, photograph: File | None) -> Scene:
        """Return the scene; see `ReadScene`."""
        height, own_width = self.image.height, self.image.width
        with damage_in(f"{self.path}: {self.image.file_name}"):
            check_image_size(height, own_width)
            allowance = MaskAllowance(height, own_width)
            found = [parse_annotation(item, height, own_width, allowance) for item in self.annotations]
            unknown = next((item for item in found if item.category_id not in self.names), None)
            if unknown:
                raise DamagedError(f"annotation {unknown.id}: unknown category {unknown.category_id}")
        objects = []
        for item in found:
            name = self.names[item.category_id]
            corners = self.palette.corners(name, item.box)
            area = round(item.area)
            objects.append(SceneObject(name, self.palette.colors[name], area, corners, item.is_crowd))
        regions = regions_of([item.mask for item in found], picture_grid(height, own_width, width))
        return Scene(height, own_width, objects, regions)
