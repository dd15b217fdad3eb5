"""Which entries of a catalog are in the ordinary run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _pytest.mark.structures import ParameterSet


class Named(Protocol):
    """An entry of a catalog."""

    @property
    def name(self) -> str:
        """What names its test."""
        ...


def sampled(entries: Sequence[Named], every: int) -> list[ParameterSet]:
    """Return the entries as parameters of a test: one in so many for the ordinary run, the others for campaigns."""
    return [
        pytest.param(entry, id=entry.name[:60], marks=[pytest.mark.campaign] if index % every else [])
        for index, entry in enumerate(entries)
    ]
