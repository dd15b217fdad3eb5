"""YOLO text files for Ultralytics: one file of rows per image, and a `data.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cityconv.formats.base import Part
from cityconv.formats.yolo.dataset import YoloDataset
from cityconv.frame.segments import find_segments
from cityconv.raster.center_contours import center_contours
from cityconv.raster.oriented_boxes import oriented_boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Segments
    from cityconv.vocabulary import Extent, YoloTask

# Ultralytics truncates pixel coordinates, other readers round them: a quarter of a pixel survives both.
_WITHIN_PIXEL = 0.25
_CELL = len("0.123456 ")


@dataclass(frozen=True, kw_only=True)
class Yolo(YoloDataset):
    """YOLO text files.

    Attributes:
        task: whether a row is a box, an outline or an oriented box.
        extent: what is visible of an object, or its full polygon.
    """

    unit: ClassVar[str] = "rows"
    folder: ClassVar[str] = "labels"
    extension: ClassVar[str] = "txt"
    sample_extension: ClassVar[str] = "txt"

    task: YoloTask = "detect"
    extent: Extent = "visible"

    @property
    def needs_polygons(self) -> bool:
        """Whether the full extent of objects is written."""
        return self.extent == "full"

    @property
    def needs_instances(self) -> bool:
        """Every row is an object."""
        return True

    def part(self, rasterized: RasterizedFrame) -> Part:
        """Return the rows of a frame. A file without rows marks its image as background."""
        found = find_segments(rasterized, self.selection, per_class=False, extent=self.extent, min_area=self.min_area)
        make_rows = {"detect": _boxes, "segment": _outlines, "obb": _oriented_boxes}[self.task]
        rows = [
            f"{item.class_index} {coordinates}\n"
            for item, coordinates in zip(found.items, make_rows(found), strict=True)
        ]
        content = "".join(rows).encode()
        files = [(path, content) for path in self.frame_files(rasterized.frame)]
        return Part(files, b"", len(files) * len(rows), found.skipped)


def _boxes(found: Segments) -> Iterator[str]:
    """Yield center, width and height of each box, as fractions of the image's width and height."""
    x0, y0, x1, y1 = found.boxes.T / np.tile((found.regions.width, found.regions.height), 2)[:, None]
    for row in np.stack(((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0), axis=1).tolist():
        yield " ".join(f"{part:.6f}" for part in row)


def _outlines(found: Segments) -> Iterator[str]:
    """Yield the contour of each segment, through the centers of its pixels."""
    contours = center_contours(found.regions)
    points = np.concatenate([np.empty((0, 2), np.int64), *contours])
    cells = np.empty(points.shape, f"V{_CELL}")
    cells[:, 0] = _centers(found.regions.width)[points[:, 0]]
    cells[:, 1] = _centers(found.regions.height)[points[:, 1]]
    text = cells.tobytes().decode()
    end = 0
    for contour in contours:
        start, end = end, end + contour.size * _CELL
        yield text[start : end - 1]


@lru_cache(maxsize=8)
def _centers(side: int) -> NDArray[np.void]:
    """Return the coordinate of each pixel as text, a fraction of the side followed by a blank: (side,) cells of bytes.

    Looking text up in a table is many times faster than formatting every number.
    """
    text = "".join(f"{(pixel + _WITHIN_PIXEL) / side:.6f} " for pixel in range(side))
    return np.frombuffer(text.encode(), f"V{_CELL}")


def _oriented_boxes(found: Segments) -> Iterator[str]:
    """Yield the four corners of the smallest rectangle around each segment, clipped to the image."""
    for corners in oriented_boxes(found.regions).reshape(-1, 8).tolist():
        yield " ".join(f"{part:.6f}" for part in corners)
