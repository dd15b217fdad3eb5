"""Running cityconv: in a process of its own, or faster in this one."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

from typer.testing import CliRunner

from cityconv.cli import app, main
from tests.builders import FRAME, data_of, tree_of, write_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.builders import Document

_PATIENCE = 300  # seconds; only a run that hangs needs them


class Outcome(NamedTuple):
    """The exit status of a run, and what it printed."""

    status: int
    out: str
    err: str


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of this process without CITYSCAPES_DATASET, and with changes."""
    inherited = {name: value for name, value in os.environ.items() if name != "CITYSCAPES_DATASET"}
    return {**inherited, **changes}


def cityconv(*arguments: str | Path, cwd: Path | None = None, **variables: str) -> Outcome:
    """Run `cityconv` in a process of its own."""
    command = [sys.executable, "-m", "cityconv", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=environment(variables), timeout=_PATIENCE, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def run_inline(*arguments: str | Path, cwd: Path | None = None, **variables: str) -> Outcome:
    """Run `cityconv` in this process, errors included, with one worker unless `--jobs` is given."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            stack.callback(signal.signal, number, signal.getsignal(number))
        stack.enter_context(chdir(cwd or "."))
        stack.enter_context(patch.dict(os.environ, environment(variables), clear=True))
        stack.enter_context(patch.object(sys, "argv", ["cityconv", *map(str, arguments)]))
        stack.enter_context(patch("cityconv.engine.executors.available_cores", return_value=1))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        try:
            main()
        except SystemExit as exit_:
            status = exit_.code
    assert isinstance(status, int)
    return Outcome(status, *(_text(stream) for stream in (out, err)))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def invoke(*arguments: str | Path) -> Outcome:
    """Run `cityconv` in this process; errors are raised."""
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    return Outcome(result.exit_code, result.stdout, result.stderr)


def convert(*arguments: str | Path) -> Outcome:
    """Run a conversion in this process with one worker, and assert that it succeeds."""
    outcome = invoke(*arguments, "-j", "1")
    assert outcome.status == 0, outcome.err
    return outcome


def convert_dataset(
    folder: Path, scenes: Mapping[str, Document], command: str, *options: str, tree: str = "gtFine"
) -> dict[str, bytes]:
    """Convert scenes in this process, and return the data files of the output, without manifest and records."""
    source = write_dataset(folder / "source", scenes, tree)
    convert(command, source, "-o", folder / "out", *options)
    return data_of(tree_of(folder / "out"))


def convert_scene(folder: Path, scene: Document, command: str, *options: str) -> dict[str, bytes]:
    """Convert one scene in this process, and return the data files of the output."""
    return convert_dataset(folder, {FRAME: scene}, command, *options)


def complaint(folder: Path, scene: Document, command: str, *options: str) -> str:
    """Return the error message for a bad scene, and assert that nothing is written."""
    source = write_dataset(folder / "source", {FRAME: scene})
    outcome = invoke(command, source, "-o", folder / "out", "-j", "1", *options)
    assert outcome.status == 1
    assert not (folder / "out").exists()
    return outcome.err
