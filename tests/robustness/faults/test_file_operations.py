"""Runs that are killed before single file operations, as `operations.py` does it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.robustness.faults.operations import SCENARIOS


def go_through(scenario: str, step: int) -> None:
    command = [sys.executable, "-m", "tests.robustness.faults.operations", scenario, "--step", str(step)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3000)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" kills\n") == 2  # with images as copies and as links
    assert ": 0 kills" not in done.stdout


def test_killed_while_replacing_an_output_before_every_97th_operation() -> None:
    go_through("killed_while_replacing", 97)


@pytest.mark.parametrize(
    "scenario", ["killed_while_replacing_other_options", "killed_while_updating", "killed_while_packing"]
)
def test_killed_before_every_61st_operation(scenario: str) -> None:
    go_through(scenario, 61)


@pytest.mark.campaign
@pytest.mark.parametrize("scenario", [scenario.__name__ for scenario in SCENARIOS])
def test_killed_before_every_3rd_operation(scenario: str) -> None:
    go_through(scenario, 3)
