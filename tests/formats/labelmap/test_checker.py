"""Verify on label maps: a fault planted in one is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.builders import FRAME
from tests.check.planted import (
    OWN_DATA,
    Fault,
    check_fault,
    check_own_data,
    copied,
    cut,
    edit_chunk,
    every,
    in_file,
    in_pixels,
    put,
)

if TYPE_CHECKING:
    from collections.abc import Callable
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
    "a truncated PNG": (in_file(LABELS, cut), "unreadable", "truncated after byte"),
    "an empty file": (in_file(LABELS, lambda path: path.write_bytes(b"")), "unreadable", "the file is empty"),
    "pixels that cannot be decoded": (
        in_file(LABELS, lambda path: edit_chunk(path, b"IDAT", lambda data: put(data, 0, 0))),
        "unreadable",
        "damaged pixel data",
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


def in_map(name: str, value: int) -> Callable[[Path], object]:
    return in_pixels(f"gtFine/{name}.png", lambda pixels: put(pixels, (20, 30), value))


OWN_FAULTS: dict[str, Fault] = {
    "names of its own": (
        copied("gtFine/train/1/frame0029_gtFine_labelIds.png", "gtFine/train/0/frame0029_gtFine_labelIds.png"),
        "pixels",
        "pixels differ",
    ),
    "blanks in names": (in_map("train/0/street [1] (a)_gtFine_masks/road", 0), "pixels", "0 where"),
    "two images per frame": (
        lambda out: (out / "leftImg8bit/train/0/frame0029_foggy_beta_0.02.png").unlink(), "missing", "missing",
    ),
    "labels of IDD": (in_map("train/0/frame0029_gtFine_labelIds", 7), "pixels", "7 where the annotation gives 0"),
    "maps": (in_map("val/2/street[1](a)_gtFine_instanceIds", 26009), "pixels", "26009 where"),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN_DATA)
def test_a_fault_in_data_of_ones_own_is_found(name: str, tmp_path: Path) -> None:
    options = [word for word in KINDS if word != "--kind"]
    if name == "labels of IDD":  # whose road has the id 0, and has no instances
        options += ["level3Ids", "instanceTrainIds"]
    arguments = ("labelmap", *(word for kind in options for word in ("--kind", kind)))
    check_own_data(tmp_path, OWN_DATA[name], arguments, OWN_FAULTS[name])


def test_instances_are_counted_by_value(tmp_path: Path) -> None:
    """Person and animal share the level 3 id 4, and so do four vehicles the id 12."""
    name = "train/0/frame0029_gtFine_instancelevel3Ids"
    fault = (in_pixels(f"gtFine/{name}.png", lambda p: put(p, (22, 40), 4000)), "pixels", "4000 where .* 4001")
    check_own_data(tmp_path, OWN_DATA["labels of IDD"], ("labelmap", "--kind", "level3Ids"), fault)
