"""cityconv against others: time, memory and bytes for the same work on the same frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.benchmarks.block import Block, run_block
from tests.benchmarks.comparisons import COMPARISONS, Comparison
from tests.benchmarks.tables import megabytes, table


class Measured(NamedTuple):
    """The blocks of a comparison, one a repetition for each side."""

    comparison: Comparison
    peer: list[Block]
    cityconv: list[Block]

    @property
    def ratios(self) -> list[float]:
        """How many times as long the peer took, in each repetition."""
        return [peer.seconds / ours.seconds for peer, ours in zip(self.peer, self.cityconv, strict=True)]


def measure(source: Path, warm: Path, scratch: Path, repetitions: int) -> list[Measured]:
    """Measure all comparisons, the two sides of each in turn."""
    measured = [Measured(comparison, [], []) for comparison in COMPARISONS]
    for repetition in range(repetitions):
        for item in measured:
            # Who comes first changes, so that a machine that grows slower or faster favours no side.
            for side in ("peer", "cityconv") if repetition % 2 else ("cityconv", "peer"):
                getattr(item, side).append(run_block(item.comparison, side, warm, source, scratch))
    return measured


def time_table(measured: Sequence[Measured], frames: int) -> str:
    """Return milliseconds a frame and ratios as Markdown."""
    head = ("work", "today", "ms a frame", "cityconv, ms a frame", "ratio", "least - most")
    return table(head, _time_rows(measured, frames))


def _time_rows(measured: Sequence[Measured], frames: int) -> Iterator[tuple[str, ...]]:
    for item in measured:
        peer, ours = (
            f"{1000 * median(block.seconds for block in blocks) / frames:.1f}" for blocks in (item.peer, item.cityconv)
        )
        ratios = item.ratios
        spread = f"{min(ratios):.1f} - {max(ratios):.1f}"
        yield item.comparison.work, item.comparison.peer, peer, ours, f"**{median(ratios):.1f}**", spread


def space_table(measured: Sequence[Measured], frames: int) -> str:
    """Return bytes written and peak memory as Markdown."""
    head = ("work", "written today, KB a frame", "by cityconv", "peak memory today, MB", "of cityconv")
    return table(head, _space_rows(measured, frames))


def _space_rows(measured: Sequence[Measured], frames: int) -> Iterator[tuple[str, ...]]:
    for item in measured:
        sides = (item.peer, item.cityconv)
        written = (f"{blocks[0].written / 1000 / frames:.1f}" for blocks in sides)
        memory = (megabytes(max(block.memory for block in blocks)) for blocks in sides)
        yield item.comparison.work, *written, *memory
