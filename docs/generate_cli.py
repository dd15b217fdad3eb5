"""Generate docs/cli.md from the output of `--help`. `make docs` runs it, and a test checks that the page is current."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from typer.main import get_command

from cityconv.cli import COMMANDS, app

PAGE = Path(__file__).parent / "cli.md"
TYPER = ".".join(version("typer").split(".")[:2])  # which decides how help is laid out
_INTRODUCTION = """\
# Commands and options

This page is generated from the output of `--help` with Typer {typer}. `make docs` updates it.

**Streams.** Data goes to standard output, messages to standard error. A progress bar is shown only on a terminal. An
error is one line that begins with `error:`. A line that begins with `hint:` may follow.

**Exit status.** 2 means that the same command line can never succeed. A signal ends a run with 128 plus its number:
129 for SIGHUP, which a terminal sends when it is closed.

| what happened | status |
|---|---|
| everything was done | 0 |
| `--on-error skip` skipped bad frames | 0 |
| an annotation or an image is bad or missing | 1 |
| SRC has no annotations | 1 |
| an output or a report exists already | 1 |
| an output cannot be written, or the run failed | 1 |
| `verify` found differences | 1 |
| an unknown command or option, a value that an option does not take | 2 |
| options that cannot be combined | 2 |
| no such SRC, recipe or other path that an option names | 2 |
| no such split, city, class or kind | 2 |
| an invalid recipe, class map, label table or list of frames | 2 |
| Ctrl-C (SIGINT) | 130 |
| SIGTERM | 143 |

**Environment.** These variables are read:

| variable | meaning |
|---|---|
| `CITYSCAPES_DATASET` | the default for SRC |
| `CITYCONV_COMMAND_OPTION`, such as `CITYCONV_COCO_CLASSES` | an option of a command that is not given |
| `CITYCONV_OPTION`, such as `CITYCONV_JOBS` | the same for all commands, for the options under "Running" |
| `CITYCONV_MAX_*` | [limits of input](reliability.md#untrusted-input) |
| `CITYCONV_STAGING` | the local folder in which outputs for [object stores](storage.md#outputs) are made |
| `TMPDIR` | the folder for temporary files |

The value 1 turns a switch on. Values of a repeatable option are separated by spaces. Options of the command line win,
also over those from the environment that they cannot be combined with.

**Completion.** `cityconv --install-completion` installs completion of commands, options and their values for the
current shell (bash, zsh, fish or PowerShell), and `--show-completion` prints the script.

**Man page.** `man cityconv`, if `share/man` of the Python environment is in the search path of `man`.
"""


def page() -> str:
    """Return the text of the page."""
    sections = [f"## cityconv {name}\n\n```text\n{help_of(name)}```\n" for name in COMMANDS]
    return "\n".join((_INTRODUCTION.format(typer=TYPER), f"## cityconv\n\n```text\n{help_of()}```\n", *sections))


def help_of(*command: str, columns: int = 80) -> str:
    """Return the help of a command, or of cityconv itself, for a terminal of a width; one above 80 changes nothing."""
    group: Any = get_command(app)
    context = group.make_context("cityconv", [], resilient_parsing=True, terminal_width=columns - 2)  # with a margin
    for name in command:
        context = group.get_command(context, name).make_context(name, [], parent=context, resilient_parsing=True)
    return "\n".join(line.rstrip() for line in context.get_help().splitlines()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
