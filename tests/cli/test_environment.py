"""Options from the environment: of one command, and how every command runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cityconv.cli import COMMANDS
from cityconv.source.limits import VARIABLES
from tests.builders import write_dataset
from tests.commands import run_inline

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_dataset(tmp_path / "city")
    return tmp_path


def options_of_a_run(folder: Path, *arguments: str, **variables: str) -> dict[str, Any]:
    outcome = run_inline("coco", "city", "--report", "-", *arguments, cwd=folder, **variables)
    assert outcome.status == 0, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)["options"]
    return found


def test_an_option_is_taken_from_the_environment(folder: Path) -> None:
    variables = {
        "CITYCONV_JOBS": "1",
        "CITYCONV_QUIET": "1",
        "CITYCONV_COCO_OUT": "out",
        "CITYCONV_COCO_TASK": "semantic",
        "CITYCONV_COCO_SPLIT": "train val",
        "CITYCONV_YOLO_TASK": "obb",
    }
    options = options_of_a_run(folder, **variables)
    assert (options["jobs"], options["quiet"], options["out"]) == (1, True, "out")
    assert options["split"] == ["train", "val"]
    assert options["formats"]["coco"]["task"] == "semantic"


def test_the_command_line_wins_and_then_the_variable_of_the_command(folder: Path) -> None:
    variables = {"CITYCONV_COCO_ON_ERROR": "skip", "CITYCONV_ON_ERROR": "fail"}
    assert options_of_a_run(folder, "-o", "one", **variables)["on_error"] == "skip"
    assert options_of_a_run(folder, "-o", "two", "--on-error", "fail", **variables)["on_error"] == "fail"


def test_an_option_of_the_command_line_wins_over_one_that_it_excludes(folder: Path) -> None:
    options = options_of_a_run(folder, "-o", "one", "--jobs", "1", CITYCONV_SCHEDULER="tcp://127.0.0.1:1")
    assert (options["jobs"], options["scheduler"]) == (1, None)
    options = options_of_a_run(folder, "-o", "two", "--limit", "1", CITYCONV_COCO_SAMPLE="2")
    assert (options["limit"], options["sample"]) == (1, None)
    outcome = run_inline("coco", "city", "-o", "no", "--scheduler", "x://", cwd=folder, CITYCONV_JOBS="1")
    assert outcome.err.startswith("error: --scheduler: 'x://' is not an address")
    outcome = run_inline("coco", "city", "-o", "no", "--dry-run", cwd=folder, CITYCONV_REPORT="report.json")
    assert (outcome.status, outcome.err) == (0, "")


def test_variables_that_exclude_each_other_are_named(folder: Path) -> None:
    variables = {"CITYCONV_JOBS": "1", "CITYCONV_COCO_SCHEDULER": "tcp://127.0.0.1:1"}
    outcome = run_inline("coco", "city", "-o", "out", cwd=folder, **variables)
    assert outcome == (2, "", "error: CITYCONV_JOBS cannot be combined with CITYCONV_COCO_SCHEDULER\n")


def test_what_is_wrong_in_the_environment_is_refused_as_on_the_command_line(folder: Path) -> None:
    outcome = run_inline("coco", "city", "-o", "out", cwd=folder, CITYCONV_COCO_TASK="semantik")
    assert outcome == (2, "", "error: --task: unknown value 'semantik'\nhint: did you mean 'semantic'?\n")


def test_no_variable_of_an_option_is_one_of_a_limit() -> None:
    outcomes = {name: run_inline(name, "--help") for name in COMMANDS}
    assert not any("--max" in outcome.out for outcome in outcomes.values())
    assert not any(f"CITYCONV_{name}_".upper().startswith(VARIABLES) for name in outcomes)
