"""The numbers of instances, as the oracle states them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.check.reference import instance_ids
from cityconv.frame.reading import FrameReader, open_dataset
from cityconv.options import SourceOptions
from cityconv.source.classes import read_class_map, select_classes
from tests.builders import FRAME, box, document, write_dataset, write_frame
from tests.commands import invoke

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.vocabulary import Groups

# From back to front. In a map of instances: truck 27000, cars 26000 and 26001, and the group 26.
SCENE = (
    ("truck", box(20, 2, 9, 9)),
    ("car", box(2, 2, 9, 9)),
    ("car", box(2, 16, 9, 9)),
    ("cargroup", box(40, 2, 9, 9)),
)


def from_map(folder: Path) -> RasterizedFrame:
    """Return the scene as read from a map; its objects are in the order of their values."""
    source = write_dataset(folder / "source", {FRAME: document(*SCENE)})
    assert invoke("labelmap", source, "-o", folder / "maps", "-j", "1", "--kind", "instanceIds").status == 0
    dataset, reader = open_dataset(SourceOptions(source=folder / "maps"))
    return reader(dataset.frames[0])


def test_instances_are_counted_in_file_order(tmp_path: Path) -> None:
    rasterized = FrameReader()(write_frame(tmp_path, *SCENE))
    selection = select_classes("car,truck", "crowd")
    assert instance_ids(rasterized, selection, [26, 27], 0) == [0, 27000, 26000, 26001, 26]


def test_classes_that_share_a_value_are_counted_together(tmp_path: Path) -> None:
    rasterized = FrameReader()(write_frame(tmp_path, *SCENE))
    assert instance_ids(rasterized, select_classes("car,truck", "drop"), [4, 4], 7) == [7, 4000, 4001, 4002, 7]


def test_instances_of_a_map_keep_its_numbers(tmp_path: Path) -> None:
    rasterized = from_map(tmp_path)
    assert rasterized.annotation.instances is not None
    numbered = rasterized.annotation._replace(instances=rasterized.annotation.instances * 3)
    rasterized.annotation = numbered
    selection = select_classes("car,truck", "crowd")
    assert instance_ids(rasterized, selection, [26, 27], 0) == [0, 26, 26000, 26003, 27000]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [("merge", [0, 1002, 1000, 1001, 1003]), ("crowd", [0, 1, 1000, 1001, 1002])],
)
def test_a_number_that_is_missing_or_taken_becomes_the_next_free_one(
    groups: Groups, expected: list[int], tmp_path: Path
) -> None:
    path = tmp_path / "classes.toml"
    path.write_text('[classes]\nvehicle = ["car", "truck"]\n')
    ids = instance_ids(from_map(tmp_path), read_class_map(path, groups), [1], 0)
    assert ids == expected
