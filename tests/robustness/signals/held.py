"""A run of cityconv that stands still at one frame, to be interrupted, watched or let go on.

Run as a program with the path of a pipe, the name of a frame and a command line, it is that run.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from cityconv.cli import main
from cityconv.source.layout import Frame
from tests.commands import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 60  # seconds; only a run that never reaches the frame needs them


class HeldRun:
    """A run that waits before it reads a frame, until a pipe is closed.

    Attributes:
        process: the run.
        gate: the pipe.
    """

    def __init__(self, process: subprocess.Popen[str], gate: Path) -> None:
        self.process = process
        self.gate = gate
        self._pipe = self._wait_for_reader()

    def _wait_for_reader(self) -> int:
        for _ in _attempts():
            if self.process.poll() is not None:
                break
            try:
                return os.open(self.gate, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:  # nobody reads yet
                    raise
        self.end()
        raise AssertionError(f"the run never came to its frame: {self.finish()}")

    def release(self) -> None:
        """Let the run read the frame."""
        os.close(self._pipe)

    def worker(self) -> psutil.Process:
        """Return the worker process that is on the frame."""
        for _ in _attempts():  # it is still about to open the file when the other end is open already
            for child in psutil.Process(self.process.pid).children():
                if self.gate in _open_paths(child):
                    return child
        raise AssertionError("no worker waits")

    def finish(self) -> tuple[int, str]:
        """Wait for the run to end; return its status and what it said on standard error."""
        _, said = self.process.communicate(timeout=_PATIENCE)
        return self.process.returncode, said

    def end(self) -> None:
        """Kill the run and its workers, if they are still there."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def _attempts() -> Iterator[None]:
    """Yield again and again, with a pause between, until patience is at an end."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        yield
        time.sleep(0.005)


def _open_paths(process: psutil.Process) -> set[Path]:
    return {link.readlink() for link in Path(f"/proc/{process.pid}/fd").iterdir()}


@contextmanager
def held_run(key: str, *arguments: str | Path) -> Iterator[HeldRun]:
    """Start cityconv and give it when it is about to read a frame."""
    with tempfile.TemporaryDirectory() as folder:
        gate = Path(folder) / "gate"
        os.mkfifo(gate)
        command = [sys.executable, "-m", __name__, str(gate), Path(key).name, *map(str, arguments)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment({}),
            start_new_session=True,
        )  # fmt: skip
        run = HeldRun(process, gate)
        try:
            yield run
        finally:
            run.end()
            process.communicate()


def _hold(gate: str, name: str) -> None:
    read = Frame.read

    def wait_and_read(frame: Frame) -> bytes:
        if frame.name == name:
            Path(gate).read_bytes()
        return read(frame)

    Frame.read = wait_and_read  # type: ignore[method-assign]


if __name__ == "__main__":
    _hold(*sys.argv[1:3])
    del sys.argv[1:3]
    main()
