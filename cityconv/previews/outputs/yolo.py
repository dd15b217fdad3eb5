"""The images of YOLO data sets."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.allowance import MaskAllowance
from cityconv.check.expected_files import list_files
from cityconv.check.reading import DamagedError, decode_text, read_bytes, read_frame_file, read_png_file, text_lines
from cityconv.errors import SourceError
from cityconv.formats.yolo.reader import (
    MAX_DESCRIPTION,
    Description,
    fill,
    parse_description,
    parse_mask,
    parse_row,
    row_box,
    row_points,
    task_of,
)
from cityconv.previews.outputs.images import (
    Output,
    OutputImage,
    Palette,
    damage_in,
    existing,
    frame_of,
    palette_of,
    read_size,
    regions_of,
)
from cityconv.previews.scene import Scene, SceneObject, picture_grid
from cityconv.raster.map_runs import find_runs
from cityconv.raster.regions import visible_regions
from cityconv.source.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.formats.yolo.reader import Row
    from cityconv.previews.scene import ReadScene
    from cityconv.raster.bounded_mask import BoundedMask

UNKNOWN_SIZE = 1024, 2048  # height and width of images that the output does not have: those of the release
_DESCRIPTION = "data.yaml"
_TEXTS = "labels"
_TASKS = ("detect", "segment", "obb")  # of text files
_SAMPLED = 100  # text files that tell the task
_ENDINGS = (".png", ".jpg", ".jpeg")
_IGNORED = 255


def images(output: Output) -> Iterator[OutputImage]:
    """Yield the images of a data set.

    Raises:
        SourceError: `data.yaml` cannot be read, or is damaged.
    """
    path = output.folder / _DESCRIPTION
    with damage_in(path, SourceError):
        description = parse_description(decode_text(read_bytes(output.folder, path, MAX_DESCRIPTION)))
    palette = palette_of(description.names, output.table)
    folder, ending = (description.masks, ".png") if description.masks else (_TEXTS, ".txt")
    files = sorted(file for file in list_files(output.folder, folder) if file.endswith(ending))
    stated = output.options.get("task")
    task = "" if folder != _TEXTS else stated if stated in _TASKS else task_of(_sampled_texts(output, files))
    for file in files:
        subset, _, name = file.removeprefix(f"{folder}/").removesuffix(ending).partition("/")
        found = existing(output.folder / "images" / subset / f"{name}{suffix}" for suffix in _ENDINGS)
        photograph = found or output.folder / "images" / subset / f"{name}{_ENDINGS[0]}"
        source = output.folder, output.folder / file
        read: ReadScene = (
            ReadRows(*source, task, description, palette) if task else ReadMask(*source, description, palette)
        )
        frame = frame_of(output.folder / file, subset, f"{name}{photograph.suffix}")
        yield OutputImage(frame, read, photograph, palette.colors)


def _sampled_texts(output: Output, files: list[str]) -> Iterator[str]:
    """Yield the texts of some files; what is wrong with others is told when they are drawn."""
    for file in islice(files, _SAMPLED):
        with suppress(DamagedError):
            yield decode_text(read_frame_file(output.folder, output.folder / file))


@dataclass(frozen=True)
class ReadRows:
    """Reads the scene of the rows of a text file."""

    folder: Path
    path: Path
    task: str
    description: Description
    palette: Palette

    def __call__(self, width: int, photograph: File | None) -> Scene:
        """Return the scene; see `ReadScene`. Without a photograph, an image has the size of the release."""
        with damage_in(str(photograph or self.path)):
            height, own_width = read_size(photograph) if photograph else UNKNOWN_SIZE
        with damage_in(self.path):
            lines = text_lines(decode_text(read_frame_file(self.folder, self.path)))
            rows = [self._row(number, line) for number, line in enumerate(lines, 1)]
            masks: list[BoundedMask | None] = [None] * len(rows)
            if self.task == "segment":
                allowance = MaskAllowance(height, own_width)
                masks[:] = (fill(row_points(row, height, own_width), allowance.take) for row in rows)
        objects = []
        for row, mask in zip(rows, masks, strict=True):
            name = self.description.names[row.class_index]
            if self.task == "obb":
                corners = tuple((x, y) for x, y in row_points(row, height, own_width).tolist())
            else:
                corners = self.palette.corners(name, mask.box if mask else row_box(row, height, own_width))
            objects.append(SceneObject(name, self.palette.colors[name], mask.area if mask else None, corners))
        return Scene(height, own_width, objects, regions_of(masks, picture_grid(height, own_width, width)))

    def _row(self, number: int, line: str) -> Row:
        try:
            row = parse_row(line, self.task)
            if row.class_index >= len(self.description.names):
                raise DamagedError(f"class {row.class_index} of {len(self.description.names)} classes")
        except DamagedError as error:
            raise DamagedError(f"line {number}: {error}") from None
        return row


@dataclass(frozen=True)
class ReadMask:
    """Reads the scene of a mask of classes."""

    folder: Path
    path: Path
    description: Description
    palette: Palette

    def __call__(self, width: int, photograph: File | None) -> Scene:
        """Return the scene; see `ReadScene`."""
        with damage_in(self.path):
            height, own_width = read_size(File(str(self.path)))
            runs = find_runs(parse_mask(read_png_file(self.folder, self.path, height, own_width), height, own_width))
            names = [self._name(value) for value in runs.values.tolist() if value != _IGNORED]
        is_class = runs.values != _IGNORED
        objects = [
            SceneObject(name, self.palette.colors[name], area)
            for name, area in zip(names, runs.areas()[is_class].tolist(), strict=True)
        ]
        picture = runs.object_map(is_class).sampled(picture_grid(height, own_width, width))
        table = np.arange(-1, len(objects))
        return Scene(height, own_width, objects, visible_regions(picture, table, len(objects)))

    def _name(self, value: int) -> str:
        mapping = self.description.mapping
        index = mapping.get(value, -1) if mapping else value
        if not 0 <= index < len(self.description.names):
            raise DamagedError(f"value {value} is not a class of {_DESCRIPTION}")
        return self.description.names[index]
