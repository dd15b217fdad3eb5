"""All formats give the same bytes, whatever the workers and the environment; `tests/cli` has more on single formats."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.builders import street, tree_of, write_dataset, zip_folder
from tests.commands import Outcome, cityconv, environment
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC
from tests.robustness.faults.running import run_here

if TYPE_CHECKING:
    from pathlib import Path

SCENES = {
    f"{split}/{city}/{city}_{number:06}_000019": street(number % 7)
    for split, city in (("train", "aachen"), ("train", "ulm"), ("val", "munster"))
    for number in range(6)
}
HEAD = """
source = "{source}"
out = "{out}"
"""


def write_recipe(source: Path, folder: Path) -> Path:
    folder.mkdir()
    recipe = folder / "recipe.toml"
    recipe.write_text(HEAD.format(source=source, out=folder / "out") + BOXES_AND_OUTLINES + VOC + MAPS)
    return recipe


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files that one job writes."""
    folder = tmp_path_factory.mktemp("expected")
    recipe = write_recipe(write_dataset(folder / "source", SCENES), folder / "run")
    assert run_here("run", recipe, "-j", "1", "-q").status == 0
    return tree_of(folder / "run/out")


def test_with_workers_in_another_environment_from_files_created_in_another_order(
    expected: dict[str, bytes], tmp_path: Path
) -> None:
    source = write_dataset(tmp_path / "source", dict(reversed(SCENES.items())))
    recipe = write_recipe(source, tmp_path / "run")
    variables = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Kolkata", "LANG": "tr_TR.UTF-8"}
    outcome = cityconv("run", recipe, "-j", "2", "-q", cwd=tmp_path / "run", **variables)
    assert outcome.status == 0, outcome.err
    assert tree_of(tmp_path / "run/out") == expected


def test_from_a_zip(expected: dict[str, bytes], tmp_path: Path) -> None:
    archive = zip_folder(write_dataset(tmp_path / "source", SCENES), tmp_path / "gtFine_trainvaltest.zip")
    assert run_here("run", write_recipe(archive, tmp_path / "run"), "-j", "3", "-q").status == 0
    assert tree_of(tmp_path / "run/out") == expected


def run_with(start_method: str, *arguments: str | Path) -> Outcome:
    """Run cityconv as a program that chooses a start method."""
    command = [sys.executable, "-m", "tests.robustness.faults.start_method", start_method, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment({}))
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("start_method", ["forkserver", "spawn"])
def test_with_another_start_method_conversion_and_verification_give_the_same(
    start_method: str, expected: dict[str, bytes], tmp_path: Path
) -> None:
    source = write_dataset(tmp_path / "source", SCENES)
    outcome = run_with(start_method, "run", write_recipe(source, tmp_path / "run"), "-j", "2", "-q")
    assert (outcome.status, outcome.err) == (0, "")
    assert tree_of(tmp_path / "run/out") == expected
    first, *_, last = sorted((tmp_path / "run/out/labelmap").rglob("*_color.png"))
    first.write_bytes(last.read_bytes())  # so that there is something to find
    line = ("verify", source, tmp_path / "run/out/labelmap", "-q", "--report")
    several = run_with(start_method, *line, tmp_path / "several.json", "-j", "2")
    single = run_here(*line, tmp_path / "single.json", "-j", "1")
    assert several == single
    assert several.status == 1
    assert checks(tmp_path / "several.json") == checks(tmp_path / "single.json")


def checks(report: Path) -> object:
    return json.loads(report.read_bytes())["checks"]
