"""A run of cityconv that stops at one frame until it is released.

`run` is that run: the arguments of the program are a command line, and variables of the environment say where to stop
and how to start workers. Spawned workers import this module, and so stop at the frame too.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import psutil

from cityconv.cli import main
from cityconv.engine.process_pool import ProcessPool
from cityconv.source.frame import Frame
from tests.commands import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIMEOUT = 60  # seconds; reached only if the run never arrives at the frame
_PIPE, _FRAME, _START_METHOD = "CITYCONV_TEST_PIPE", "CITYCONV_TEST_FRAME", "CITYCONV_TEST_START_METHOD"


class HeldRun:
    """A run that waits before it reads a frame, until a named pipe is closed.

    Attributes:
        process: the run.
        pipe: path of the named pipe.
    """

    def __init__(self, process: subprocess.Popen[str], pipe: Path) -> None:
        self.process = process
        self.pipe = pipe
        self._descriptor = self._wait_for_reader()

    def _wait_for_reader(self) -> int:
        for _ in _attempts():
            if self.process.poll() is not None:
                break
            try:
                return os.open(self.pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:  # no reader yet
                    raise
        self.kill()
        raise AssertionError(f"the run did not arrive at the frame: {self.finish()}")

    def release(self) -> None:
        """Let the run read the frame."""
        os.close(self._descriptor)

    def children(self) -> list[psutil.Process]:
        """Return the workers and all other processes that the run has started."""
        processes: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return processes

    def worker(self) -> psutil.Process:
        """Return the worker that waits at the frame."""
        for _ in _attempts():  # the other end of the pipe can be open shortly before the file is listed
            for child in self.children():
                if self.pipe in _open_paths(child):
                    return child
        raise AssertionError("no worker waits at the frame")

    def finish(self) -> tuple[int, str]:
        """Wait for the run to end; return its exit status and what it wrote to standard error."""
        _, messages = self.process.communicate(timeout=_TIMEOUT)
        return self.process.returncode, messages

    def kill(self) -> None:
        """Kill the run and its workers, if they still exist."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def _attempts() -> Iterator[None]:
    """Yield repeatedly, with pauses, until the timeout."""
    deadline = time.monotonic() + _TIMEOUT
    while time.monotonic() < deadline:
        yield
        time.sleep(0.005)


def _open_paths(process: psutil.Process) -> set[Path]:
    return {link.readlink() for link in Path(f"/proc/{process.pid}/fd").iterdir()}


@contextmanager
def held_run(key: str, *arguments: str | Path, start_method: str = "") -> Iterator[HeldRun]:
    """Start cityconv as the leader of a session, and yield it when it is about to read a frame.

    Args:
        key: the frame, as `<split>/<city>/<name>`.
        arguments: the command line.
        start_method: the start method that the program chooses for its workers; the default if empty.
    """
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "pipe"
        os.mkfifo(pipe)
        variables = {_PIPE: str(pipe), _FRAME: Path(key).name, _START_METHOD: start_method}
        program = f"import {__name__}; {__name__}.run()"
        process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=environment(variables), start_new_session=True,
        )  # fmt: skip
        run = HeldRun(process, pipe)
        try:
            yield run
        finally:
            run.kill()
            process.communicate()


def _stop_at_frame(pipe: Path, name: str) -> None:
    read = Frame.read

    def wait_and_read(frame: Frame) -> bytes:
        if frame.name == name:
            pipe.read_bytes()
        return read(frame)

    Frame.read = wait_and_read  # type: ignore[method-assign, assignment]  # mypy infers another name for self


if _PIPE in os.environ:  # in the command, and in its spawned workers, which import this for the work
    _stop_at_frame(Path(os.environ[_PIPE]), os.environ[_FRAME])


@dataclass(frozen=True)
class _HeldWork:
    """Work that brings this module to a spawned worker."""

    work: Callable[[Any], Any]

    def __call__(self, item: object) -> object:
        return self.work(item)


def run() -> None:
    """Run cityconv, held at the frame that the environment names."""
    multiprocessing.set_start_method(os.environ[_START_METHOD] or None)
    run_in_pool = ProcessPool.run
    with patch.object(ProcessPool, "run", lambda pool, work, items: run_in_pool(pool, _HeldWork(work), items)):
        main()
