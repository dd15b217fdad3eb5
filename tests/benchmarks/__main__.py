"""`python -m tests.benchmarks`: measure, and print Markdown ready for `docs/performance.md`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.frames import make_tree, open_corpus
from tests.benchmarks.growth import growth_table
from tests.benchmarks.machine import describe
from tests.benchmarks.ratios import measure, space_table, time_table
from tests.benchmarks.stations import stations
from tests.benchmarks.tables import bar_chart

_WARM_FRAMES = 2
_PARTS = ("ratios", "stations", "growth")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure cityconv against other tools, on CITYSCAPES_DATASET or on a generated sample.",
    )
    parser.add_argument("--frames", type=int, default=200, metavar="N", help="frames to compare on (200)")
    parser.add_argument("--repetitions", type=int, default=5, metavar="N", help="times everything is done (5)")
    parser.add_argument(
        "--growth", type=int, nargs="+", default=[100, 500, 1000, 2500, 5000], metavar="N", help="sizes of whole runs"
    )
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS, help="what to measure (all)")
    parser.add_argument("--work", type=Path, default=Path(".cache/benchmarks"), help="where files are kept meanwhile")
    return parser.parse_args()


def _say(*lines: str) -> None:
    sys.stdout.write("\n\n".join(lines) + "\n\n")
    sys.stdout.flush()


def _main() -> None:
    options = _arguments()
    work = options.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    corpus = open_corpus(work, max(options.frames, *options.growth))
    _say(describe())
    with TemporaryDirectory(dir=work) as scratch:
        folder = Path(scratch)
        source = make_tree(corpus.spaced(options.frames), folder / "frames")
        warm = make_tree(corpus.spaced(_WARM_FRAMES), folder / "warm")
        if "ratios" in options.parts:
            measured = measure(source, warm, folder, options.repetitions)
            _say(
                f"## One core, {options.frames} {corpus.name}, {options.repetitions} repetitions",
                time_table(measured, options.frames),
                space_table(measured, options.frames),
            )
        if "stations" in options.parts:
            _say("## Where the time goes", bar_chart(_stations(source, folder, options.repetitions), "ms"))
        if "growth" in options.parts:
            _say(f"## Whole runs from a zip of {corpus.name}", growth_table(corpus, options.growth, folder))


def _stations(source: Path, scratch: Path, repetitions: int) -> list[tuple[str, float]]:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        return stations(source, scratch / "stations", repetitions)
    finally:
        os.sched_setaffinity(0, cores)


if __name__ == "__main__":
    _main()
