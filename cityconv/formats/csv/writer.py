"""CSV tables as of RFC 4180: one row per object or class, one file per subset."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cityconv.formats.base import Part, subsets
from cityconv.frame.segments import find_segments, visible_and_full_areas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cityconv.formats.base import Records
    from cityconv.formats.csv.options import RowTask
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame
    from cityconv.vocabulary import Extent

COLUMNS = (
    "image", "split", "city", "width", "height", "class", "class_id", "crowd", "x0", "y0", "x1", "y1", "area",
    "visible_fraction",
)  # fmt: skip


@dataclass(frozen=True)
class Csv:
    """The CSV format.

    Attributes:
        selection: the classes.
        class_ids: the id of each class.
        task: whether a row is an object or a class.
        extent: whether boxes and areas cover what is visible, or the full polygon.
        min_area: objects of fewer pixels are skipped.
    """

    unit: ClassVar[str] = "rows"

    selection: Selection
    class_ids: tuple[int, ...]
    task: RowTask = "instance"
    extent: Extent = "visible"
    min_area: int = 1

    @property
    def needs_polygons(self) -> bool:
        """Whether the full extent of objects is written."""
        return self.extent == "full"

    @property
    def needs_instances(self) -> bool:
        """Whether single objects are written."""
        return self.task == "instance"

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
        """Return the rows of a frame as the record."""
        found = find_segments(
            rasterized,
            self.selection,
            per_class=self.task == "semantic",
            merge_crowds=False,
            extent=self.extent,
            min_area=self.min_area,
        )
        frame = rasterized.frame
        fractions = [""] * len(found.items)  # unknown for label maps, which show only what is visible
        if rasterized.tells_hidden:
            visible, full = visible_and_full_areas(rasterized, found, self.extent, self.selection)
            fractions = [f"{fraction:.6f}" for fraction in (visible / full).tolist()]
        rows = [
            (
                image, frame.split, frame.city, rasterized.width, rasterized.height,
                self.selection.classes[item.class_index].name, self.class_ids[item.class_index], int(item.is_crowd),
                *box, area, fraction,
            )
            for image in frame.image_paths
            for item, box, area, fraction in zip(
                found.items, found.boxes.tolist(), found.areas.tolist(), fractions, strict=True
            )
        ]  # fmt: skip
        return Part([], _encode(rows), len(rows), found.skipped)

    def image_files(self, frame: Frame) -> list[str]:
        """A folder per subset, below which the column `image` is a path."""
        return [f"images/{frame.subset}/{path}" for path in frame.image_paths]

    def dataset_files(self, frames: Sequence[Frame]) -> list[str]:
        """One file per subset."""
        return [f"annotations_{subset}.csv" for subset in subsets(frames)]

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield one file per subset: a header row, and the rows of all frames."""
        for subset in subsets(records.frames):
            yield f"annotations_{subset}.csv", _table(records, subset)


def _table(records: Records, subset: str) -> Iterator[bytes]:
    yield _encode([COLUMNS])
    yield from (record for _, record in records.of(subset))


class _Echo:
    """A file for `csv.writer` that returns what is written to it: `writerow` then returns the line."""

    @staticmethod
    def write(text: str) -> str:
        return text


def _encode(rows: Iterable[Iterable[object]]) -> bytes:
    lines = csv.writer(_Echo())
    return "".join(str(lines.writerow(row)) for row in rows).encode()
