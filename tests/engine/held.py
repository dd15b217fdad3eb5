"""A run of cityconv that stands still at one frame, to be interrupted, watched or let go on."""

from __future__ import annotations

import errno
import os
import signal
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.builders import annotation_path
from tests.commands import start

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

_PATIENCE = 60  # seconds; only a run that never reaches the frame needs them


class HeldRun:
    """A run that waits for a frame's annotation, which is a pipe as long as it is held.

    Attributes:
        process: the run.
        path: the annotation.
    """

    def __init__(self, process: subprocess.Popen[str], path: Path, content: bytes) -> None:
        self.process = process
        self.path = path
        self._content = content
        self._pipe = self._wait_for_reader()

    def _wait_for_reader(self) -> int:
        for _ in _attempts():
            if self.process.poll() is not None:
                break
            try:
                return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:  # nobody reads yet
                    raise
        self.end()
        raise AssertionError(f"the run never read {self.path}: {self.finish()}")

    def release(self) -> None:
        """Let the run read the annotation."""
        os.write(self._pipe, self._content)
        os.close(self._pipe)

    def worker(self) -> psutil.Process:
        """Return the worker process that is on the frame."""
        for _ in _attempts():  # it is still about to open the file when the other end is open already
            for child in psutil.Process(self.process.pid).children():
                if self.path in _open_paths(child):
                    return child
        raise AssertionError(f"no worker reads {self.path}")

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
def held_run(source: Path, key: str, *arguments: str | Path) -> Iterator[HeldRun]:
    """Start cityconv and give it when it waits for the annotation of a frame; the file is as before afterwards."""
    path = annotation_path(source, key)
    kept = path.rename(path.with_suffix(".kept"))
    os.mkfifo(path)
    run = HeldRun(start(*arguments), path, kept.read_bytes())
    try:
        yield run
    finally:
        run.end()
        run.process.communicate()
        kept.rename(path)
