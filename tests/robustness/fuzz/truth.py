"""What a document means, worked out slowly and plainly, and what outputs of it must therefore hold."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.source.label_table import VOID_TRAIN_ID
from tests.raster.slow_fill import fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cityconv.frame.rasterized import Extent
    from cityconv.source.classes import Selection
    from cityconv.source.polygons import Annotation
    from tests.builders import Document

Box = tuple[int, int, int, int]


class Expected(NamedTuple):
    """A segment that an output must hold: its class, its objects by their numbers, and its pixels."""

    class_index: int
    is_crowd: bool
    members: list[int]
    mask: NDArray[np.bool_]

    @property
    def area(self) -> int:
        return int(self.mask.sum())

    @property
    def box(self) -> Box:
        """The smallest box around the pixels: x0, y0, x1, y1, half-open."""
        return box_of(self.mask)


def box_of(mask: NDArray[np.bool_]) -> Box:
    """Return the smallest box around the pixels of a mask: x0, y0, x1, y1, half-open."""
    rows, columns = np.nonzero(mask)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


class Truth:
    """What each object of a document covers.

    Attributes:
        objects: what the objects were drawn as.
        height: rows of the image.
        width: columns of the image.
    """

    def __init__(self, document: Document, annotation: Annotation) -> None:
        self.objects = annotation.objects
        self.height, self.width = document["imgHeight"], document["imgWidth"]
        self._polygons = [
            [(int(x), int(y)) for x, y in item["polygon"]] for item in document["objects"] if not item.get("deleted")
        ]
        self._fronts: dict[bool, NDArray[np.int64]] = {}

    @cached_property
    def full(self) -> list[NDArray[np.bool_]]:
        """The pixels of each object as drawn."""
        return [fill(polygon, self.height, self.width) for polygon in self._polygons]

    def front(self, with_plates: bool) -> NDArray[np.int64]:
        """Return one more than the number of the object in front at each pixel, 0 for none."""
        if with_plates not in self._fronts:
            image = np.zeros((self.height, self.width), np.int64)
            for number, (item, mask) in enumerate(zip(self.objects, self.full, strict=True), 1):
                if with_plates or item.label.id >= 0:
                    image[mask] = number
            self._fronts[with_plates] = image
        return self._fronts[with_plates]

    def mask(self, number: int, extent: Extent, with_plates: bool) -> NDArray[np.bool_]:
        """Return the pixels of an object."""
        return self.full[number] if extent == "full" else self.front(with_plates) == number + 1

    def segments(
        self, selection: Selection, *, extent: Extent, min_area: int, per_class: bool = False, merge_crowds: bool = True
    ) -> list[Expected]:
        """Return what a list of annotations must hold; arguments as those of `find_segments`."""
        found: dict[tuple[int, bool, int], Expected] = {}
        for number, class_index, is_crowd in self._placed(selection):
            mask = self.mask(number, extent, selection.has_plates)
            if not mask.any():
                continue
            is_crowd = is_crowd and not per_class
            is_shared = per_class or (is_crowd and merge_crowds)
            key = (class_index, is_crowd, -1 if is_shared else number)
            before = found.get(key, Expected(class_index, is_crowd, [], np.zeros_like(mask)))
            found[key] = before._replace(members=[*before.members, number], mask=before.mask | mask)
        return [segment for segment in found.values() if segment.area >= min_area]

    def _placed(self, selection: Selection) -> Iterator[tuple[int, int, bool]]:
        for number, item in enumerate(self.objects):
            placement = selection.place(item)
            if not isinstance(placement, str):
                yield number, placement.class_index, placement.is_crowd

    def class_image(self, selection: Selection, values: Sequence[int], background: int) -> NDArray[np.int64]:
        """Return the image of the value of the class in front."""
        table = np.full(len(self.objects) + 1, background)
        for number, class_index, _ in self._placed(selection):
            table[number + 1] = values[class_index]
        return table[self.front(selection.has_plates)]

    def instance_table(self, selection: Selection, values: Sequence[int], background: int) -> NDArray[np.int64]:
        """Return the value of the background and of each object, instances numbered as the release does."""
        table = np.full(len(self.objects) + 1, background)
        seen: Counter[int] = Counter()
        for number, class_index, is_crowd in self._placed(selection):
            table[number + 1] = value = values[class_index]
            if selection.classes[class_index].has_instances and not is_crowd and value != VOID_TRAIN_ID:
                table[number + 1] = value * 1000 + seen[class_index]
                seen[class_index] += 1
        return table

    def shown(self, selection: Selection) -> list[int]:
        """Return the selected objects of which a pixel is visible."""
        visible = set(np.unique(self.front(selection.has_plates)).tolist())
        return [number for number, _, _ in self._placed(selection) if number + 1 in visible]
