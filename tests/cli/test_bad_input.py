"""Bad input: one line names the file and what is wrong with it, and nothing is written."""

from __future__ import annotations

import json
import os
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.builders import FRAME, annotation_path, box, document, street, write_annotation, write_dataset, zip_folder
from tests.commands import Outcome, run_inline

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Document

BOTH = pytest.mark.parametrize("command", ["coco", "labelmap"])


def refuse(out: Path, *arguments: str | Path, status: int = 1) -> tuple[str, str]:
    """Run cityconv on bad input; return the error and the hint, without their prefixes."""
    outcome = run_inline(*arguments, "-o", out)
    assert outcome.status == status
    assert outcome.out == ""
    assert not out.exists()
    return _error_and_hint(outcome)


def _error_and_hint(outcome: Outcome) -> tuple[str, str]:
    lines = outcome.err.splitlines()
    errors, hints = ([line for line in lines if line.startswith(prefix)] for prefix in ("error: ", "hint: "))
    assert lines[0] == errors[0]
    assert len(errors) == 1
    assert "Traceback" not in outcome.err
    return errors[0].removeprefix("error: "), "".join(hints).removeprefix("hint: ")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


@BOTH
def test_no_such_path(command: str, tmp_path: Path, out: Path) -> None:
    error, _ = refuse(out, command, tmp_path / "nowhere", status=2)
    assert error == f"{tmp_path / 'nowhere'}: no such file or folder"


@BOTH
def test_a_folder_without_annotations(command: str, tmp_path: Path, out: Path) -> None:
    (tmp_path / "empty").mkdir()
    error, hint = refuse(out, command, tmp_path / "empty")
    assert error.startswith(f"{tmp_path / 'empty'}: found no *_polygons.json")
    assert hint.startswith("expected ")


CAR = document(("road", box(0, 0, 9, 9)), ("car", box(0, 0, 4, 4)))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (json.dumps(street()).encode()[:-40], "JSON is truncated"),
        (b"", "the file is empty"),
        (b"{]", "malformed"),
        (b"\xff\xd8\xff\xe0 a picture", "JSON is malformed: invalid character (byte 0)"),
        (CAR | {"imgHeight": "32"}, "- at `$.imgHeight`"),
        (CAR | {"objects": None}, "- at `$.objects`"),
        (document(("car", [[0, 0], [3, "x"]])), "- at `$.objects[0].polygon[1][1]`"),
        (CAR | {"imgWidth": -64}, "- at `$.imgWidth`"),
        (CAR | {"imgHeight": 10**9}, "- at `$.imgHeight`"),
    ],
)
def test_a_bad_annotation_is_named_with_the_location_in_it(
    content: bytes | Document, complaint: str, source: Path, out: Path
) -> None:
    path = write_annotation(annotation_path(source, FRAME), content)
    error, _ = refuse(out, "coco", source)
    assert error.startswith(f"{path}: ")
    assert complaint in error


def test_an_annotation_that_is_a_link_to_nowhere_is_named(source: Path, out: Path) -> None:
    path = annotation_path(source, FRAME)
    path.unlink()
    path.symlink_to("nowhere")
    assert refuse(out, "coco", source)[0] == f"{path}: no such file or directory"


def test_unknown_labels_of_all_frames_are_listed_once_with_a_row_for_each(source: Path, out: Path) -> None:
    first = write_annotation(
        annotation_path(source, FRAME), document(("road", box(0, 0, 9, 9)), ("ufo", []), ("tuk tuk", box(0, 0, 9, 9)))
    )
    second = write_annotation(
        source / "gtFine/val/munster/munster_000000_000019_gtFine_polygons.json",
        document(("tuk tuk", box(0, 0, 9, 9)), ("tuk tukgroup", box(0, 0, 9, 9))),
    )
    outcome = run_inline("coco", source, "-o", out)
    assert (outcome.status, outcome.out, out.exists()) == (1, "", False)
    assert outcome.err.splitlines() == [
        f"error: {first}: unknown label 'ufo' and 1 more label, not in the label table cityscapes - "
        "at `$.objects[1].label`",
        f"error: {second}: unknown label 'tuk tuk' and 1 more label, not in the label table cityscapes - "
        "at `$.objects[0].label`",
        "error: not in the label table cityscapes: 'tuk tuk' (2), 'tuk tukgroup' (1), 'ufo' (1)",
        "hint: --unknown-labels drop skips their objects; --labels FILE takes a table that has them, such as these "
        "rows:",
        *(line for line in outcome.err.splitlines() if line.startswith("    {")),
        "2 of 5 frames are bad; nothing was written",
    ]
    rows = tomllib.loads(f"labels = [{''.join(line for line in outcome.err.splitlines() if line[:5] == '    {')}]")
    assert [(row["name"], row["id"]) for row in rows["labels"]] == [("tuk tuk", 34), ("tuk tukgroup", 35), ("ufo", 36)]


