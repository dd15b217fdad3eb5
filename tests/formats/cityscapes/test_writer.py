"""Cityscapes' own form: polygons that stay as they were drawn, or that draw exactly what is visible."""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from cityconv.raster.region_walks import region_polygons
from cityconv.raster.regions import Regions
from tests.builders import (
    FRAME,
    Document,
    annotation_path,
    box,
    data_of,
    document,
    street,
    tree_of,
    write_dataset,
    zip_folder,
)
from tests.commands import cityconv, invoke, run_inline
from tests.layouts.test_maps_of_maps import documents
from tests.pngs import decode_image, read_image
from tests.raster.slow_fill import fill

KINDS = ("--kind", "labelIds,instanceIds,color")


def convert(command: str, source: Path, out: Path, *options: str) -> Path:
    outcome = invoke(command, source, "-o", out, "-j", "1", *options)
    assert outcome.status == 0, outcome.err
    return out


def objects(out: Path) -> list[tuple[str, Any]]:
    content = json.loads(annotation_path(out, FRAME).read_bytes())
    return [(item["label"], item["polygon"]) for item in content["objects"]]


def maps(source: Path, folder: Path, *options: str) -> dict[str, bytes]:
    return data_of(tree_of(convert("labelmap", source, folder, *KINDS, *options)))


def test_polygons_stay_as_they_were_drawn(tmp_path: Path) -> None:
    """The hidden car, the license plate and repeated points stay; what tools add and deleted objects do not."""
    scene = street()
    scene["objects"].append({"label": "car", "polygon": box(0, 0, 3, 3), "deleted": 1, "user": "me"})
    scene["objects"].append({"label": "person", "polygon": [[1.9, 2], [5, 2], [-0.9, 7]], "id": 3, "date": "now"})
    out = convert("cityscapes", write_dataset(tmp_path / "source", {FRAME: scene}), tmp_path / "out")
    drawn = [(item["label"], [list(point) for point in item["polygon"]]) for item in street()["objects"]]
    assert objects(out) == [*drawn, ("person", [[1, 2], [5, 2], [0, 7]])]


def test_the_file_is_formatted_as_in_the_release(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: document(("car", [[1, 2], [3, 4]]))})
    content = annotation_path(convert("cityscapes", source, tmp_path / "out"), FRAME).read_text()
    expected = """{
    "imgHeight": 32,~
    "imgWidth": 64,~
    "objects": [
        {
            "label": "car",~
            "polygon": [
                [
                    1,~
                    2
                ],~
                [
                    3,~
                    4
                ]
            ]
        }
    ]
}"""
    assert content == expected.replace("~", " ")


def test_a_map_becomes_one_polygon_per_object(tmp_path: Path) -> None:
    """Cars that are told apart are cars, and those that are not are one group."""
    scene = document(
        ("road", box(0, 0, 64, 32)), ("car", box(2, 2, 5, 5)), ("cargroup", box(30, 2, 4, 4)), ("car", box(9, 2, 5, 5)),
        ("cargroup", box(40, 20, 4, 4)), ("pole", box(4, 0, 1, 30)),
    )  # fmt: skip
    source = write_dataset(tmp_path / "source", {FRAME: scene})
    convert("labelmap", source, tmp_path / "maps", "--kind", "instanceIds")
    out = convert("cityscapes", tmp_path / "maps", tmp_path / "out")
    assert sorted(name for name, _ in objects(out)) == ["car", "car", "cargroup", "pole", "road"]
    assert maps(out, tmp_path / "again") == maps(tmp_path / "maps", tmp_path / "first")


def test_a_map_of_labels_tells_no_things_apart(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: document(("car", box(2, 2, 5, 5)), ("sky", box(9, 9, 5, 5)))})
    convert("labelmap", source, tmp_path / "maps", "--kind", "labelIds")
    assert [name for name, _ in objects(convert("cityscapes", tmp_path / "maps", tmp_path / "out"))] == [
        "sky",
        "cargroup",
    ]


