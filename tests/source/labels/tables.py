"""What the tests of label tables share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.errors import UsageError
from cityconv.source.labels.files import load_table

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.source.labels.table import LabelTable


def load(folder: Path, name: str, content: str | bytes) -> LabelTable:
    """Return the table of a file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_table(str(path))


def complaint(folder: Path, name: str, content: str | bytes) -> str:
    """Return the one line that refuses a file with this content, without the path in front."""
    with pytest.raises(UsageError) as caught:
        load(folder, name, content)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 400
    path, _, problem = message.partition(": ")
    assert path == str(folder / name)
    return problem
