"""The look-up tables that turn the object map of a frame into the pixels of a label map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cityconv.frame.label_values import class_ids, class_values, instance_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.frame.map_kinds import MapKind
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection

_OPAQUE = 255


def pixel_table(kind: MapKind, rasterized: RasterizedFrame, selection: Selection) -> NDArray[Any]:
    """Return the look-up table from the object map of a frame of N objects to the pixels of a map.

    Returns:
        uint8 (N + 1,) for ids of classes, uint16 (N + 1,) for ids of instances, uint8 (N + 1, 4) for colors with alpha.

    Raises:
        UsageError: as for `label_values.class_ids`.
        AnnotationError: as for `label_values.instance_values`.
    """
    values = values_of(kind, selection)
    if kind.content == "color":
        colors = np.array([*(item.color for item in selection.classes), selection.table.background_color], np.uint8)
        with_alpha = np.insert(colors, 3, _OPAQUE, axis=1)
        return with_alpha[class_values(rasterized, selection, values, len(selection.classes))]
    background = selection.background(kind.scheme)
    if kind.content == "instance":
        return np.array(instance_values(rasterized, selection, values, background, kind.bits), np.uint16)
    return np.array(class_values(rasterized, selection, values, background), np.uint8)


def values_of(kind: MapKind, selection: Selection) -> list[int]:
    """Return the value of each class in a map of this kind; for colors and masks, its index.

    Raises:
        UsageError: as for `label_values.class_ids`.
    """
    if kind.content in ("color", "masks"):
        return list(range(len(selection.classes)))
    return class_ids(selection, kind.scheme, kind.bits, instances=kind.content == "instance")
