"""CSV tables of scenes worked out by hand, read by Python's csv module."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from tests.builders import FRAME, SCENES, box, document
from tests.commands import convert_dataset, convert_scene

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Document

SCENE = document(
    ("sky", box(0, 0, 12, 3)),
    ("cargroup", box(8, 0, 2, 2)),
    ("car", box(1, 1, 5, 4)),
    ("person", box(4, 3, 4, 4)),
    ("car", box(9, 6, 1, 1)),
    ("cargroup", box(9, 5, 3, 3)),
    width=12,
    height=8,
)


def rows_of(folder: Path, scene: Document, *options: str) -> list[dict[str, str]]:
    content = convert_scene(folder, scene, "csv", *options)["annotations_train.csv"]
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def cells(row: dict[str, str], *columns: str) -> tuple[str, ...]:
    return tuple(row[column] for column in columns)


def test_the_header_names_the_columns_and_lines_end_in_cr_lf(tmp_path: Path) -> None:
    content = convert_scene(tmp_path, SCENE, "csv")["annotations_train.csv"]
    header, first, *_ = content.split(b"\r\n")
    assert header == b"image,split,city,width,height,class,class_id,crowd,x0,y0,x1,y1,area,visible_fraction"
    assert first.startswith(b"aachen/aachen_000000_000019_leftImg8bit.png,train,aachen,12,8,car,26,1,8,0,10,2,4,")
    assert content.endswith(b"\r\n")


def test_a_row_has_the_half_open_box_and_the_area_of_what_is_visible(tmp_path: Path) -> None:
    assert [cells(row, "class", "crowd", "x0", "y0", "x1", "y1", "area") for row in rows_of(tmp_path, SCENE)] == [
        ("car", "1", "8", "0", "10", "2", "4"),
        ("car", "0", "1", "1", "6", "5", "16"),
        ("person", "0", "4", "3", "8", "7", "16"),
        ("car", "1", "9", "5", "12", "8", "9"),
    ]


def test_the_visible_fraction_is_what_occlusion_leaves(tmp_path: Path) -> None:
    assert [row["visible_fraction"] for row in rows_of(tmp_path, SCENE)] == [
        "1.000000",
        "0.800000",
        "1.000000",
        "1.000000",
    ]


def test_with_the_full_extent_a_hidden_object_has_a_visible_fraction_of_0(tmp_path: Path) -> None:
    hidden = rows_of(tmp_path, SCENE, "--extent", "full")[3]
    assert cells(hidden, "class", "x0", "y0", "x1", "y1", "area", "visible_fraction") == (
        "car", "9", "6", "10", "7", "1", "0.000000",
    )  # fmt: skip


def test_the_semantic_task_has_a_row_per_class(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, SCENE, "--task", "semantic", "--category-ids", "train")
    assert [cells(row, "class", "class_id", "crowd", "area") for row in rows] == [
        ("sky", "10", "0", "22"),
        ("car", "13", "0", "29"),
        ("person", "11", "0", "16"),
    ]


def test_there_is_one_file_per_subset_and_a_frame_without_objects_has_no_row(tmp_path: Path) -> None:
    files = convert_dataset(tmp_path, SCENES, "csv")
    assert sorted(files) == ["annotations_test.csv", "annotations_train.csv", "annotations_val.csv"]
    assert len(files["annotations_test.csv"].splitlines()) == 1
    images = {row["image"] for row in csv.DictReader(io.StringIO(files["annotations_train.csv"].decode(), newline=""))}
    assert images == {
        f"{key.partition('/')[2]}_leftImg8bit.png" for key in SCENES if key.startswith(FRAME.partition("/")[0])
    }
