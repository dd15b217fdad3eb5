"""Verify on label maps: a fault planted in one is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.builders import FRAME
from tests.check.planted import Fault, check_fault, copied, cut, edit_chunk, every, in_file, in_pixels, put

if TYPE_CHECKING:
    from pathlib import Path

LABELS, NUMBERS, COLORS = (f"gtFine/{FRAME}_gtFine_{kind}.png" for kind in ("labelIds", "instanceIds", "color"))
MASKS = f"gtFine/{FRAME}_gtFine_masks"
KINDS = [word for kind in ("labelIds", "instanceIds", "color", "masks") for word in ("--kind", kind)]


def renumber(pixels: Any) -> None:
    """Give the instances of a class each other's numbers."""
    one, other = pixels == 26001, pixels == 26002
    assert one.any()
    assert other.any()
    pixels[one], pixels[other] = 26002, 26001


LABELMAP_FAULTS: dict[str, Fault] = {
    "a pixel": (
        in_pixels(LABELS, lambda p: put(p, (20, 30), 8)),
        "pixels",
        "x 30, y 20: 8 where the annotation gives 7",
    ),
    "a pixel's alpha": (in_pixels(COLORS, lambda p: put(p, (20, 30, 3), 0)), "pixels", r"\(128, 64, 128, 0\) where"),
    "a wrong instance numbering": (in_pixels(NUMBERS, renumber), "pixels", "26002 where the annotation gives 26001"),
    "8 bits for 16": (
        in_pixels(NUMBERS, lambda p: p.astype(np.uint8)),
        "unreadable",
        "8-bit gray where 16-bit gray is expected",
    ),
    "another size": (
        in_pixels(LABELS, lambda p: p[:, :32]),
        "size",
        "32 x 32 pixels where the annotation has 64 x 32",
    ),
    "a truncated PNG": (in_file(LABELS, cut), "unreadable", "truncated at byte"),
    "an empty file": (in_file(LABELS, lambda path: path.write_bytes(b"")), "unreadable", "the file is empty"),
    "pixels that cannot be decoded": (
        in_file(LABELS, lambda path: edit_chunk(path, b"IDAT", lambda data: put(data, 0, 0))),
        "unreadable",
        "decoded",
    ),
    "a missing map": (in_file(LABELS, lambda path: path.unlink()), "missing", "missing"),
    "an extra map": (
        copied(LABELS, "gtFine/train/aachen/x_gtFine_labelIds.png"),
        "extra",
        "belongs to no selected frame",
    ),
    "a pixel of a mask": (in_pixels(f"{MASKS}/road.png", lambda p: put(p, (20, 30), 0)), "pixels", "0 where"),
    "a missing mask": (in_file(f"{MASKS}/road.png", lambda path: path.unlink()), "missing", "missing"),
    "an extra mask": (copied(f"{MASKS}/road.png", f"{MASKS}/wall.png"), "extra", "belongs to no selected frame"),
}


@pytest.mark.parametrize(("arguments", "fault"), every(LABELMAP_FAULTS, "labelmap", *KINDS))
def test_a_planted_fault_is_found(arguments: tuple[str, ...], fault: Fault, tmp_path: Path) -> None:
    check_fault(tmp_path, arguments, fault)
