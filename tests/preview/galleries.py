"""Galleries, read back without the code that wrote them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def read_script(path: Path) -> Any:
    """Return the last argument of the call in a script of a gallery."""
    text = path.read_text(encoding="utf-8")
    found = re.fullmatch(r"\w+\((.*)\)\n", text, re.DOTALL)
    assert found
    return json.loads(f"[{found[1]}]")[-1]


def read_index(out: Path) -> Any:
    """Return the index of a gallery."""
    return read_script(out / "gallery/frames.js")


def objects_of(out: Path, frame: str) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the class and the mask of each object of a frame, given by its path."""
    data = read_script(out / f"objects/{frame}.js")
    width, height = data["picture"]
    return [(data["classes"][row[0]][0], fill(row[-1], height, width)) for row in data["objects"]]


def fill(path: str, height: int, width: int) -> NDArray[np.bool_]:
    """Return the pixels of an SVG path of horizontal and vertical lines, by the rule `evenodd`."""
    toggles = np.zeros((height, width + 1), np.int64)
    for loop in filter(None, path.split("z")):
        x, y, *steps = (int(number) for number in re.findall(r"-?\d+", loop))
        kinds = re.findall("[Mhv]", loop)
        start = y
        for kind, step in zip(kinds[1:], steps, strict=True):
            if kind == "h":
                x += step
                continue
            toggles[min(y, y + step) : max(y, y + step), x] += 1
            y += step
        toggles[min(y, start) : max(y, start), x] += 1  # `z`
    filled: NDArray[np.bool_] = np.cumsum(toggles, axis=1)[:, :-1] % 2 == 1
    return filled
