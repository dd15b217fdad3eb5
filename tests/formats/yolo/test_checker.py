"""Verify on YOLO files: a fault planted in one is found, and lines between parts are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import SCENES, street, write_dataset
from tests.check.planted import (
    NAME,
    OWN_DATA,
    SHAPES,
    Fault,
    Output,
    check_fault,
    check_own_data,
    convert,
    copied,
    edit_text,
    every,
    forget,
    in_file,
    verify,
)
from tests.commands import invoke

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = f"labels/train/{NAME}_leftImg8bit.txt"


def in_rows(pattern: str, replacement: str) -> Callable[[Path], object]:
    return lambda out: edit_text(out / TEXT, pattern, replacement)


def in_description(pattern: str, replacement: str) -> Callable[[Path], object]:
    return lambda out: edit_text(out / "data.yaml", pattern, replacement)


ROW = r"(?m)^2 (\S+) (\S+) (\S+) (\S+)\n"  # of a car
YOLO_FAULTS: dict[str, Fault] = {
    "a missing object": (in_rows(ROW, ""), "missing_object", "missing car at x"),
    "an extra object": (in_rows(ROW, r"\g<0>\g<0>"), "extra_object", "line 2: car"),
    "a shifted box": (in_rows(ROW, r"2 0.234375 \2 \3 \4\n"), "box", "IoU 0.8"),
    "a box shifted by a hundredth of a pixel": (in_rows(ROW, r"2 0.219000 \2 \3 \4\n"), "box", "IoU 0.99"),
    "swapped width and height": (in_rows(ROW, r"2 \1 \2 \4 \3\n"), "box", "IoU"),
    "another class": (in_rows(ROW, r"0 \1 \2 \3 \4\n"), "class", "line 1 is person where the annotation has car"),
    "a class out of range": (in_rows(ROW, r"8 \1 \2 \3 \4\n"), "class", "class 8 of 8"),
    "a class that is not a number": (in_rows(ROW, r"car \1 \2 \3 \4\n"), "unreadable", "class 'car' is not a number"),
    "a negative class": (in_rows(ROW, r"-1 \1 \2 \3 \4\n"), "unreadable", "class '-1'"),
    "a coordinate beyond 1": (in_rows(ROW, r"2 1.01 \2 \3 \4\n"), "range", "coordinate 1.01 is not between 0 and 1"),
    "a negative coordinate": (in_rows(ROW, r"2 -0.1 \2 \3 \4\n"), "range", "-0.1"),
    "a coordinate that is NaN": (in_rows(ROW, r"2 nan \2 \3 \4\n"), "range", "nan"),
    "a coordinate that is not a number": (in_rows(ROW, r"2 x \2 \3 \4\n"), "unreadable", "'x'"),
    "a missing coordinate": (
        in_rows(ROW, r"2 \1 \2 \3\n"),
        "unreadable",
        "3 coordinates are invalid for task detect",
    ),
    "an outline among boxes": (in_rows(ROW, r"2 \1 \2 \3 \4 \3 \4\n"), "unreadable", "6 coordinates"),
    "a truncated file": (
        in_file(TEXT, lambda path: path.write_bytes(path.read_bytes()[:-1])),
        "unreadable",
        "the last line is truncated",
    ),
    "a binary file": (in_file(TEXT, lambda path: path.write_bytes(b"\xff\xfe")), "unreadable", "not UTF-8"),
    "a missing file": (in_file(TEXT, lambda path: path.unlink()), "missing", "missing"),
    "an extra file": (copied(TEXT, "labels/train/x_leftImg8bit.txt"), "extra", "belongs to no selected frame"),
    "a file of another split": (
        copied(TEXT, f"labels/val/{NAME}_leftImg8bit.txt"),
        "extra",
        "belongs to no selected frame",
    ),
    "a renamed class": (in_description('"car"', '"auto"'), "class", "class 2 is 'auto'"),
    "a duplicate class name": (in_description('"bicycle"', '"bus"'), "class", "class 7 is 'bus'"),
    "swapped classes": (
        in_description('2: "car"\n  3: "truck"', '2: "truck"\n  3: "car"'),
        "class",
        "line 1 is truck where the annotation has car",
    ),
    "no train": (in_description("(?m)^train: .*\n", ""), "missing", "missing split train"),
    "another folder": (in_description("train: images/train", "train: images/val"), "value", "train: images/val"),
    "another path": (in_description("^", "path: /data\n"), "value", "path: '/data' is not the folder"),
    "broken YAML": (in_description("^", "{\n"), "unreadable", r"line \d+: not valid YAML"),
    "no description": (in_file("data.yaml", lambda path: path.unlink()), "missing", "no such file"),
    "an empty description": (in_file("data.yaml", lambda path: path.write_text("")), "unreadable", "file is empty"),
    "names alone": (in_description("(?s)^.*(?=names)", ""), "missing", "missing split val"),
    "a description without names": (in_description("(?s)names.*", ""), "missing", "missing names"),
    "an extra class": (in_description("\\Z", '  8: "cat"\n'), "class", "extra class 8, 'cat'"),
    "a folder of another split": (in_description("test: .*", "test: images/val"), "value", "test: images/val"),
    "a lone surrogate": (in_description("train: .*", r'train: "\\uD800"'), "value", "train"),
}
SEGMENT_FAULTS: dict[str, Fault] = {
    "a shifted point": (in_rows(r"(?m)^2 \S+", "2 0.05"), "mask", "IoU"),
    "a dropped vertex": (in_rows(r"(?m)^2 \S+ \S+", "2"), "mask", "IoU|neither along a row"),
    "half a point": (in_rows(r"(?m)^2 \S+", "2"), "unreadable", "coordinates are invalid for task segment"),
    "two points": (in_rows(r"(?m)^2 .*", "2 0.1 0.1 0.2 0.2"), "unreadable", "4 coordinates"),
    "a point outside": (in_rows(r"(?m)^2 \S+", "2 1.5"), "range", "1.5"),
}
OBB_FAULTS: dict[str, Fault] = {
    "a turned box": (in_rows(r"(?m)^2 (\S+)", "2 0.11"), "box", "IoU 0.9"),
    "a missing corner": (in_rows(r"(?m)^2 \S+ \S+", "2"), "unreadable", "6 coordinates are invalid for task obb"),
}


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        *every(YOLO_FAULTS, "yolo"),
        *every(SEGMENT_FAULTS, "yolo", "--task", "segment"),
        *every(OBB_FAULTS, "yolo", "--task", "obb"),
    ],
)
def test_a_planted_fault_is_found(arguments: tuple[str, ...], fault: Fault, tmp_path: Path) -> None:
    check_fault(tmp_path, arguments, fault)


@pytest.mark.parametrize(
    "edit",
    [
        in_description("(?s)names:.*", "names: [person, rider, car, truck, bus, train, motorcycle, bicycle]"),
        in_description("train: images/train", "train:\n- images/train/"),
        in_description("train: images/train", "train: &a images/train\nmine: *a"),
        in_description(r"\Z", "nc: 8\nauthor: somebody\nlicense: {a: 1}\n"),
        lambda out: edit_text(out / "data.yaml", "^", f"path: {out}\n"),
    ],
    ids=["names as a list", "folders as a list", "an alias", "keys that do not matter", "the path of the folder"],
)
def test_a_description_that_means_the_same_has_no_findings(edit: Callable[[Path], object], tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "yolo")
    edit(made.out)
    assert verify(made) == []


def test_lines_between_parts_are_no_difference_but_others_are(tmp_path: Path) -> None:
    made = convert(tmp_path, SHAPES, "yolo", "--task", "segment")
    assert verify(made, "--task", "segment") == []
    path = made.out / TEXT
    row = next(line for line in path.read_text().splitlines() if line.startswith("2 "))
    path.write_text(path.read_text().replace(row, f"{row} 0.9 0.9 {' '.join(row.split()[-2:])}"))
    (finding,) = verify(made, "--task", "segment")
    assert finding["kind"] == "mask"


def in_text(file: str, pattern: str, replacement: str) -> Callable[[Path], object]:
    return lambda out: edit_text(out / f"labels/{file}.txt", pattern, replacement)


OWN_FAULTS: dict[str, Fault] = {
    "names of its own": (
        copied("labels/train/1_frame0029_leftImg8bit.txt", "labels/train/0_frame0029_leftImg8bit.txt"), "box", "IoU",
    ),
    "blanks in names": (in_text("train/0_street [1] (a)_leftImg8bit", ROW, ""), "missing_object", "missing car at x"),
    "two images per frame": (
        in_text("val/pano12_foggy_beta_0.02", ROW, ""), "missing_object", "missing car at x",
    ),
    "labels of IDD": (in_description("autorickshaw", "rickshaw"), "class", "'rickshaw' where 'autorickshaw'"),
    "maps": (in_text("val/2_street[1](a)_leftImg8bit", ROW, ""), "missing_object", "missing car at x"),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN_DATA)
def test_a_fault_in_data_of_ones_own_is_found(name: str, tmp_path: Path) -> None:
    check_own_data(tmp_path, OWN_DATA[name], ("yolo",), OWN_FAULTS[name])


@pytest.mark.parametrize(
    ("splits", "folders"),
    [
        (("training", "validation"), {"train": "training", "val": "validation"}),
        (("testing",), {"train": "testing", "val": "testing", "test": "testing"}),
        (("on", "my split"), {"train": "my split", "val": "my split", "on": "on", "my split": "my split"}),
    ],
    ids=" ".join,
)
def test_splits_are_found_under_the_names_that_ultralytics_knows(
    splits: tuple[str, ...], folders: dict[str, str], tmp_path: Path
) -> None:
    source = write_dataset(tmp_path / "source", {f"{split}/a/a_0": street() for split in splits})
    made = Output(source, tmp_path / "out")
    assert invoke("yolo", *made[:1], "-o", made.out, "-j", "1").status == 0
    forget(made.out)
    assert verify(made) == []
    for split, folder in folders.items():
        text = (made.out / "data.yaml").read_text()
        edit_text(made.out / "data.yaml", f'(?m)^"?{split}"?: "?images/{folder}"?$', f'"{split}": images/other')
        (finding,) = verify(made)
        assert finding["message"] == f"{split}: images/other where images/{folder} is expected"
        (made.out / "data.yaml").write_text(text)
