"""Running cityconv in a process each, forked from one that has imported and built what all of them need."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from cityconv.cli import main

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ADDRESSES = 8 * 2**30  # bytes; so that a failure does not bring down the machine

# Of all test modules in a process, the first that runs starts the server. They have to want the same of it.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["__main__", "tests.conftest", "tests.robustness.warm"])


class Run(NamedTuple):
    """What a run did; what it took, in seconds of CPU time and bytes."""

    status: int
    out: str
    err: str
    seconds: float
    memory: int


def run_forked(
    arguments: Sequence[str | Path],
    folder: Path,
    variables: Mapping[str, str],
    patience: float,
    cwd: Path | None = None,
) -> Run:
    """Run `cityconv` in a process of its own; fail if it hangs.

    Args:
        arguments: the command line.
        folder: for files of what it prints and takes.
        variables: changes to the environment.
        patience: the seconds after which it hangs.
        cwd: the current folder of the process.
    """
    files = [str(folder / name) for name in ("stdout", "stderr", "usage")]
    command = list(map(str, arguments))
    process = _PROCESSES.Process(target=_main, args=(command, files, str(cwd or "."), dict(variables)))
    process.start()
    process.join(patience)
    if process.exitcode is None:
        process.kill()
        process.join()
        pytest.fail(f"hangs for {patience} seconds")
    out, err = ((folder / name).read_text("utf-8") for name in ("stdout", "stderr"))
    usage = (folder / "usage").read_text().split() if (folder / "usage").exists() else ["inf", "0"]
    return Run(process.exitcode, out, err, float(usage[0]), int(usage[1]))


def _main(arguments: Sequence[str], files: Sequence[str], cwd: str, variables: Mapping[str, str]) -> None:
    for stream, path in enumerate(files[:2], 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    os.chdir(cwd)
    os.environ.pop("CITYSCAPES_DATASET", None)
    os.environ.update(variables)
    sys.argv = ["cityconv", *arguments]
    try:
        main()
    finally:
        taken = resource.getrusage(resource.RUSAGE_SELF)
        with open(files[2], "w") as file:  # noqa: PTH123 - pathlib may not be able to, where memory is short
            file.write(f"{taken.ru_utime + taken.ru_stime} {taken.ru_maxrss * 1024}")
