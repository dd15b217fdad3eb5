"""What the images of all outputs have in common: their names, their colors, and how damage to their files is told."""

from __future__ import annotations

import math
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cityconv.check.reading import DamagedError, read_bytes
from cityconv.errors import AnnotationError, SourceError
from cityconv.frame.target_size import size_excess
from cityconv.previews.scene import corners_of
from cityconv.raster.regions import Regions
from cityconv.source.files import READ_ERRORS, File, explain
from cityconv.source.frame import Frame
from cityconv.source.image_size import read_image_size
from cityconv.source.labels.colors import distinct_colors
from cityconv.source.layout import FLAT_SPLIT
from cityconv.source.limits import limits
from cityconv.vocabulary import IMAGE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cityconv.check.bounded_mask import Box
    from cityconv.previews.scene import Corners, ReadScene
    from cityconv.raster.bounded_mask import BoundedMask
    from cityconv.raster.sampling import Grid
    from cityconv.source.labels.table import Color, LabelTable

MOST_IMAGES = 25_000  # that a file of an output is read for
_RELEASED_NAME = re.compile(r"(.+?)_[0-9]{6}_[0-9]{6}")  # city, sequence and frame


class Output(NamedTuple):
    """An output.

    Attributes:
        folder: its folder.
        options: the options that it was made with, as its manifest records them; none without a manifest.
        table: the label table, for colors.
        files: its files as the manifest lists them, relative to the folder; None without a manifest.
    """

    folder: Path
    options: Mapping[str, Any]
    table: LabelTable
    files: Collection[str] | None = None

    def glob(self, pattern: str) -> list[Path]:
        """Return its files that match a pattern, sorted."""
        found = sorted(self.folder.glob(pattern))
        return [path for path in found if self.files is None or path.relative_to(self.folder).as_posix() in self.files]


class OutputImage(NamedTuple):
    """An image of an output.

    Attributes:
        frame: its frame; the file of it is the one of the output that describes the image.
        read: reads its objects.
        photograph: where the output has the photograph, if it has.
        classes: the classes of the output.
    """

    frame: Frame
    read: ReadScene
    photograph: Path
    classes: Collection[str]


class Palette(NamedTuple):
    """The classes of an output.

    Attributes:
        colors: the color of each class: that of the label table, or else one that no other class has.
        without_boxes: the classes that the label table has no instances of.
    """

    colors: dict[str, Color]
    without_boxes: frozenset[str]

    def corners(self, name: str, box: Box) -> Corners:
        """Return the corners of the box of an object; none for a class without instances."""
        return () if name in self.without_boxes else corners_of(*box)


def palette_of(names: Iterable[str], table: LabelTable) -> Palette:
    """Return the colors of classes."""
    names = list(dict.fromkeys(names))
    found = {name: label for name in names if (label := table.find(name))}
    others = distinct_colors({label.color for label in table.labels})
    colors = {name: found[name][0].color if name in found else next(others) for name in names}
    return Palette(colors, frozenset(name for name, (label, _) in found.items() if not label.has_instances))


def frame_of(file: Path, subset: str, image_path: str) -> Frame:
    """Return the frame of an image.

    Args:
        file: the file of the output that describes the image.
        subset: the subset that it belongs to.
        image_path: its path below the folder of the subset. The city is the folder, or else the start of a name as in
            the release.

    Raises:
        SourceError: the path is not one of a file below a folder.
    """
    folder, _, file_name = image_path.rpartition("/")
    name = file_name.removesuffix(IMAGE_SUFFIX)
    name = name if name != file_name else file_name.rpartition(".")[0] or file_name
    parts = [subset, *folder.split("/"), name] if folder else [subset, name]
    if not {"", ".", ".."}.isdisjoint(parts) or not all(part.isprintable() and "\\" not in part for part in parts):
        raise SourceError(f"{file}: {image_path!r} is not the path of an image")
    named = _RELEASED_NAME.match(name)
    city = folder or (named[1] if named else "")
    return Frame(subset or FLAT_SPLIT, city, name, "gtFine", File(str(file)), subset, ())


def regions_of(masks: Sequence[BoundedMask | None], grid: Grid) -> Regions:
    """Return the regions of masks in a picture; None stands for an object without a mask."""
    parts = [np.empty((4, 0), np.int64)]
    for index, mask in enumerate(masks):
        if mask is not None and mask.area:
            parts.append(np.stack(np.broadcast_arrays(index, *_runs(mask, grid))))
    segment, row, left, right = np.concatenate(parts, axis=1)
    return Regions(segment, row, left, right, len(masks), len(grid.rows), len(grid.columns))


def _runs(mask: BoundedMask, grid: Grid) -> tuple[Any, Any, Any]:
    """Return row, left and right of the runs of a mask in the sample that a grid takes."""
    x0, y0, x1, y1 = mask.box
    top, bottom = np.searchsorted(grid.rows, (y0, y1))
    first, last = np.searchsorted(grid.columns, (x0, x1))
    pixels = mask.pixels[np.ix_(grid.rows[top:bottom] - y0, grid.columns[first:last] - x0)]
    steps = np.diff(pixels.astype(np.int8), axis=1, prepend=0, append=0)
    row, left = np.nonzero(steps == 1)
    return row + top, left + first, np.nonzero(steps == -1)[1] + first


@contextmanager
def damage_in(file: Path | str, error: type[AnnotationError | SourceError] = AnnotationError) -> Iterator[None]:
    """Turn a DamagedError into another error that names the file."""
    try:
        yield
    except DamagedError as damage:
        raise error(f"{file}: {damage}") from None


def read_described(out: Path, path: Path) -> bytes:
    """Return the content of a file that describes many images; see `read_bytes`."""
    size = path.stat().st_size if path.is_file() else 0
    return read_bytes(out, path, min(size, limits().record_bytes * MOST_IMAGES), "record_bytes")


def read_size(file: File) -> tuple[int, int]:
    """Return height and width of an image file.

    Raises:
        DamagedError: it cannot be read, is neither a PNG nor a JPEG, or is beyond the limits.
    """
    try:
        size = read_image_size(file)
    except READ_ERRORS as error:
        raise DamagedError(explain(error)) from None
    if size is None:
        raise DamagedError("neither a PNG nor a JPEG")
    check_image_size(size[1], size[0])
    return size[1], size[0]


def whole_area(area: float) -> int | None:
    """Return an area as a number of pixels; None if it is not finite."""
    return round(area) if math.isfinite(area) else None


def check_image_size(height: int, width: int) -> None:
    """Raise a DamagedError for an image size that is not one, or beyond the limits."""
    if words := size_excess(height, width):
        raise DamagedError(words)


def subset_in(path: str, template: str) -> str:
    """Return what stands for `{split}` in a path of a template; the name of the file where it does not fit."""
    pattern = "(.+)".join(map(re.escape, template.split("{split}", 1)))
    found = re.fullmatch(pattern, path)
    return found[1] if found and found.groups() else Path(path).stem


def existing(paths: Iterable[Path]) -> Path | None:
    """Return the first of some paths that is a file."""
    return next((path for path in paths if os.path.isfile(path)), None)  # noqa: PTH113 - of many
