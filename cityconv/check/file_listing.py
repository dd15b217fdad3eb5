"""Which files an output should have, and which it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.check.findings import Finding
from cityconv.check.png import DamagedError
from cityconv.source.files import READ_ERRORS, explain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cityconv.source.layout import Frame


def file_findings(out: Path, pattern: str, expected: Iterable[str]) -> list[Finding]:
    """Return the files that are missing, and those that match a pattern and are one too many.

    Args:
        out: the output.
        pattern: a glob of the files of one sort.
        expected: their paths below the output.
    """
    wanted = set(expected)
    present = {path.relative_to(out).as_posix() for path in out.glob(pattern) if path.is_file()}
    return [
        *(Finding("missing", str(out / path), "missing") for path in sorted(wanted - present)),
        *(Finding("extra", str(out / path), "of no frame that was selected") for path in sorted(present - wanted)),
    ]


def image_findings(out: Path, folder: str, expected: Iterable[str]) -> list[Finding]:
    """Return the images that are missing or one too many in a folder; none when images were not brought along."""
    return file_findings(out, f"{folder}/**/*", expected) if (out / folder).is_dir() else []


def images_by_subset(frames: Iterable[Frame], image_suffix: str) -> Iterator[str]:
    """Yield where an output that has images has them, when it has a folder of them for each subset."""
    for frame in frames:
        yield f"images/{frame.subset}/{frame.city}/{frame.name}{image_suffix}"


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        DamagedError: it cannot be read, or is no UTF-8 text.
    """
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise DamagedError(f"not UTF-8 text: {error.reason}") from None
    except READ_ERRORS as error:
        raise DamagedError(explain(error)) from None
