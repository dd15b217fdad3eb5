"""The campaign of kills, in short."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.robustness.kills.campaign import Campaign, make_case, make_sources

if TYPE_CHECKING:
    from pathlib import Path


def test_after_three_kills_and_a_request_to_end_nothing_is_lost_and_nothing_half_written(tmp_path: Path) -> None:
    folder, archive = make_sources(tmp_path, frames=2)
    cases = [make_case("yolo segment", folder, tmp_path), make_case("labelmap", archive, tmp_path)]
    campaign = Campaign(cases, tmp_path, seed=0)
    campaign.kill(1)
    campaign.kill(1, "work")
    campaign.kill(1, "complete")
    campaign.ask_to_end(1, signal.SIGTERM)
    figures = campaign.figures
    assert (figures.faults, figures.partial, figures.equal) == ([], 0, 4)