@pytest.mark.parametrize(
    "options",
    [
        ["--size", "31x17"],
        ["--size", "150%"],
        ["--classes", "car,person,road"],
        ["--classes", "labels"],
        ["--classes", "car,license plate"],
        ["--groups", "merge"],
        ["--groups", "drop"],
        ["--groups", "class"],
    ],
    ids=" ".join,
)
def test_what_is_visible_with_options_is_drawn_again_without_them(options: list[str], tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    out = convert("cityscapes", source, tmp_path / "out", *options)
    if not {"class", "car,license plate"} & {*options}:  # which have no value in label maps
        first, again = (tmp_path / "first", options), (tmp_path / "again", ())
        (expected, drawn) = (
            data_of(tree_of(convert("labelmap", place, folder, "--kind", "labelIds,color", *own)))
            for place, (folder, own) in ((source, first), (out, again))
        )
        assert drawn == expected
    assert "findings: none" in invoke("verify", source, out).err


@given(documents())
@settings(max_examples=10)
def test_the_maps_of_any_frame_come_back(content: Document) -> None:
    """Instances keep their order; numbers of hidden ones are not left free."""
    with TemporaryDirectory() as folder:
        source = write_dataset(Path(folder, "source"), {FRAME: content})
        out = convert("cityscapes", source, Path(folder, "out"), "--classes", "labels")
        both = [convert("labelmap", item, item / "maps", *KINDS) for item in (source, out)]
        images = [{path.name: read_image(path) for path in maps.rglob("*.png")} for maps in both]
    first, again = images
    for name, image in first.items():
        if "instanceIds" not in name:
            np.testing.assert_array_equal(again[name], image)
            continue
        pairs = {*zip(image.ravel().tolist(), again[name].ravel().tolist(), strict=True)}
        assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
        assert all(min(one, one // 1000 or one) == min(other, other // 1000 or other) for one, other in pairs)


def test_a_class_that_is_no_label_is_refused(tmp_path: Path) -> None:
    (tmp_path / "classes.toml").write_text('[classes]\nvehicle = ["car", "truck"]\n')
    source = write_dataset(tmp_path / "source")
    outcome = run_inline("cityscapes", source, "-o", tmp_path / "out", "--class-map", tmp_path / "classes.toml")
    assert (outcome.status, outcome.err) == (
        2,
        "error: class 'vehicle' is not in the label table cityscapes\n"
        "hint: name classes as labels, or add them with --labels\n",
    )


def test_a_group_without_a_label_is_refused(tmp_path: Path) -> None:
    """`polegroup` is a class of its own, so nothing says a group of poles."""
    (tmp_path / "classes.toml").write_text('[classes]\npole = ["pole", "car"]\n')
    source = write_dataset(tmp_path / "source", {FRAME: street()})
    outcome = run_inline("cityscapes", source, "-o", tmp_path / "out", "--class-map", tmp_path / "classes.toml")
    assert outcome.status == 1
    assert "the label table cityscapes has no label for a group of 'pole'" in outcome.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("options", [(), ("--overwrite",), ("--update",)])
def test_the_annotations_that_are_read_are_never_replaced(options: tuple[str, ...], tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "city")
    before = tree_of(source)
    outcome = run_inline("cityscapes", source, "-o", source, "--size", "50%", *options)
    assert outcome.status == 1
    assert "would replace an annotation of the data set\nhint: choose another --out\n" in outcome.err
    assert tree_of(source) == before


def test_a_recipe_makes_a_data_set_of_polygons_and_maps(tmp_path: Path) -> None:
    source = zip_folder(write_dataset(tmp_path / "city"), tmp_path / "city.zip")
    (tmp_path / "recipe.toml").write_text(
        f'source = "{source}"\nout = "{tmp_path}/out"\nsize = "50%"\n[outputs.cityscapes]\n[outputs.labelmap]\n'
    )
    outcome = cityconv("run", tmp_path / "recipe.toml", "-j", "1")
    assert outcome.status == 0, outcome.err
    drawn = convert("labelmap", tmp_path / "out/cityscapes", tmp_path / "again")
    assert data_of(tree_of(drawn)) == data_of(tree_of(tmp_path / "out/labelmap"))


def test_with_a_tolerance_there_are_fewer_points_and_the_pixels_that_differ_are_counted(tmp_path: Path) -> None:
    circle = [[round(32 + 14 * np.cos(t / 6)), round(16 + 14 * np.sin(t / 6))] for t in range(37)]
    source = write_dataset(tmp_path / "source", {FRAME: document(("road", box(0, 0, 64, 32)), ("car", circle))})
    exact = convert("cityscapes", source, tmp_path / "exact", "--classes", "labels")
    outcome = run_inline("cityscapes", source, "-o", tmp_path / "near", "--tolerance", "2")
    assert outcome.status == 0
    near, found = objects(tmp_path / "near"), re.search(r"cityscapes: (\d+) pixels differ from the source", outcome.err)
    assert [label for label, _ in near] == ["road", "car"]
    assert sum(len(polygon) for _, polygon in near) < sum(len(polygon) for _, polygon in objects(exact))
    pictures = [maps(folder, tmp_path / f"maps of {folder.name}") for folder in (exact, tmp_path / "near")]
    labels = [decode_image(files[f"gtFine/{FRAME}_gtFine_labelIds.png"]) for files in pictures]
    assert found
    assert int(found[1]) == np.count_nonzero(labels[0] != labels[1]) > 0


@pytest.mark.parametrize("seed", range(6))
def test_with_a_tolerance_no_pixel_differs_far_from_a_border(seed: int) -> None:
    chance = np.random.default_rng(seed)
    mask = np.kron(chance.random((8, 10)) < 0.5, np.ones((4, 6), np.bool_))
    tolerance = int(chance.integers(1, 4))
    row, left, right = (np.array(part, np.int64) for part in _runs(mask))
    regions = Regions(np.zeros(len(row), np.int64), row, left, right, 1, *mask.shape)
    (polygon,) = region_polygons(regions, tolerance)
    drawn = fill([(int(x), int(y)) for x, y in polygon], *mask.shape)
    changes = np.pad(mask, ((0, 0), (1, 1)))
    borders = np.argwhere(changes[:, 1:] != changes[:, :-1])
    for y, x in np.argwhere(drawn != mask).tolist():
        assert any(y == row and x - tolerance - 1 <= column <= x + tolerance + 1 for row, column in borders)


def _runs(mask: Any) -> tuple[list[int], list[int], list[int]]:
    padded = np.pad(mask, ((0, 0), (1, 1)))
    row, column = np.nonzero(padded[:, 1:] != padded[:, :-1])
    return row[::2].tolist(), column[::2].tolist(), column[1::2].tolist()
