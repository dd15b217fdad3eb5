"""One block of a measurement: a process on one core that does one piece of work once and says what it took.

`python -m tests.benchmarks.block WORK SIDE WARM SOURCE OUT` prints a `Block` as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from tests.benchmarks.comparisons import COMPARISONS, Comparison

Side = Literal["peer", "cityconv"]

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1")


class Block(NamedTuple):
    """What a block took.

    Attributes:
        seconds: from the first file read to the last one written, without the start of Python and imports.
        written: bytes in the output folder.
        memory: the largest resident size of the process in bytes.
    """

    seconds: float
    written: int
    memory: int


def run_block(comparison: Comparison, side: Side, warm: Path, source: Path, scratch: Path) -> Block:
    """Measure one side of a comparison.

    Args:
        comparison: the work.
        side: who does it.
        warm: a small data set, converted before the clock starts.
        source: the data set.
        scratch: where outputs are written and removed again.
    """
    with TemporaryDirectory(dir=scratch) as out:
        arguments = (comparison.work, side, str(warm), str(source), out)
        done = subprocess.run(
            [sys.executable, "-m", __name__, *arguments],
            check=True,
            stdout=subprocess.PIPE,
            env=os.environ | _ONE_THREAD,
        )
    return Block(*json.loads(done.stdout))


def _measure(convert: Callable[[Path, Path], None], warm: Path, source: Path, out: Path) -> Block:
    for folder in ("warm", "out"):
        (out / folder).mkdir()
    convert(warm, out / "warm")
    begun = time.perf_counter()
    convert(source, out / "out")
    seconds = time.perf_counter() - begun
    written = sum(file.stat().st_size for file in (out / "out").rglob("*") if file.is_file())
    return Block(seconds, written, _peak_memory())


def _peak_memory() -> int:
    """Return the high-water mark of this process; unlike that of `getrusage` it is not inherited from the parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _converter(comparison: Comparison, side: Side) -> Callable[[Path, Path], None]:
    if side == "peer":
        module, name = comparison.function.split(":")
        function: Callable[[Path, Path], None] = getattr(import_module(f"tests.benchmarks.peers.{module}"), name)
        return function
    from cityconv.cli import app

    def convert(source: Path, out: Path) -> None:
        app([*comparison.command, str(source), "-o", str(out), "-j", "1", "-q"], standalone_mode=False)

    return convert


def _main(work: str, side: Side, *folders: str) -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    comparison = next(item for item in COMPARISONS if item.work == work)
    with redirect_stdout(StringIO()):  # some tools say how far they are
        block = _measure(_converter(comparison, side), *map(Path, folders))
    json.dump(block, sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])  # type: ignore[arg-type]
