"""The frames of a data set, as scenes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cityconv.errors import SourceError
from cityconv.frame.reading import open_dataset
from cityconv.previews.scene import Scene, SceneObject, Shown, corners_of, picture_grid
from cityconv.raster.regions import visible_regions
from cityconv.source.classes import select_classes
from cityconv.source.images import find_images

if TYPE_CHECKING:
    from cityconv.frame.reading import FrameReader, NamedFiles
    from cityconv.options import PhotographOptions, SourceOptions
    from cityconv.source.classes import Selection
    from cityconv.source.files import File
    from cityconv.source.frame import DataSet, Frame, FrameKey
    from cityconv.storage.url import Location


@dataclass(frozen=True)
class DatasetFrame:
    """Reads the scene of one frame of a data set.

    Attributes:
        reader: reads and rasterizes the frame.
        frame: the frame.
        selection: the classes that are shown.
    """

    reader: FrameReader
    frame: Frame
    selection: Selection

    def __call__(self, width: int, photograph: File | None) -> Scene:
        """Return the objects that are visible, back to front, under the names that they were drawn with."""
        rasterized = self.reader(self.frame)
        objects = rasterized.annotation.objects
        has_plates = self.selection.has_plates
        chosen = [not isinstance(self.selection.assign(item), str) for item in objects]
        kept = np.flatnonzero(rasterized.shown("visible", has_plates) & np.array(chosen, np.bool_))
        table = np.full(len(objects) + 1, -1)
        table[kept + 1] = np.arange(len(kept))
        own = rasterized.regions(table, len(kept), "visible", has_plates)
        shown = [
            SceneObject(
                item.name,
                item.label.color,
                area,
                corners_of(*box) if item.label.has_instances else (),
                item.is_group,
            )
            for item, area, box in zip(
                (objects[index] for index in kept), own.areas().tolist(), own.boxes().tolist(), strict=True
            )
        ]
        grid = picture_grid(rasterized.height, rasterized.width, width)
        regions = visible_regions(rasterized.object_map(has_plates).sampled(grid), table, len(kept))
        return Scene(rasterized.height, rasterized.width, shown, regions)


def show_dataset(
    options: SourceOptions, photographs: PhotographOptions, classes: str | None, files: NamedFiles | None = None
) -> tuple[list[Shown], list[str]]:
    """Return the frames that options select, and what the user should know of them, a sentence each.

    Args:
        options: which frames, and how they are read.
        photographs: where the photographs are. If none can be found and none are asked for, frames have none.
        classes: a preset or names; None for all that the released maps show.
        files: what stands for the files that the options name.

    Raises:
        SourceError: the data set or its photographs cannot be found or read.
        UsageError: options cannot be combined, or a class is unknown.
    """
    dataset, reader = open_dataset(replace(options, size=None), files=files)
    selection = select_classes(classes or "labels", "crowd", reader.table)
    found, notes = find_photographs(dataset, photographs.image_root, photographs.image_suffix)
    shown = [Shown(frame, DatasetFrame(reader, frame, selection), found.get(frame.key)) for frame in dataset.frames]
    return shown, [*dataset.notes, *notes]


def find_photographs(
    dataset: DataSet, image_root: Location | None, suffixes: list[str] | None
) -> tuple[dict[FrameKey, File], list[str]]:
    """Return the first photograph of each frame that has one, and a note if some or all have none."""
    try:
        images = find_images(dataset, image_root, suffixes or ())
    except SourceError:
        if image_root is not None or suffixes:
            raise
        return {}, ["no photographs found, so pictures show label colors; --image-root says where photographs are"]
    missing = len(dataset.frames) - len(images)
    notes = [f"frames without a photograph, which show label colors: {missing:,}"] if missing else []
    return {key: items[0].file for key, items in images.items()}, notes
