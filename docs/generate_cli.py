"""Generate docs/cli.md from the output of `--help`. `make docs` runs it, and a test checks that the page is current."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from cityconv.cli import app

PAGE = Path(__file__).parent / "cli.md"
TYPER = ".".join(version("typer").split(".")[:2])  # which decides how help is laid out
_INTRODUCTION = """\
# Commands and options

This page is generated from the output of `--help` with Typer {typer}. `make docs` updates it.

**Streams.** Data goes to standard output, messages to standard error. A progress bar is shown only on a terminal.

**Exit status.** 0: success. 1: bad input, a failure, or differences found by `verify`. 2: a wrong command line. 130:
interrupted by Ctrl-C. 143: ended by SIGTERM. An error is one line that begins with `error:`. A line that begins with
`hint:` may follow.
"""


def page() -> str:
    """Return the text of the page."""
    names = [command.name for command in app.registered_commands if command.name]
    sections = [f"## cityconv {name}\n\n```text\n{_help(name)}```\n" for name in names]
    return "\n".join((_INTRODUCTION.format(typer=TYPER), f"## cityconv\n\n```text\n{_help()}```\n", *sections))


def _help(*command: str) -> str:
    environment = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    environment.pop("CITYSCAPES_DATASET", None)
    program = [sys.executable, "-m", "cityconv", *command, "--help"]
    text = subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout
    return "\n".join(line.rstrip() for line in text.replace("python -m cityconv", "cityconv").splitlines()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
