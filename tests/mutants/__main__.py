"""`python -m tests.mutants`: run the tests on mutants of the code, and print how many they notice."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tests.mutants.mutations import PACKAGE, Mutant, sample_mutants
from tests.mutants.targets import tests_of

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
COPIED = ("cityconv", "tests", "docs", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "pyproject.toml")
OUTCOMES = ("killed", "timed out", "survived")


def main() -> None:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="draws another sample")
    parser.add_argument("-n", type=int, default=200, help="number of mutants; more of them include the fewer")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, help="mutants at a time")
    parser.add_argument("--limit", type=float, default=600, help="seconds for each; a mutant that hangs is noticed")
    parser.add_argument("--known", type=Path, help="a file of outcomes: those in it are not run again, others are added")
    arguments = parser.parse_args()

    mutants = sample_mutants(ROOT, arguments.seed, arguments.n)
    known = _read(arguments.known)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(arguments.j) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(arguments.j):
            copies.put(_copy(Path(folder, str(number))))

        def measure(mutant: Mutant) -> str:
            if mutant.identity in known:
                return known[mutant.identity]
            copy = copies.get()
            outcome = _outcome(copy, mutant, arguments.limit)
            copies.put(copy)
            print(f"{outcome:9}  {mutant}", flush=True)
            _append(arguments.known, mutant, outcome)
            return outcome

        outcomes = list(pool.map(measure, mutants))
    print(_table(mutants, outcomes))


def _read(path: Path | None) -> dict[str, str]:
    """Return outcomes by the identity of the mutant."""
    if not path or not path.exists():
        return {}
    return {row["identity"]: row["outcome"] for row in map(json.loads, path.read_text().splitlines())}


def _append(path: Path | None, mutant: Mutant, outcome: str) -> None:
    if path:
        with path.open("a") as file:
            file.write(json.dumps({"mutant": str(mutant), "outcome": outcome, "identity": mutant.identity}) + "\n")


def _copy(folder: Path) -> Path:
    """Copy what the tests need to a folder, and return it."""
    folder.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
    return folder


def _outcome(copy: Path, mutant: Mutant, limit: float) -> str:
    """Run the tests on a mutant in a copy of the repository, and return what became of it."""
    original = (copy / mutant.path).read_bytes()
    (copy / mutant.path).write_text(mutant.source(original.decode()))
    try:
        return _run(copy, tests_of(copy, mutant.path), limit)
    finally:
        (copy / mutant.path).write_bytes(original)


def _run(copy: Path, tests: Sequence[str], limit: float) -> str:
    """Run tests until one fails. Bytecode is not kept, as it is looked up by time, in whole seconds."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    command += ["-m", "not campaign and not real and not consumers", *tests]
    variables = {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_PROFILE": "mutants"}
    process = subprocess.Popen(
        command, cwd=copy, env={**os.environ, **variables}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        return "killed" if process.wait(limit) else "survived"
    except subprocess.TimeoutExpired:
        return "timed out"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _table(mutants: Sequence[Mutant], outcomes: Sequence[str]) -> str:
    """Return the number of mutants by package and outcome."""
    counts = Counter(zip((mutant.package for mutant in mutants), outcomes, strict=True))
    lines = [f"{'package':14}" + "".join(f"{outcome:>11}" for outcome in OUTCOMES)]
    for package in sorted({mutant.package for mutant in mutants}):
        numbers = "".join(f"{counts[package, outcome]:>11}" for outcome in OUTCOMES)
        lines.append(f"{package or PACKAGE.name + '/*.py':14}{numbers}")
    total = Counter(outcomes)
    lines.append(f"{'all':14}" + "".join(f"{total[outcome]:>11}" for outcome in OUTCOMES))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
