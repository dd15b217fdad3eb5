"""Oriented boxes are compared by their corners, wherever these begin and whichever way they go."""

from __future__ import annotations

import numpy as np
import pytest

from cityconv.check.rectangles import rectangle_similarity

CORNERS = np.array([(1.0, 0.0), (5.0, 2.0), (4.0, 4.0), (0.0, 2.0)])


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("first", range(4))
def test_corners_may_begin_anywhere_and_go_in_either_direction(first: int, direction: int) -> None:
    assert rectangle_similarity([CORNERS + 9, CORNERS], np.roll(CORNERS[::direction], first, axis=0)) == 1.0


def test_other_corners_are_less_similar_even_if_the_box_around_them_is_the_same() -> None:
    upright = np.array([(0.0, 0.0), (5.0, 0.0), (5.0, 4.0), (0.0, 4.0)])
    assert rectangle_similarity([CORNERS], upright) == 0.9999
    assert rectangle_similarity([CORNERS], CORNERS[:, ::-1]) < 0.9
