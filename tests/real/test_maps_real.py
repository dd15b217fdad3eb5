"""The released maps as a source: the same regions, pixel for pixel, as the polygons give."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from cityconv.frame.rasterized import RasterizedFrame
from cityconv.raster.map_runs import find_runs
from cityconv.source.frame import Frame
from cityconv.source.labels.files import load_table
from cityconv.source.layout import find_frames
from cityconv.source.map_png import read_color_map, read_id_map
from cityconv.source.map_values import DistinctValues, find_objects, map_encoding
from cityconv.source.polygons import ObjectLabel, parse_annotation
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cityconv.raster.objectmap import ObjectMap

SOURCE = Path(os.environ.get("CITYSCAPES_DATASET", ""))
TABLE = load_table("cityscapes")
STEP = 25  # every 25th of 500 frames

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not os.environ.get("CITYSCAPES_DATASET"), reason="CITYSCAPES_DATASET is not set"),
]


class Region(NamedTuple):
    """What is one region in an instance map."""

    name: str
    is_group: bool
    instance: int


class Drawn(NamedTuple):
    """An object map, and what each of its objects is."""

    objects: ObjectMap
    labels: Sequence[ObjectLabel]
    regions: Sequence[Region]


def frames() -> list[Frame]:
    found = find_frames(SOURCE, splits=["val"])[::STEP]
    assert len(found) == 20
    return found


def from_map(frame: Frame, kind: LabelMapKind) -> Drawn:
    path = Path(frame.where.removesuffix(f"_{frame.tree}_polygons.json") + f"_{frame.tree}_{kind}.png")
    read = read_color_map if kind == LabelMapKind.COLOR else read_id_map
    runs = find_runs(read(path.read_bytes(), str(path)))
    values = DistinctValues(runs.values, runs.areas(), runs.first_pixels())
    found = find_objects(values, map_encoding(kind, TABLE), TABLE, str(path))
    regions = [
        Region(item.name, item.is_group, instance)
        for item, instance in zip(found.objects, found.instances.tolist(), strict=True)
    ]
    return Drawn(runs.object_map(found.is_object), found.objects, regions)


def from_polygons(frame: Frame) -> Drawn:
    """Return the objects of a frame, their instances counted as the official converter does."""
    annotation = parse_annotation(frame.read(), frame.where)
    regions, counts = [], Counter[str]()
    for item in annotation.objects:
        is_instance = item.label.has_instances and not item.is_group
        regions.append(Region(item.name, item.is_group, counts[item.name] if is_instance else -1))
        counts[item.name] += is_instance
    return Drawn(RasterizedFrame(frame, annotation).object_map(), annotation.objects, regions)


def image_of(objects: ObjectMap, numbers: Sequence[int]) -> NDArray[Any]:
    """Return the image of an object map with a number for each object; 0 for the background."""
    return objects.through(np.array([0, *numbers], np.int64))


@pytest.mark.parametrize("frame", frames() if SOURCE.name else [], ids=lambda frame: frame.name)
def test_instance_maps_have_the_regions_of_the_polygons(frame: Frame) -> None:
    expected, found = from_polygons(frame), from_map(frame, LabelMapKind.INSTANCE_IDS)
    number_of = {region: number for number, region in enumerate(dict.fromkeys(expected.regions), 1)}
    assert set(found.regions) <= set(number_of)
    assert len(set(found.regions)) == len(found.regions)  # groups of one class are one region
    images = [image_of(drawn.objects, [number_of[region] for region in drawn.regions]) for drawn in (expected, found)]
    np.testing.assert_array_equal(images[0], images[1])
    visible = set(np.unique(images[0]).tolist()) - {0}
    assert {number_of[region] for region in found.regions} == visible  # hidden objects are in no map


@pytest.mark.parametrize("kind", [LabelMapKind.LABEL_IDS, LabelMapKind.COLOR])
@pytest.mark.parametrize("frame", frames()[:5] if SOURCE.name else [], ids=lambda frame: frame.name)
def test_maps_of_classes_have_the_classes_of_the_polygons(frame: Frame, kind: LabelMapKind) -> None:
    def class_of(label: ObjectLabel) -> int:
        if kind == LabelMapKind.LABEL_IDS:
            return label.label.id
        same_color = TABLE.label_of_color(label.label.color)
        assert same_color
        return same_color[0].id

    images = [
        image_of(drawn.objects, [class_of(label) for label in drawn.labels])
        for drawn in (from_polygons(frame), from_map(frame, kind))
    ]
    np.testing.assert_array_equal(images[0], images[1])
