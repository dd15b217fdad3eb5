"""YOLO text files for Ultralytics: one file of rows per image, and a `data.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from cityconv.formats.base import Part
from cityconv.frame.segments import find_segments
from cityconv.raster.center_contours import center_contours
from cityconv.raster.oriented_boxes import oriented_boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cityconv.formats.base import Records
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Segments
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame
    from cityconv.vocabulary import Extent, YoloTask

_RESERVED_KEYS = ("channels", "download", "names", "nc", "path", "yaml_file")  # keys that `data.yaml` reserves
# Ultralytics truncates pixel coordinates, other readers round them: a quarter of a pixel survives both.
_WITHIN_PIXEL = 0.25
_REQUIRED = ("train", "val")  # by Ultralytics
_KEYS = {
    "train": "train",
    "val": "val",
    "test": "test",
    "training": "train",
    "validation": "val",
    "valid": "val",
    "testing": "test",
}
_PLAIN = re.compile(r"(?!(?:true|false|yes|no|on|off|null|y|n)$)[A-Za-z_][\w./-]*", re.IGNORECASE)
_CELL = len("0.123456 ")


@dataclass(frozen=True)
class Yolo:
    """The YOLO format.

    Attributes:
        selection: the classes, numbered from 0 in this order. YOLO has no crowds.
        task: whether a row is a box, an outline or an oriented box.
        extent: what is visible of an object, or its full polygon.
        min_area: objects of fewer pixels are skipped.
    """

    unit: ClassVar[str] = "rows"

    selection: Selection
    task: YoloTask = "detect"
    extent: Extent = "visible"
    min_area: int = 1

    @property
    def needs_polygons(self) -> bool:
        """Whether the full extent of objects is written."""
        return self.extent == "full"

    @property
    def needs_instances(self) -> bool:
        """Every row is an object."""
        return True

    def notes(self, frames: list[Frame]) -> list[str]:
        """Name the splits that Ultralytics requires and `data.yaml` borrows from others, and those it cannot name."""
        keys = {_key(frame.split) for frame in frames}
        borrowed = next((key for key in _REQUIRED if key in keys), sorted(keys)[0])
        return [
            f"data.yaml names the images of {borrowed} for {key} too: "
            f"Ultralytics requires both, and there are no frames of {key}"
            for key in _REQUIRED
            if key not in keys
        ] + [
            f"data.yaml does not name the split {key}, since that word means something else there"
            for key in _RESERVED_KEYS
            if key in keys
        ]

    def frame_files(self, frame: Frame) -> list[str]:
        """One text file per image, named as the image is."""
        return [f"labels/{frame.subset}/{path.rpartition('.')[0]}.txt" for path in frame.image_paths]

    def image_files(self, frame: Frame) -> list[str]:
        """The path of the text file, below `images`."""
        return [f"images/{frame.subset}/{path}" for path in frame.image_paths]

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

    def dataset_files(self, frames: list[Frame]) -> list[str]:
        """`data.yaml`."""
        return ["data.yaml"]

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield `data.yaml`. Without the key `path`, its folders are relative to the file."""
        yield "data.yaml", iter([self._description(records.frames).encode()])

    def _description(self, frames: list[Frame]) -> str:
        folders: dict[str, dict[str, None]] = {}
        for frame in frames:
            folders.setdefault(_key(frame.split), {})[f"images/{frame.subset}"] = None
        lines = []
        given = next((folders[key] for key in _REQUIRED if key in folders), next(iter(folders.values())))
        for key, names in sorted({**dict.fromkeys(_REQUIRED, given), **folders}.items()):
            if key in _RESERVED_KEYS:
                continue
            values = [_scalar(name) for name in names]
            lines.append(
                f"{_scalar(key)}: [{', '.join(values)}]\n" if len(values) > 1 else f"{_scalar(key)}: {values[0]}\n"
            )
        classes = (f"  {index}: {_quote(item.name)}\n" for index, item in enumerate(self.selection.classes))
        return "".join((*lines, "names:\n", *classes))


def _key(split: str) -> str:
    """Return the key of a split in `data.yaml`."""
    return _KEYS.get(split.lower(), split)


def _scalar(text: str) -> str:
    """Return text as a YAML scalar: plain if that is safe, else quoted."""
    return text if _PLAIN.fullmatch(text) else _quote(text)


def _quote(text: str) -> str:
    """Return text as a double-quoted scalar of YAML, of which JSON's strings are a subset."""
    return msgspec.json.encode(text).decode()


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
