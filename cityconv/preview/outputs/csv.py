"""The images of CSV tables, which have boxes and no masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.check.expected_files import list_files
from cityconv.check.reading import DamagedError, check_box, decode_text
from cityconv.errors import SourceError
from cityconv.formats.csv.reader import Row, parse_table
from cityconv.preview.outputs.images import (
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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.source.files import File

_TEMPLATE = "annotations_{split}.csv"


def images(output: Output) -> Iterator[OutputImage]:
    """Yield the images of all tables. Images without objects are in none.

    Raises:
        SourceError: a table cannot be read, or is damaged.
    """
    for name in sorted(list_files(output.folder, depth=0)):
        if name.startswith("annotations_") and name.endswith(".csv"):
            yield from _images_of(output, output.folder / name, subset_in(name, _TEMPLATE))


def _images_of(output: Output, path: Path, subset: str) -> Iterator[OutputImage]:
    by_image: dict[str, list[Row]] = {}
    with damage_in(path, SourceError):
        for row in parse_table(decode_text(read_described(output.folder, path))):
            if isinstance(row, DamagedError):
                raise row
            by_image.setdefault(row.image, []).append(row)
    palette = palette_of(sorted({row.name for rows in by_image.values() for row in rows}), output.table)
    for image, rows in by_image.items():
        frame = frame_of(path, rows[0].split, image)._replace(subset=subset, city=rows[0].city)
        read = ReadCsv(str(path), rows, palette)
        yield OutputImage(frame, read, output.folder / "images" / subset / image, palette.colors)


@dataclass(frozen=True)
class ReadCsv:
    """Reads the scene of one image; the attributes are its table, its rows and the colors."""

    path: str
    rows: list[Row]
    palette: Palette

    def __call__(self, width: int, photograph: File | None) -> Scene:
        """Return the scene; see `ReadScene`."""
        own_width, height = self.rows[0].size
        with damage_in(self.path):
            check_image_size(height, own_width)
            for row in self.rows:
                check_box(row.label, row.box, height, own_width)
        objects = [
            SceneObject(
                row.name, self.palette.colors[row.name], row.area, self.palette.corners(row.name, row.box), row.is_crowd
            )
            for row in self.rows
        ]
        return Scene(
            height, own_width, objects, regions_of([None] * len(objects), picture_grid(height, own_width, width))
        )
