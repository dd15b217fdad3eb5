"""How time and memory grow with the number of frames, and what a second worker is worth: whole runs of the command."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psutil

from tests.benchmarks.comparisons import FIVE_KINDS
from tests.benchmarks.frames import Corpus, make_archive
from tests.benchmarks.tables import megabytes, table

_COMMANDS = {
    "coco": ("coco",),
    "labelmap, five maps": ("labelmap", *(part for kind in FIVE_KINDS for part in ("--kind", kind))),
}
_WORKERS = (1, 2)
_INTERVAL = 0.5  # seconds between two looks at memory
_FEWEST_SAMPLES = 3


class Run(NamedTuple):
    """One run of a command.

    Attributes:
        seconds: from start to end, as who waits for it sees it.
        memory: bytes in all its processes, pages that they share counted once, at regular times.
    """

    seconds: float
    memory: list[int]

    @property
    def thirds(self) -> list[int]:
        """The median memory of the beginning, the middle and the end of the run; nothing where it was too short."""
        length = len(self.memory)
        if length < _FEWEST_SAMPLES:
            return []
        return [int(median(self.memory[third * length // 3 : (third + 1) * length // 3])) for third in range(3)]


def growth_table(corpus: Corpus, sizes: Sequence[int], scratch: Path) -> str:
    """Run each command on zips of more and more frames, and return Markdown."""
    head = (
        "command",
        "frames",
        "1 worker, s",
        "2 workers, s",
        "efficiency",
        "memory, MB: beginning, middle, end",
        "most",
    )
    rows = []
    for number in sizes:
        archive = make_archive(corpus, number, scratch / f"{number}.zip")
        for name, command in _COMMANDS.items():
            alone, together = (_run(command, archive, workers, scratch) for workers in _WORKERS)
            efficiency = alone.seconds / together.seconds / _WORKERS[1]
            seconds = (f"{run.seconds:.1f}" for run in (alone, together))
            memory = ", ".join(map(megabytes, together.thirds))
            most = megabytes(max(together.memory, default=0))
            rows.append((name, str(number), *seconds, f"{efficiency:.2f}", memory, most))
        archive.unlink()
    return table(head, sorted(rows, key=lambda row: row[0]))


def _run(command: Sequence[str], archive: Path, workers: int, scratch: Path) -> Run:
    with TemporaryDirectory(dir=scratch) as out:
        arguments = [*command, str(archive), "-o", f"{out}/out", "-j", str(workers), "-q"]
        begun = time.perf_counter()
        process = psutil.Popen([sys.executable, "-m", "cityconv", *arguments])
        memory = []
        while True:
            try:
                status = process.wait(_INTERVAL)
                break
            except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
                memory.append(_memory(process))
        seconds = time.perf_counter() - begun
    if status:
        sys.exit(f"cityconv {' '.join(arguments)}: exit status {status}")
    return Run(seconds, memory)


def _memory(process: psutil.Process) -> int:
    """Return the bytes that a process and its children have, each page divided by the number of those who share it."""
    total = 0
    for member in (process, *process.children(recursive=True)):
        try:
            total += member.memory_full_info().pss
        except psutil.Error:  # it has just ended
            continue
    return total
