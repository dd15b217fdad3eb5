"""The options that an output should have been made with: as given, or else inferred from its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cityconv.errors import UsageError
from cityconv.frame.reading import FrameReader
from cityconv.source.classes import select_classes
from cityconv.vocabulary import COCO_FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cityconv.frame.map_kinds import MapKind
    from cityconv.source.classes import Selection
    from cityconv.vocabulary import Extent, Groups, Preset


def _select_preset(preset: Preset) -> Selection:
    return select_classes(preset, "crowd")


@dataclass(frozen=True)
class ExpectedOptions:
    """The options of the converters that determine the content of the files.

    Attributes:
        select: returns the classes that the options select, or if they select none, those of the given preset.
        reader: reads and rasterizes the frames.
        has_classes: whether the options select classes.
        groups: how groups are represented.
        task: what one annotation stands for; None to infer it.
        category_ids: the scheme of category ids; None to infer it.
        extent: the visible or the full extent of objects.
        min_area: objects with fewer pixels are skipped.
        kinds: the kinds of label map; empty for those that are present.
        layout: the layout of COCO and panoptic files; None for those that are present.
        name_template: the names of COCO files, with `{split}` for the name of the subset.
        is_flat: whether images of COCO and panoptic files are in one folder per subset, without folders for cities.
        is_nested: whether the files of YOLO are in folders of cities.
        tolerance: how far from its own pixels those of an object in Cityscapes' form may begin and end.
        has_images: whether a folder of images is of this output; it may be of another one in the same folder.
        is_jpeg: whether images of VOC are JPEG files, or keep the encoding of `Frame.image_suffixes`.
    """

    select: Callable[[Preset], Selection] = _select_preset
    reader: FrameReader = field(default_factory=FrameReader)
    has_classes: bool = False
    groups: Groups = "crowd"
    task: str | None = None
    category_ids: str | None = None
    extent: Extent = "visible"
    min_area: int = 1
    kinds: tuple[MapKind, ...] = ()
    layout: str | None = None
    name_template: str = COCO_FILE_NAME
    is_flat: bool = False
    is_nested: bool = False
    tolerance: int = 0
    has_images: bool = True
    is_jpeg: bool = True

    def task_among(self, tasks: Iterable[str]) -> str | None:
        """Return the task if a format has it, else None: a folder may hold outputs of formats with other tasks."""
        return next((task for task in tasks if task == self.task), None)

    def layout_among(self, layouts: Iterable[str]) -> str | None:
        """Return the layout if a format has it, else None: a folder may hold outputs of formats with other layouts."""
        return next((layout for layout in layouts if layout == self.layout), None)

    def classes_of(self, default: Preset, names: Sequence[str], notes: list[str]) -> Selection:
        """Return the classes of an output that lists their names.

        These are the classes that the options select. If they select none, these are the classes of a preset, or, if
        the listed names differ from the preset's, the classes with these names. If a name is unknown, these are the
        classes of the preset again, so that every unexpected name becomes a finding.

        Args:
            default: the preset.
            names: the listed names, in order.
            notes: receives a note if the classes were inferred from the names.
        """
        selection = self.select(default)
        if class_names(selection) == list(names):
            return selection
        return self.inferred_classes(names, notes) or selection

    def inferred_classes(self, names: Sequence[str], notes: list[str]) -> Selection | None:
        """Return the classes with the names that an output lists; None if options select classes or one is unknown."""
        if self.has_classes:
            return None
        try:
            listed = select_classes(",".join(names), self.groups, self.reader.table)
        except UsageError:
            return None
        if class_names(listed) != list(names):
            return None
        notes.append(f"classes inferred from the file because no option selects them: {', '.join(names)}")
        return listed


def class_names(selection: Selection) -> list[str]:
    """Return the names of the classes, in order."""
    return [item.name for item in selection.classes]
