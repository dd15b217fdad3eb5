"""Damaged COCO files are read or refused: no other error, and no crash of a library."""

from __future__ import annotations

import json
import re
from random import Random
from typing import TYPE_CHECKING

import pytest

from cityconv.errors import CityconvError
from cityconv.frame.reading import FrameReader
from cityconv.source.coco_files import list_coco_frames
from tests.robustness.malformed.coco_sources import ANNOTATION, coco, code

if TYPE_CHECKING:
    from pathlib import Path

MUTANTS = 60
MASKS = ([[0.5, 0.5, 5.5, 0, 3, 3.5], [1, 1, 2, 2, 3, 1]], code([3, 5, 16]), code("35`0"))
TEXT = json.dumps(
    coco(annotations=[ANNOTATION | {"id": number, "segmentation": mask} for number, mask in enumerate(MASKS)])
).encode()
VALUE = re.compile(rb'-?\d+(?:\.\d+)?|"[^"]*"')
VALUES = (
    b"1e400", b"-1", b"null", b'"x"', b"[]", b"{}", b"99999999999999999999", b"0.5", b"true", b"1e5", b"NaN",
    b'"\xff"', b'"\\u0000"', b"[[]]", b"-1e300",
)  # fmt: skip


def mutate(chance: Random, text: bytes) -> bytes:
    """Return a text with another value, another byte, or bytes that are left out or repeated."""
    start, stop = sorted(chance.sample(range(len(text)), 2))
    match chance.choice("vvbro"):
        case "v":
            found = chance.choice([*VALUE.finditer(text)])
            return text[: found.start()] + chance.choice(VALUES) + text[found.end() :]
        case "b":
            return text[:start] + bytes([chance.randrange(256)]) + text[start + 1 :]
        case "r":
            return text[:stop] + text[start : start + 40] + text[stop:]
        case _:
            return text[:start] + text[start + chance.randrange(1, 20) :]


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_file_is_read_or_refused(seed: int, tmp_path: Path) -> None:
    chance = Random(seed)
    path = tmp_path / "instances_val.json"
    reader = FrameReader(kind="coco", takes_boxes=True)
    read = 0
    for _ in range(MUTANTS):
        path.write_bytes(mutate(chance, TEXT))
        try:
            for frame in list_coco_frames(path).frames:
                read += reader(frame).object_map().height == 4
        except CityconvError as error:
            assert str(path) in str(error)  # noqa: PT017 - not each mutant is bad
    assert read < MUTANTS
