"""Write docs/cli.md from what `--help` prints; `make docs` runs it, and a test holds the page up to date."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cityconv.cli import app

PAGE = Path(__file__).parent / "cli.md"
_INTRODUCTION = """\
# Commands and options

This page is made from what `--help` prints; `make docs` makes it anew.

**Streams.** Data goes to standard output, what is said to people to standard error. There is a progress bar on a
terminal only.

**Exit status.** 0: done. 1: some input was bad, something stood in the way, or `verify` found differences. 2: the
command line is wrong. 130: interrupted by Ctrl-C. 143: ended by SIGTERM. What is wrong is said in one line that begins
with `error:`, and a line that begins with `hint:` may follow.
"""


def page() -> str:
    """Return the text of the page."""
    names = [command.name for command in app.registered_commands if command.name]
    sections = [f"## cityconv {name}\n\n```text\n{_help(name)}```\n" for name in names]
    return "\n".join((_INTRODUCTION, f"## cityconv\n\n```text\n{_help()}```\n", *sections))


def _help(*command: str) -> str:
    environment = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    environment.pop("CITYSCAPES_DATASET", None)
    program = [sys.executable, "-m", "cityconv", *command, "--help"]
    text = subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout
    return "\n".join(line.rstrip() for line in text.replace("python -m cityconv", "cityconv").splitlines()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
