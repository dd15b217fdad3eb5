"""A short run of each fuzz target."""

from __future__ import annotations

import pytest

from tests.robustness.fuzz.running import fuzz


@pytest.mark.parametrize(("target", "inputs"), [("reader", 600), ("formats", 10)])
def test_random_input_finds_nothing(target: str, inputs: int) -> None:
    assert fuzz(target, 0, inputs=inputs).findings == []


@pytest.mark.campaign
@pytest.mark.parametrize(("target", "inputs"), [("reader", 20_000), ("formats", 400)])
def test_much_random_input_finds_nothing(target: str, inputs: int) -> None:
    assert fuzz(target, 1, inputs=inputs).findings == []
