"""Generate docs/cityconv.1, a man page, from the output of `--help`. `make docs` runs it, and a test checks it."""

from __future__ import annotations

from pathlib import Path

from cityconv.cli import COMMANDS
from cityconv.version import __version__
from docs.generate_cli import help_of

PAGE = Path(__file__).parent / "cityconv.1"
_COLUMNS = 72  # man indents by 7
_SECTIONS = r"""
.SH EXIT STATUS
0 for success, 1 for bad input, a failed run or an existing output, 2 for a command line that can never succeed,
128 plus the number of a signal that ended the run.
.SH ENVIRONMENT
An option that is not given is taken from CITYCONV_COMMAND_OPTION, such as CITYCONV_COCO_CLASSES. Options under
"Running" are also taken from CITYCONV_OPTION, such as CITYCONV_JOBS. CITYSCAPES_DATASET is the default for SRC.
"""


def page() -> str:
    """Return the text of the page."""
    commands = "".join(f".SS cityconv {name}\n{_as_is(help_of(name, columns=_COLUMNS))}" for name in COMMANDS)
    return (
        f'.TH CITYCONV 1 "" "cityconv {__version__}"\n'
        ".SH NAME\ncityconv \\- convert Cityscapes polygon annotations to other formats\n"
        f".SH SYNOPSIS\n.B cityconv\n.I COMMAND\n[OPTIONS]\n"
        f".SH DESCRIPTION\n{_as_is(help_of(columns=_COLUMNS))}"
        f".SH COMMANDS\n{commands}{_SECTIONS.lstrip()}"
    )


def _as_is(text: str) -> str:
    """Return lines that man shows as they are; a dot or a quote at the start of one would be a request."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    return ".EX\n" + "".join(f"\\&{line}\n" if line[:1] in (".", "'") else f"{line}\n" for line in escaped) + ".EE\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
