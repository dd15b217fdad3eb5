"""The colors of Pascal VOC, and the file that lists them for CVAT and datumaro."""

from __future__ import annotations

from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.findings import Finding, abridge
from cityconv.check.reading import DamagedError, decode_text, read_dataset_file, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_FILE = "labelmap.txt"
_VOID = 255
_CHANNELS = 3


@cache
def voc_palette() -> NDArray[np.uint8]:
    """Return the palette of VOC, uint8 (256, 3): the bits of the index, distributed over red, green, and blue."""
    colors = [
        [sum((index >> 3 * bit + channel & 1) << 7 - bit for bit in range(8)) for channel in range(_CHANNELS)]
        for index in range(256)
    ]
    return np.array(colors, np.uint8)


def check_label_map(out: Path, root: Path, classes: list[str]) -> list[Finding]:
    """Compare the file of names and colors: the background, the classes, and what is ignored.

    Args:
        out: the output folder.
        root: the folder of the year.
        classes: the names of the classes.
    """
    path = root / _FILE
    try:
        lines = text_lines(decode_text(read_dataset_file(out, path, len(classes))))
    except DamagedError as error:
        return [error.finding(str(path))]
    found = [line for line in lines if line and not line.startswith("#")]
    return list(abridge(_line_findings(str(path), found, _expected_lines(classes))))


def _expected_lines(classes: list[str]) -> list[str]:
    indices = {"background": 0} | {name: index for index, name in enumerate(classes, 1) if index < _VOID}
    indices.setdefault("ignored", _VOID)
    return [f"{name}:{','.join(map(str, voc_palette()[index]))}::" for name, index in indices.items()]


def _line_findings(path: str, found: list[str], expected: list[str]) -> Iterator[Finding]:
    for number, (line, wanted) in enumerate(zip_longest(found, expected), 1):
        if line != wanted:
            yield Finding("class", path, f"label {number} is {line!r} where {wanted!r} is expected")
