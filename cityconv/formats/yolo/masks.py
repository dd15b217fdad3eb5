"""Masks of classes for Ultralytics' semantic segmentation: one PNG per image, and a `data.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cityconv.errors import UsageError
from cityconv.formats.base import Part
from cityconv.formats.yolo.dataset import YoloDataset
from cityconv.frame.segments import find_segments
from cityconv.raster.png import encode_png

if TYPE_CHECKING:
    from cityconv.frame.rasterized import RasterizedFrame

_IGNORED = 255  # by Ultralytics


@dataclass(frozen=True, kw_only=True)
class YoloMasks(YoloDataset):
    """Masks of classes.

    Attributes:
        values: what the pixels of each class hold, 0 to 254. All other pixels hold 255.

    Raises:
        UsageError: a value does not fit.
    """

    unit: ClassVar[str] = "masks"
    folder: ClassVar[str] = "masks"
    extension: ClassVar[str] = "png"
    sample_extension: ClassVar[str] = "mask.png"

    values: tuple[int, ...]

    def __post_init__(self) -> None:
        for item, value in zip(self.selection.classes, self.values, strict=True):
            if value >= _IGNORED:
                raise UsageError(f"class {item.name!r}: {value} does not fit a mask, whose largest value is 254")

    @property
    def needs_polygons(self) -> bool:
        """Masks show what is visible."""
        return False

    @property
    def needs_instances(self) -> bool:
        """Masks do not tell the objects of a class apart."""
        return False

    def part(self, rasterized: RasterizedFrame) -> Part:
        """Return the masks of a frame, one per image."""
        found = find_segments(rasterized, self.selection, per_class=True, min_area=self.min_area)
        table = np.full(len(rasterized.annotation.objects) + 1, _IGNORED, np.uint8)
        for item in found.items:
            table[np.array(item.objects) + 1] = self.values[item.class_index]
        content = encode_png(rasterized.object_map(self.selection.has_plates), table)
        files = [(path, content) for path in self.frame_files(rasterized.frame)]
        return Part(files, b"", len(files), found.skipped)

    def more_keys(self) -> list[str]:
        """Name the folder of masks and, if values are not 0, 1, ..., the class of each."""
        mapping = [f"  {value}: {index}\n" for index, value in enumerate(self.values)]
        is_mapped = self.values != tuple(range(len(self.values)))
        return [f"masks_dir: {self.folder}\n", *(["label_mapping:\n", *mapping] if is_mapped else [])]
