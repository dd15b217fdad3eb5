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
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from tests.mutants.mutations import PACKAGE, Mutant, sample_mutants
from tests.mutants.targets import more_tests, near_tests

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
COPIED = (
    *("cityconv", "tests", "docs", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "mkdocs.yml"),
    "pyproject.toml",
)
_WAITING = 20  # times the CPU time, on the clock: for what waits for ever
OUTCOMES = ("killed", "timed out", "survived")


class Result(NamedTuple):
    """What became of a mutant, and the tests that failed; none if Python or pytest did."""

    outcome: str
    tests: list[str]


def main() -> None:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="draws another sample")
    parser.add_argument("-n", type=int, default=200, help="number of mutants; more of them include the fewer")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, help="mutants at a time")
    parser.add_argument("--limit", type=int, default=300, help="CPU seconds of each process")
    parser.add_argument(
        "--known", type=Path, help="a file of outcomes: those in it are not run again, others are added"
    )
    arguments = parser.parse_args()

    mutants = sample_mutants(ROOT, arguments.seed, arguments.n)
    known = _read(arguments.known)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(arguments.j) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(arguments.j):
            copies.put(_copy(Path(folder, str(number))))

        def measure(mutant: Mutant) -> Result:
            if mutant.identity in known:
                return known[mutant.identity]
            copy = copies.get()
            result = _result(copy, mutant, arguments.limit)
            copies.put(copy)
            print(f"{result.outcome:9}  {mutant}  {' '.join(result.tests)}", flush=True)
            _append(arguments.known, mutant, result)
            return result

        results = list(pool.map(measure, mutants))
        _check_tests(Path(folder, "0"), results, arguments.limit)
    print(_table(mutants, results))


def _read(path: Path | None) -> dict[str, Result]:
    """Return results by the identity of the mutant."""
    if not path or not path.exists():
        return {}
    rows = map(json.loads, path.read_text().splitlines())
    return {row["identity"]: Result(row["outcome"], row["tests"]) for row in rows}


def _append(path: Path | None, mutant: Mutant, result: Result) -> None:
    if path:
        with path.open("a") as file:
            row = {"mutant": str(mutant), **result._asdict(), "identity": mutant.identity}
            file.write(json.dumps(row) + "\n")


def _copy(folder: Path) -> Path:
    """Copy what the tests need to a folder, and return it."""
    folder.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
    return folder


def _check_tests(copy: Path, results: Sequence[Result], limit: int) -> None:
    """Exit if tests that killed mutants fail on the code as it is, too."""
    tests = sorted({test for result in results for test in result.tests})
    if tests and (result := _run(copy, tests, limit)).outcome != "survived":
        sys.exit(f"this test fails, or takes too long, without any mutant: {' '.join(result.tests)}")


def _result(copy: Path, mutant: Mutant, limit: int) -> Result:
    """Run the tests on a mutant in a copy of the repository: the nearest, and the others if they notice nothing."""
    module = copy / mutant.path
    original = module.read_bytes()
    module.write_text(mutant.source(original.decode()))
    try:
        result = _run(copy, near_tests(copy, mutant.path), limit)
        more = more_tests(copy, mutant.path)
        return _run(copy, more, limit) if result.outcome == "survived" and more else result
    finally:
        module.write_bytes(original)


def _run(copy: Path, tests: Sequence[str], limit: int) -> Result:
    """Run tests until one fails. A loop without end is told by its CPU time, which does not hang on other work."""
    failed = copy / ".pytest_cache/v/cache/lastfailed"
    failed.unlink(missing_ok=True)
    command = ["sh", "-c", f'ulimit -t {limit}; exec "$@"', "sh", sys.executable, "-m", "pytest", "-q", "-x"]
    command += [
        "-p",
        "_hypothesis_pytestplugin",
        "--hypothesis-seed=0",
        "-m",
        "not campaign and not real and not consumers",
    ]
    variables = {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_PROFILE": "mutants"}
    variables["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # importing the others takes longer than most tests
    process = subprocess.Popen(
        [*command, *tests], cwd=copy, env={**os.environ, **variables}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        status = process.wait(limit * _WAITING)
    except subprocess.TimeoutExpired:
        status = -signal.SIGALRM
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    outcome = "timed out" if status < 0 else "killed" if status else "survived"
    return Result(outcome, [*json.loads(failed.read_text())] if failed.exists() else [])


def _table(mutants: Sequence[Mutant], results: Sequence[Result]) -> str:
    """Return the number of mutants by package and outcome."""
    outcomes = [result.outcome for result in results]
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
