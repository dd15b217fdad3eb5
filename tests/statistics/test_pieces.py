"""Pieces: what is left of a polygon inside of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.frame.reading import FrameReader
from cityconv.statistics.pieces import count_pieces
from tests.builders import HEIGHT, WIDTH, Polygon, box, write_frame

if TYPE_CHECKING:
    from pathlib import Path

CASES: dict[str, tuple[Polygon, int]] = {
    "inside": (box(2, 2, 8, 8), 1),
    "along the border": ([[0, 0], [WIDTH - 1, 0], [WIDTH - 1, HEIGHT - 1], [0, HEIGHT - 1]], 1),
    "one pixel beyond": ([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], 1),
    "two legs, joined below the image": (
        [[10, 20], [14, 20], [14, 34], [20, 34], [20, 20], [24, 20], [24, 36], [10, 36]],
        2,
    ),
    "two legs, joined in the last row that has pixels": (
        [[10, 20], [14, 20], [14, 31], [20, 31], [20, 20], [24, 20], [24, 32], [10, 32]],
        2,
    ),
    "outside": (box(WIDTH + 2, 2, 4, 4), 0),
    "outside, but for its edge": ([[WIDTH - 1, 2], [WIDTH + 4, 2], [WIDTH + 4, 8], [WIDTH - 1, 8]], 0),
    "two points, inside": ([[2, 2], [6, 6]], 1),
    "two points, beyond": ([[2, 2], [WIDTH, 6]], 0),
}


@pytest.mark.parametrize("name", CASES)
def test_a_polygon_has_as_many_pieces_as_parts_in_the_image(name: str, tmp_path: Path) -> None:
    polygon, pieces = CASES[name]
    frame = write_frame(tmp_path, ("road", box(0, 0, 4, 4)), ("car", polygon), ("sky", box(0, 0, 4, 4)))
    assert count_pieces(FrameReader()(frame).annotation).tolist() == [1, pieces, 1]


def test_a_frame_without_objects_has_no_pieces(tmp_path: Path) -> None:
    assert count_pieces(FrameReader()(write_frame(tmp_path)).annotation).tolist() == []
