"""The options that an output should have been made with: as given, or else inferred from its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.errors import UsageError
from cityconv.source.classes import select_classes
from cityconv.vocabulary import COCO_FILE_NAME, IMAGE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cityconv.source.classes import Selection
    from cityconv.vocabulary import CategoryIdScheme, Extent, Groups, LabelMapKind, Preset


def _select_preset(preset: Preset) -> Selection:
    return select_classes(preset, "crowd")


@dataclass(frozen=True)
class ExpectedOptions:
    """The options of the converters that determine the content of the files.

    Attributes:
        select: returns the classes that the options select, or if they select none, those of the given preset.
        has_classes: whether the options select classes.
        groups: how groups are represented.
        task: what one annotation stands for; None to infer it.
        category_ids: the scheme of category ids; None to infer it.
        extent: the visible or the full extent of objects.
        min_area: objects with fewer pixels are skipped.
        kinds: the kinds of label map; empty for those that are present.
        name_template: the names of COCO files, with `{split}` for the name of the subset.
        image_suffix: follows the name of a frame in the name of its image.
        voc_suffix: the same for VOC.
    """

    select: Callable[[Preset], Selection] = _select_preset
    has_classes: bool = False
    groups: Groups = "crowd"
    task: str | None = None
    category_ids: CategoryIdScheme | None = None
    extent: Extent = "visible"
    min_area: int = 1
    kinds: tuple[LabelMapKind, ...] = ()
    name_template: str = COCO_FILE_NAME
    image_suffix: str = IMAGE_SUFFIX
    voc_suffix: str = ".jpg"

    def task_among(self, tasks: Iterable[str]) -> str | None:
        """Return the task if a format has it, else None: a folder may hold outputs of formats with other tasks."""
        return next((task for task in tasks if task == self.task), None)

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
        if self.has_classes or _names(selection) == list(names):
            return selection
        try:
            listed = select_classes(",".join(names), self.groups)
        except UsageError:
            return selection
        if _names(listed) != list(names):
            return selection
        notes.append(f"classes inferred from the file because no option selects them: {', '.join(names)}")
        return listed


def _names(selection: Selection) -> list[str]:
    return [item.name for item in selection.classes]


def frame_name(file_name: str, names: Iterable[str]) -> str | None:
    """Return the longest frame name that a file name begins with, followed by `_` or `.`; None if there is none."""
    known = names if isinstance(names, (set, dict, frozenset)) else set(names)
    ends = [index for index, character in enumerate(file_name) if character in "_."]
    return next((file_name[:end] for end in reversed(ends) if file_name[:end] in known), None)
