"""What charts show, and what is said where the pointer is."""

from __future__ import annotations

from cityconv.statistics.report.charts import objects_per_frame


def test_a_bar_says_which_numbers_of_objects_it_is_of() -> None:
    few = objects_per_frame({0: 1, 5: 2})["data"]["values"]
    assert [(bar["objects"], bar["frames"]) for bar in few] == [("0", 1), ("5", 2)]
    many = objects_per_frame({0: 1, 1: 2, 2: 4, 119: 8})["data"]["values"]
    assert [(bar["objects"], bar["frames"]) for bar in many] == [("0 to 1", 3), ("2 to 3", 4), ("118 to 119", 8)]
