"""Power failures, as `power.py` simulates them."""

from __future__ import annotations

import subprocess
import sys

import pytest


def lose_power(cases: int, seed: int) -> None:
    line = [sys.executable, "-m", "tests.robustness.faults.power", "--cases", str(cases), "--seed", str(seed)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=3000)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n0 faults\n" in done.stdout
    assert "undone" in done.stdout


def test_after_a_power_failure_the_output_is_right_once_resumed() -> None:
    lose_power(6, seed=0)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", [1, 2])
def test_after_many_power_failures(seed: int) -> None:
    lose_power(200, seed)
