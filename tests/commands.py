"""Running cityconv: as a user does, and in this process where only the files count."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from typer.testing import CliRunner

from cityconv.cli import app
from tests.builders import FRAME, tree_of, write_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.builders import Document

_PATIENCE = 300  # seconds; only a run that hangs needs them


class Outcome(NamedTuple):
    """How a run ended and what it said."""

    status: int
    out: str
    err: str


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of this process without a data set in it, and with changes."""
    inherited = {name: value for name, value in os.environ.items() if name != "CITYSCAPES_DATASET"}
    return inherited | changes


def cityconv(*arguments: str | Path, cwd: Path | None = None, **variables: str) -> Outcome:
    """Run `cityconv` in a process of its own."""
    command = [sys.executable, "-m", "cityconv", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=environment(variables), timeout=_PATIENCE, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def invoke(*arguments: str | Path) -> Outcome:
    """Run `cityconv` in this process; what would end in one line of error is raised."""
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    return Outcome(result.exit_code, result.stdout, result.stderr)


def convert_dataset(
    folder: Path, scenes: Mapping[str, Document], command: str, *options: str, tree: str = "gtFine"
) -> dict[str, bytes]:
    """Convert scenes in this process, and return the files of the output."""
    source = write_dataset(folder / "source", scenes, tree)
    outcome = invoke(command, source, "-o", folder / "out", "-j", "1", *options)
    assert outcome.status == 0, outcome.err
    return tree_of(folder / "out")


def convert_scene(folder: Path, scene: Document, command: str, *options: str) -> dict[str, bytes]:
    """Convert one scene in this process, and return the files of the output."""
    return convert_dataset(folder, {FRAME: scene}, command, *options)


def complaint(folder: Path, scene: Document, command: str, *options: str) -> str:
    """Return what is said of one bad scene, and assert that nothing is written of it."""
    source = write_dataset(folder / "source", {FRAME: scene})
    outcome = invoke(command, source, "-o", folder / "out", "-j", "1", *options)
    assert outcome.status == 1
    assert not (folder / "out").exists()
    return outcome.err
