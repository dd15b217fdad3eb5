"""How time and memory grow with the number of frames, and what a second worker is worth: whole runs of the command."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
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
    """Run each command on zips of more and more frames, and return Markdown.

    What two workers do with a zip is also left to two runs of one worker, with half of the frames each, at the same
    time: they have nothing in common but the machine, and show what it can give.
    """
    head = (
        "command",
        "frames",
        "1 worker, s",
        "2 workers, s",
        "2 runs, s",
        "efficiency",
        "of 2 runs",
        "memory, MB: beginning, middle, end",
        "most",
    )
    rows = []
    for number in sizes:
        files = corpus.any_spaced(number)
        whole = [make_archive(files, scratch / "whole.zip")]
        halves = [make_archive(files[half::2], scratch / f"half{half}.zip") for half in range(2)]
        for name, command in _COMMANDS.items():
            alone, together, apart = (
                _run(command, archives, workers, scratch) for archives, workers in ((whole, 1), (whole, 2), (halves, 1))
            )
            seconds = (f"{run.seconds:.1f}" for run in (alone, together, apart))
            efficiencies = (f"{alone.seconds / run.seconds / 2:.2f}" for run in (together, apart))
            memory = ", ".join(map(megabytes, together.thirds))
            most = megabytes(max(together.memory, default=0))
            rows.append((name, str(number), *seconds, *efficiencies, memory, most))
    return table(head, sorted(rows, key=lambda row: row[0]))


def _run(command: Sequence[str], archives: Sequence[Path], workers: int, scratch: Path) -> Run:
    """Convert each archive by a process of its own, all at the same time."""
    with TemporaryDirectory(dir=scratch) as out:
        begun = time.perf_counter()
        processes = [_start(command, archive, workers, Path(out)) for archive in archives]
        memory = []
        while psutil.wait_procs(processes, timeout=_INTERVAL)[1]:
            memory.append(sum(map(_memory, processes)))
        seconds = time.perf_counter() - begun
    for process in processes:
        if status := process.wait():
            sys.exit(f"cityconv {' '.join(command)}: exit status {status}")
    return Run(seconds, memory)


def _start(command: Sequence[str], archive: Path, workers: int, out: Path) -> psutil.Popen:
    options = (*command, str(archive), "-o", str(out / archive.stem), "-j", str(workers), "-q")
    return psutil.Popen([sys.executable, "-m", "cityconv", *options])


def _memory(process: psutil.Process) -> int:
    """Return the bytes that a process and its children have, each page divided by the number of those who share it."""
    total = 0
    with suppress(psutil.Error):  # one has just ended
        for member in (process, *process.children(recursive=True)):
            total += member.memory_full_info().pss
    return total
