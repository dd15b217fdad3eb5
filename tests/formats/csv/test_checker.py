"""Verify on CSV tables: a fault planted in one is found."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.check.planted import OWN_DATA, SHAPES, Fault, check_own_data, convert, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = "annotations_train.csv"
FAULTS: dict[str, tuple[Callable[[str], str], str, str]] = {
    "an empty file": (lambda text: "", "unreadable", "expected the columns"),
    "a header of another order": (lambda text: text.replace("x0,y0", "y0,x0"), "unreadable", "expected the columns"),
    "a file that is cut off": (lambda text: text[:-9], "unreadable", "CR LF"),
    "a row that is missing": (lambda text: without(text, 2), "missing_object", "missing bus"),
    "a row that is duplicated": (lambda text: text + line(text, 1), "extra_object", "not in the annotation"),
    "a cell too few": (lambda text: text.replace(",car,", ","), "unreadable", "13 columns"),
    "a word for a number": (lambda text: text.replace(",car,26", ",car,many"), "unreadable", "class_id"),
    "an open quote": (lambda text: text.replace(",car,", ',"car,'), "unreadable", "line"),
    "a crowd of two": (lambda text: text.replace(",car,26,0", ",car,26,2"), "unreadable", "crowd"),
    "another class id": (lambda text: text.replace(",car,26", ",car,27"), "class", "class_id 27"),
    "another class": (lambda text: text.replace(",car,26", ",truck,26"), "class", "is truck"),
    "no crowd": (lambda text: text.replace(",rider,25,1", ",rider,25,0"), "value", "a single object"),
    "another size": (lambda text: text.replace(",64,32,car", ",64,33,car"), "size", "64 x 33"),
    "another split": (lambda text: text.replace(",train,aachen,64,32,car", ",val,aachen,64,32,car"), "value", "val"),
    "a box that is moved": (lambda text: text.replace(",4,4,24,10", ",5,4,24,10"), "box", "IoU"),
    "a box outside": (lambda text: text.replace(",4,4,24,10", ",4,4,99,10"), "range", "not within"),
    "an image of no frame": (lambda text: text.replace("000000_000019", "9"), "extra", "no frame"),
    "another area": (lambda text: edit(text, 1, 12, "7"), "value", "area 7"),
    "another fraction": (lambda text: edit(text, 1, 13, "0.500000"), "value", "visible_fraction 0.5"),
    "a fraction above 1": (lambda text: edit(text, 1, 13, "1.000001"), "unreadable", "visible_fraction"),
}


def line(text: str, number: int) -> str:
    return text.splitlines(keepends=True)[number]


def without(text: str, number: int) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[:number] + lines[number + 1 :])


def edit(text: str, number: int, column: int, value: str) -> str:
    cells = line(text, number).rstrip("\r\n").split(",")
    cells[column] = value
    return text.replace(line(text, number), ",".join(cells) + "\r\n")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, tmp_path: Path) -> None:
    plant, kind, words = FAULTS[fault]
    made = convert(tmp_path, SHAPES, "csv")
    before = (made.out / FILE).read_bytes().decode()
    assert plant(before) != before
    (made.out / FILE).write_bytes(plant(before).encode())
    findings = verify(made)
    assert any(finding["kind"] == kind and words in finding["message"] for finding in findings), findings


@pytest.mark.parametrize(
    "options",
    ["", "--task semantic", "--extent full", "--min-area 20", "--category-ids contiguous", "--split-by city"],
)
def test_a_clean_table_has_no_findings(options: str, tmp_path: Path) -> None:
    made = convert(tmp_path, SHAPES, "csv", *options.split())
    assert verify(made, *options.split()) == []


def test_a_table_that_is_missing_is_found(tmp_path: Path) -> None:
    made = convert(tmp_path, SHAPES, "csv")
    (made.out / FILE).rename(made.out / "annotations_other.csv")
    assert {finding["kind"] for finding in verify(made)} == {"missing", "extra"}


def replaced(pattern: str, replacement: str) -> Callable[[Path], object]:
    """Replace the first match of a pattern; `edit_text` would change the ends of lines."""

    def plant(out: Path) -> None:
        text, number = re.subn(pattern, replacement, (out / FILE).read_bytes().decode(), count=1)
        assert number == 1
        (out / FILE).write_bytes(text.encode())

    return plant


OWN_FAULTS: dict[str, Fault] = {
    "names of its own": (replaced("1/frame0029_", "0/frame0029_"), "extra_object", "is not in the annotation"),
    "blanks in names": (replaced(r"street \[1\] \(a\)_", "street_"), "extra", "belongs to no frame"),
    "two images per frame": (
        replaced(r"0/frame0029_foggy_beta_0.02.*\r?\n", ""), "missing_object", "missing .* at x",
    ),
    "labels of IDD": (replaced(",autorickshaw,11,", ",autorickshaw,9,"), "class", "class_id 9 where 11"),
    "maps": (replaced(",\r\n", ",1.000000\r\n"), "value", "visible_fraction 1.000000 where empty is expected"),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN_DATA)
def test_a_fault_in_data_of_ones_own_is_found(name: str, tmp_path: Path) -> None:
    check_own_data(tmp_path, OWN_DATA[name], ("csv",), OWN_FAULTS[name])


def test_classes_that_share_an_id_have_one_name(tmp_path: Path) -> None:
    told = ("--task", "semantic", "--category-ids", "level1Id")
    renamed = (replaced(",road,", ",parking,"), "class", "is parking where the annotation has road")
    check_own_data(tmp_path, OWN_DATA["labels of IDD"], ("csv", *told), renamed, *told)
