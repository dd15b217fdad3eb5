"""Label maps as a source: maps of maps are the same maps, and COCO finds the same objects as from polygons."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityconv.engine.convert import convert
from cityconv.engine.make_plan import make_plan
from cityconv.engine.settings import Settings
from cityconv.formats import FORMATS
from tests.builders import FRAME, box, data_of, document, street, tree_of, write_dataset
from tests.commands import run_inline
from tests.pngs import read_image

if TYPE_CHECKING:
    from cityconv.vocabulary import ReadKind
    from tests.builders import Document

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"
)  # pycocotools with numpy 2

KINDS = ("labelIds", "labelTrainIds", "color", "instanceIds")
# Labels that all kinds of map tell apart: colors and train ids are their own.
DISTINCT = ("road", "building", "sky", "person", "car", "bicycle")
NAMES = (*DISTINCT, "cargroup", "persongroup", "caravan", "static", "pole", "polegroup", "license plate", "unlabeled")


@st.composite
def documents(draw: st.DrawFn, names: tuple[str, ...] = NAMES) -> Document:
    """Boxes and triangles, some outside the image, empty, or hidden."""
    width, height = draw(st.integers(1, 20)), draw(st.integers(1, 14))
    x, y = st.integers(-3, width + 3), st.integers(-3, height + 3)
    boxes = st.builds(box, x, y, st.integers(1, width), st.integers(1, height))
    triangles = st.lists(st.tuples(x, y).map(list), min_size=0, max_size=3)
    drawn = st.tuples(st.sampled_from(names), st.one_of(boxes, boxes, triangles))
    return document(*draw(st.lists(drawn, max_size=9)), width=width, height=height)


def export(source: Path, out: Path, command: str, read: ReadKind | None = None, **options: Any) -> dict[str, bytes]:
    """Convert a data set, and return the files of the output."""
    format_options = FORMATS[command](**options)
    output = FORMATS[command].output(source=source, out=out, read=read)
    assert not convert(make_plan(output, {command: format_options}), out, Settings()).bad
    return data_of(tree_of(out))


class Masks(NamedTuple):
    """The annotations of a COCO file: category, crowd, box, area and mask of each."""

    rows: list[tuple[Any, ...]]


def masks(files: dict[str, bytes]) -> Masks:
    content = json.loads(files["annotations/instances_train.json"])
    return Masks(
        sorted(
            (item["category_id"], item["iscrowd"], item["bbox"], item["area"], item["segmentation"]["counts"])
            for item in content["annotations"]
        )
    )


@given(documents())
@settings(max_examples=20)
def test_instance_maps_and_their_maps_are_read_back_to_the_same_bytes(content: Document) -> None:
    with TemporaryDirectory() as folder:
        source = write_dataset(Path(folder, "source"), {FRAME: content})
        maps = export(source, Path(folder, "maps"), "labelmap", kind=list(KINDS))
        again = export(Path(folder, "maps"), Path(folder, "again"), "labelmap", "instanceIds", kind=list(KINDS))
        assert again == maps


@given(documents(DISTINCT), st.sampled_from(["labelIds", "labelTrainIds", "color"]))
@settings(max_examples=20)
def test_maps_of_classes_are_read_back_to_the_same_bytes(content: Document, kind: ReadKind) -> None:
    kinds = ["labelIds", "labelTrainIds", "color"]
    with TemporaryDirectory() as folder:
        source = write_dataset(Path(folder, "source"), {FRAME: content})
        maps = export(source, Path(folder, "maps"), "labelmap", kind=kinds)
        assert export(Path(folder, "maps"), Path(folder, "again"), "labelmap", kind, kind=kinds) == maps


@given(documents(), st.sampled_from(["labelIds", "labelTrainIds", "color"]))
@settings(max_examples=15)
def test_a_map_of_classes_of_any_labels_is_read_back_to_itself(content: Document, kind: ReadKind) -> None:
    with TemporaryDirectory() as folder:
        source = write_dataset(Path(folder, "source"), {FRAME: content})
        maps = export(source, Path(folder, "maps"), "labelmap", kind=[kind])
        assert export(Path(folder, "maps"), Path(folder, "again"), "labelmap", kind, kind=[kind]) == maps


@given(documents(), st.sampled_from(["instances", "things", "labels"]))
@settings(max_examples=20)
def test_coco_finds_the_same_objects_in_instance_maps_as_in_polygons(content: Document, classes: str) -> None:
    """Two objects of stuff are one region of a map, so classes of stuff are compared as classes.

    An object that is drawn as unlabeled has the pixels of the background, and is none in a map.
    """
    content["objects"] = [item for item in content["objects"] if item["label"] != "unlabeled"]
    task = "semantic" if classes == "labels" else "instance"
    with TemporaryDirectory() as folder:
        source = write_dataset(Path(folder, "source"), {FRAME: content})
        export(source, Path(folder, "maps"), "labelmap", kind=["instanceIds"])
        options: dict[str, Any] = {"classes": classes, "task": task}
        expected = masks(export(source, Path(folder, "polygons"), "coco", **options))
        assert masks(export(Path(folder, "maps"), Path(folder, "coco"), "coco", "instanceIds", **options)) == expected


@pytest.mark.parametrize("command", FORMATS)
def test_every_format_of_a_street_is_the_same_from_polygons_and_from_its_instance_map(
    command: str, tmp_path: Path
) -> None:
    """The car of the street that is hidden is in no map, and its groups are one region; both change nothing here."""
    scene = street()
    scene["objects"] = [item for item in scene["objects"] if item["label"] != "cargroup"]
    source = write_dataset(tmp_path / "source", {FRAME: scene})
    export(source, tmp_path / "maps", "labelmap", kind=["instanceIds"])
    tasks = {"voc": "instance", "yolo": "segment"}
    options: dict[str, Any] = {"task": tasks[command]} if command in tasks else {}
    expected = export(source, tmp_path / "polygons", command, **options)
    found = export(tmp_path / "maps", tmp_path / "from maps", command, "instanceIds", **options)
    if command in {"panoptic", "labelmap"}:  # in the others, objects are in the order of the map's values
        assert found == expected
    assert set(found) == set(expected)
    task = ("--task", options["task"]) if options else ()
    checked = run_inline("verify", tmp_path / "maps", tmp_path / "from maps", "--read", "instanceIds", *task)
    assert (checked.status, checked.out) == (0, ""), checked.err


def test_numbers_of_instances_stay_where_some_are_hidden(tmp_path: Path) -> None:
    scene = document(
        ("car", box(0, 0, 4, 4)), ("car", box(8, 0, 4, 4)), ("bus", box(0, 0, 6, 6)), ("car", box(20, 0, 4, 4))
    )
    source = write_dataset(tmp_path / "source", {FRAME: scene})
    export(source, tmp_path / "maps", "labelmap", kind=["instanceIds"])
    export(tmp_path / "maps", tmp_path / "again", "labelmap", "instanceIds", kind=["instanceIds"])
    (path,) = (tmp_path / "again").rglob("*.png")
    assert np.unique(read_image(path)).tolist() == [0, 26_001, 26_002, 28_000]