def test_a_damaged_annotation_in_a_zip_is_named_by_zip_and_member(source: Path, tmp_path: Path, out: Path) -> None:
    path = write_annotation(annotation_path(source, FRAME), b"{")
    archive = zip_folder(source, tmp_path / "gtFine.zip")
    assert refuse(out, "coco", archive)[0].startswith(f"{archive}/{path.relative_to(source)}: ")


@BOTH
def test_a_corrupt_zip(command: str, source: Path, tmp_path: Path, out: Path) -> None:
    archive = zip_folder(source, tmp_path / "gtFine.zip")
    archive.write_bytes(archive.read_bytes()[:-30])
    assert refuse(out, command, archive)[0].startswith(f"{archive}: ")


def test_something_that_is_neither_a_zip_nor_an_annotation(tmp_path: Path, out: Path) -> None:
    path = write_annotation(tmp_path / "picture.png", b"")
    assert refuse(out, "coco", path)[0].startswith(f"{path}: ")


@pytest.mark.parametrize(("name", "hint"), [("dev", "available: test, train, val"), ("trian", "did you mean 'train'?")])
def test_a_split_that_matches_nothing_lists_the_splits(name: str, hint: str, source: Path, out: Path) -> None:
    assert refuse(out, "coco", source, "--split", name, status=2) == (f"{source}: no split named '{name}'", hint)


def test_a_city_that_matches_nothing_lists_the_cities(source: Path, out: Path) -> None:
    error, hint = refuse(out, "coco", source, "--city", "aachen", "--city", "köln", status=2)
    assert (error, hint) == (f"{source}: no city named 'köln'", "available: aachen, bonn, munster, ulm")


@BOTH
def test_an_output_that_exists(command: str, source: Path, out: Path) -> None:
    assert run_inline(command, source, "-o", out).status == 0
    outcome = run_inline(command, source, "-o", out)
    error, hint = _error_and_hint(outcome)
    assert outcome.status == 1
    assert error.startswith(f"{out}/")
    assert error.endswith(": already exists")
    assert "--overwrite" in hint


@BOTH
def test_an_output_that_cannot_be_written(command: str, source: Path, tmp_path: Path) -> None:
    file = write_annotation(tmp_path / "file", b"mine")
    assert refuse(file / "out", command, source)[0].startswith(f"{file}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_in_a_folder_that_must_not_be_written(source: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    out = tmp_path / "locked/out"
    assert refuse(out, "coco", source)[0] == f"{out}: permission denied"


def test_a_report_that_cannot_be_written_is_an_error_too(source: Path, tmp_path: Path, out: Path) -> None:
    file = write_annotation(tmp_path / "file", b"mine")
    outcome = run_inline("coco", source, "-o", out, "--report", file / "report.json")
    assert outcome.status == 1
    assert _error_and_hint(outcome)[0].startswith(f"{file}")


def test_each_bad_frame_has_one_error(source: Path, out: Path) -> None:
    wrong_twice = document(("car", [[0, 0], [10**7, 0]]), ("car", [[10**7, 0]]))
    for path in (source / "gtFine").rglob("*.json"):
        write_annotation(path, wrong_twice)
    outcome = run_inline("coco", source, "-o", out)
    errors = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == len(set(errors)) == 5
