"""`cityconv verify` as a command: what it prints where, its report and its status."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.builders import FLAT_FRAME, FRAME, SCENES, annotation_path, write_dataset
from tests.check.planted import forget
from tests.commands import cityconv, run_inline

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


@pytest.fixture
def out(source: Path, tmp_path: Path) -> Path:
    assert run_inline("yolo", source, "-o", tmp_path / "out").status == 0
    forget(tmp_path / "out")
    return tmp_path / "out"


def test_what_holds_prints_nothing_on_standard_output(source: Path, out: Path) -> None:
    outcome = run_inline("verify", source, out)
    assert (outcome.status, outcome.out) == (0, "")
    first, last = outcome.err.splitlines()
    assert first == "yolo: 5 frames, 12 rows; findings: none"
    assert last.startswith("verified in ")


def test_findings_are_lines_on_standard_output_and_the_rest_is_not(source: Path, out: Path) -> None:
    path = out / f"labels/{FLAT_FRAME}_leftImg8bit.txt"
    path.unlink()
    outcome = run_inline("verify", source, out)
    assert (outcome.status, outcome.out) == (1, f"{path}: missing\n")
    assert "yolo: 4 frames, 9 rows; findings: 1 missing" in outcome.err
    quiet = run_inline("verify", source, out, "-q")
    assert (quiet.status, quiet.out, quiet.err) == (1, outcome.out, "")


def test_many_findings_of_a_kind_are_cut_short_unless_all_are_asked_for(source: Path, out: Path) -> None:
    for number in range(14):
        (out / f"labels/train/{number:02}.txt").touch()
    some, every = run_inline("verify", source, out), run_inline("verify", source, out, "-v")
    assert len(some.out.splitlines()) == 10
    assert "yolo: 4 more extra findings; -v lists them" in some.err
    assert len(every.out.splitlines()) == 14
    assert every.out.startswith(some.out)


def test_the_report_has_all_findings(source: Path, out: Path, tmp_path: Path) -> None:
    path = annotation_path(source, FRAME)
    path.write_text("[]")
    report = tmp_path / "report.json"
    outcome = run_inline("verify", source, out, "--report", report)
    written = json.loads(report.read_text())
    (check,) = written.pop("checks")
    assert outcome.status == 1
    assert check["findings"] == [
        {"kind": "annotation", "file": str(path), "message": "Expected `object`, got `array`", "frame": ""}
    ]
    assert (check["name"], check["frames"], check["compared"]) == ("yolo", 5, {"rows": 9})
    assert (written["report_version"], written["holds"]) == (2, False)
    assert written["options"]["out"] == str(out)
    on_output = run_inline("verify", source, out, "--report", "-", "-q")
    assert json.loads(on_output.out)["checks"] == [check]


def test_the_outcome_does_not_depend_on_the_number_of_workers(source: Path, out: Path) -> None:
    for path in out.glob("labels/*/*.txt"):
        path.write_text(path.read_text() + "9 0 0 0 0\n")
    alone, several = (cityconv("verify", source, out, "-v", "-j", jobs) for jobs in ("1", "3"))
    assert alone.out == several.out
    assert len(alone.out.splitlines()) == len(SCENES)


def test_a_file_name_that_would_break_a_line_is_spelt_out(source: Path, out: Path) -> None:
    (out / "labels/a\nb.txt").touch()
    outcome = run_inline("verify", source, out)
    assert outcome.out == f"{out}/labels/a\\nb.txt: belongs to no selected frame\n"


def test_released_pngs_are_compared_without_an_output(source: Path) -> None:
    assert run_inline("labelmap", source, "-o", source).status == 0
    forget(source)
    outcome = run_inline("verify", source)
    assert (outcome.status, outcome.out) == (0, "")
    assert "released: 5 frames, 5 PNGs, 0 differing pixels; findings: none" in outcome.err
    named = run_inline("verify", CITYSCAPES_DATASET=str(source))
    assert (named.status, named.out) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["source"], 1, "no PNGs to compare next to the annotations"),
        (["source", "nowhere"], 2, "nowhere: no such folder"),
        (["source", "source"], 1, "found no output of cityconv"),
        (["nowhere", "out"], 2, "nowhere: no such file or folder"),
        (["source", "out", "--split", "tain"], 2, "no split named 'tain'"),
        (["source", "out", "--classes", "cat"], 2, "unknown class 'cat'"),
        (["source", "out", "--category-ids", "trian"], 2, "unknown scheme 'trian'"),
        (["source", "out", "--task", "instance"], 2, "--task instance: no output in out has this task"),
        (["source", "--extent", "full"], 2, "options of an output, but no OUT"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistake_is_one_line_and_no_traceback(
    arguments: list[str], status: int, words: str, out: Path, tmp_path: Path
) -> None:
    outcome = run_inline("verify", *arguments, cwd=tmp_path)
    assert outcome.status == status
    assert words in outcome.err
    assert "Traceback" not in outcome.err


def test_the_folder_of_a_recipe_is_not_taken_for_one_output(source: Path, tmp_path: Path) -> None:
    for name in ("boxes", "masks"):
        assert run_inline("coco", source, "-o", tmp_path / "several" / name).status == 0
        forget(tmp_path / "several" / name)
    outcome = run_inline("verify", source, tmp_path / "several")
    assert outcome.status == 1
    assert "hint: found in boxes, masks; verify each with the options it was made with" in outcome.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_finding(source: Path, out: Path) -> None:
    path = out / f"labels/{FLAT_FRAME}_leftImg8bit.txt"
    path.chmod(0)
    assert run_inline("verify", source, out).out == f"{path}: permission denied\n"
