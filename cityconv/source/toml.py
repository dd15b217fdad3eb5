"""TOML files that users write: class maps and recipes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from cityconv.errors import UsageError
from cityconv.source.files import explain

# Far above what people write. The memory of Python's parser grows with the square of the length of a dotted key.
_LONGEST_FILE = 2**16  # bytes
_LONGEST_LINE = 2**12  # characters


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises:
        UsageError: the file cannot be read, is too long, or is not TOML.
    """
    try:
        with path.open("rb") as file:  # may be a pipe
            content = file.read(_LONGEST_FILE + 1)
        if len(content) > _LONGEST_FILE:
            raise UsageError(f"{path}: more than {_LONGEST_FILE:,} bytes")
        text = content.decode("utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > _LONGEST_LINE:
                raise UsageError(f"{path}: a line of more than {_LONGEST_LINE:,} characters - at line {number}")
        return tomllib.loads(text)
    except RecursionError:
        raise UsageError(f"{path}: nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}") from None
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}: not UTF-8 text: {error.reason} - at line {number}") from None
    except OSError as error:
        raise UsageError(f"{path}: {explain(error)}") from None
