"""`python -m tests.benchmarks.many_frames`: memory and throughput of a run over many tiny frames, as Markdown.

Frames of 64 x 32 pixels with a few objects take next to no work, so that what is measured is what a frame costs in the
process that hands out the work. Memory is that of this process alone, without its workers.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.tables import table
from tests.builders import box, document

_COMMANDS = {
    "coco": ("coco",),
    "labelmap": ("labelmap",),
    "yolo": ("yolo",),
    "labelmap --dry-run": ("labelmap", "--dry-run"),
    "stats": ("stats",),
}
_IN_CITY = 1000  # frames
_INTERVAL = 0.2  # seconds between two looks at memory


class Run(NamedTuple):
    """One run of a command.

    Attributes:
        seconds: from start to end.
        processor: seconds of processor time, workers included.
        memory: the most bytes that its first process had in private and shared anonymous pages, and that it had as its
            proportional share of all pages.
    """

    seconds: float
    processor: float
    memory: tuple[int, int]


def make_frames(folder: Path, number: int) -> Path:
    """Return a data set of a number of frames, made in a folder if it is not there yet."""
    root = folder / f"frames-{number}"
    if root.exists():
        return root
    draft = folder / f"frames-{number}.part"
    shutil.rmtree(draft, ignore_errors=True)
    for index in range(number):
        path = draft / _path(index)
        if index % _IN_CITY == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_annotation(index))
    return draft.rename(root)


def _path(index: int) -> str:
    city, sequence = divmod(index, _IN_CITY)
    split = ("train", "train", "train", "val")[city % 4]
    return f"gtFine/{split}/city{city:05d}/city{city:05d}_{sequence:06d}_000019_gtFine_polygons.json"


def _annotation(index: int) -> str:
    car = ("car", box(index % 40, 15, 6 + index % 9, 8))
    person = ("person", [[46, 28], [48, 14], [50, 28]])
    return json.dumps(document(("road", box(0, 16, 64, 16)), car, *([person] if index % 2 else [])))


def measure(command: Sequence[str], jobs: int, source: Path, scratch: Path) -> Run:
    """Run a command of cityconv, and watch the memory of its first process."""
    out = scratch / "out"
    arguments = [sys.executable, "-m", "cityconv", command[0], str(source), *command[1:], "-j", str(jobs), "-q"]
    if command[0] != "stats":
        arguments += ["-o", str(out)]
    begun, before = time.perf_counter(), os.times()
    with (scratch / "stdout").open("wb") as output:
        process = subprocess.Popen(arguments, stdout=output)
        most = (0, 0)
        while process.poll() is None:
            most = tuple(map(max, most, _memory(process.pid)))  # type: ignore[assignment]
            time.sleep(_INTERVAL)
    seconds, after = time.perf_counter() - begun, os.times()
    if process.returncode:
        sys.exit(f"{' '.join(arguments)}: exit status {process.returncode}")
    shutil.rmtree(out, ignore_errors=True)
    processor = sum(after[2:4]) - sum(before[2:4])  # of children that have ended
    return Run(seconds, processor, most)


def _memory(pid: int) -> tuple[int, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:  # it has just ended
        return 0, 0
    sizes = {name: int(size.split()[0]) * 1024 for name, _, size in (line.partition(":") for line in lines)}
    return sizes.get("Anonymous", 0), sizes.get("Pss", 0)


def _rows(options: argparse.Namespace, work: Path) -> Iterator[tuple[str, ...]]:
    for name in options.commands:
        for number in options.frames:
            run = measure(_COMMANDS[name], options.jobs, make_frames(work, number), work)
            figures = (f"{size / 1e6:.1f}" for size in run.memory)
            rates = f"{number / run.seconds:.0f}", f"{run.processor / number * 1000:.3f}"
            row = (name, f"{number:,}", *figures, f"{run.seconds:.1f}", *rates)
            sys.stderr.write(f"{' '.join(row)}\n")  # a row can take ten minutes
            yield row


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.many_frames", description=__doc__)
    parser.add_argument("--frames", type=int, nargs="+", default=[5000, 50_000, 100_000, 200_000], metavar="N")
    parser.add_argument("--commands", nargs="+", choices=_COMMANDS, default=list(_COMMANDS))
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--work", type=Path, default=Path(".cache/benchmarks"), help="where files are kept meanwhile")
    options = parser.parse_args()
    work = options.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    head = ("command", "frames", "anonymous, MB", "PSS, MB", "s", "frames/s", "processor, ms per frame")
    sys.stdout.write(f"{table(head, list(_rows(options, work)))}\n")


if __name__ == "__main__":
    _main()
