"""What an output is taken to be made with: what the options say, and for the rest what its files say of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.errors import UsageError
from cityconv.source.classes import select_classes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cityconv.frame.category_ids import CategoryIds
    from cityconv.frame.rasterized import Extent
    from cityconv.source.classes import Groups, Selection
    from cityconv.vocabulary import LabelMapKind


@dataclass(frozen=True)
class ExpectedOptions:
    """The options of the converters as far as they shape what is in the files.

    Attributes:
        select: gives the classes that the options ask for, or else those of the preset that it is given.
        has_classes: whether the options ask for any.
        groups: what becomes of groups.
        task: what one annotation stands for; None to conclude it.
        category_ids: where category ids come from; None to conclude it.
        extent: what is visible of an object, or all that was drawn.
        min_area: the number of pixels below which objects are left out.
        kinds: the kinds of label map; those that there are when empty.
        name_template: the names of COCO files.
        image_suffix: what follows a frame's name in the name of its image.
        voc_suffix: the same for VOC.
    """

    select: Callable[[str], Selection]
    has_classes: bool = False
    groups: Groups = "crowd"
    task: str | None = None
    category_ids: CategoryIds | None = None
    extent: Extent = "visible"
    min_area: int = 1
    kinds: tuple[LabelMapKind, ...] = ()
    name_template: str = "instances_{split}.json"
    image_suffix: str = "_leftImg8bit.png"
    voc_suffix: str = ".jpg"

    def task_among(self, tasks: Iterable[str]) -> str | None:
        """Return the task, if a format has it: OUT may hold several formats, and tasks are not called alike in all."""
        return next((task for task in tasks if task == self.task), None)

    def classes_of(self, default: str, names: Sequence[str], notes: list[str]) -> Selection:
        """Return the classes of an output that lists their names.

        They are those that the options ask for; else those of the preset that is the default, or those that the names
        stand for, which is noted; in the end the default again, so that each name that stands for none is found.
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
        notes.append(f"classes taken from the file, as no option names them: {', '.join(names)}")
        return listed


def _names(selection: Selection) -> list[str]:
    return [item.name for item in selection.classes]


def frame_name(file_name: str, names: Iterable[str]) -> str | None:
    """Return the frame that a file belongs to, whatever follows the frame's name in the file's."""
    known = names if isinstance(names, (set, dict, frozenset)) else set(names)
    ends = [place for place, character in enumerate(file_name) if character in "_."]
    return next((file_name[:end] for end in reversed(ends) if file_name[:end] in known), None)
