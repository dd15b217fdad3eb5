"""Files that are still what was written."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from cityconv.engine.records import records_name

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.engine.manifest import FileEntry, OutputRecord


def is_intact_file(path: Path, entry: FileEntry) -> bool:
    """Return whether a file has the content of its entry; of a link, whether it leads to a file of this size."""
    try:
        status = os.stat(path)  # noqa: PTH116 - of many
        if not stat.S_ISREG(status.st_mode) or status.st_size != entry.size:
            return False
        if not entry.sha256:
            return True
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
    except (OSError, ValueError):
        return False


def intact_records(folder: Path, record: OutputRecord) -> Path | None:
    """Return the file of the records of an output, which is in the folder of its manifest; None if it is not intact."""
    path = folder / records_name(record.format, record.options)
    is_intact = any(entry.path == path.name and is_intact_file(path, entry) for entry in record.files)
    return path if is_intact else None
