"""The campaign of kills, on few and on all conversions."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.robustness.kills.campaign import COMMANDS, Campaign, Figures, make_case, make_sources

if TYPE_CHECKING:
    from pathlib import Path


def assert_nothing_wrong(figures: Figures, interrupted: int) -> None:
    assert (figures.faults, figures.partial_files) == ([], 0)
    assert figures.equal == figures.interrupted.total() == interrupted


def test_after_two_kills_an_output_is_complete_once_resumed(tmp_path: Path) -> None:
    folder, _ = make_sources(tmp_path, frames=3)
    campaign = Campaign([make_case("labelmap", folder, tmp_path)], tmp_path, seed=0)
    campaign.kill(1, "start")
    campaign.kill(1, "staging")
    assert_nothing_wrong(campaign.figures, 2)


@pytest.mark.campaign
def test_after_kills_and_signals_each_output_is_complete_once_resumed(tmp_path: Path) -> None:
    sources = make_sources(tmp_path, frames=4)
    cases = [make_case(name, source, tmp_path) for name in COMMANDS for source in sources]
    campaign = Campaign(cases, tmp_path, seed=0)
    campaign.kill(len(cases), "start")
    campaign.kill(len(cases), "staging")
    campaign.kill(3, "committed")
    campaign.send_signal(3, signal.SIGINT)
    campaign.send_signal(3, signal.SIGTERM)
    assert_nothing_wrong(campaign.figures, 2 * len(cases) + 9)
