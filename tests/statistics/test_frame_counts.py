"""The counts of one frame, compared with a count of painted pixels, object by object."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityconv.frame.rasterized import RasterizedFrame
from cityconv.frame.reading import FrameReader
from cityconv.source.files import File
from cityconv.source.frame import Frame
from cityconv.source.polygons import Annotation, ObjectLabel
from cityconv.statistics.frame_counts import FRACTION_STEPS, GRID, ClassCounts, Tally, count_frame
from tests.builders import box, street, write_annotation, write_frame
from tests.raster.slow_fill import fill

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TABLE = FrameReader().table
HEIGHT, WIDTH = 6, 8
FRAME = Frame("train", "ulm", "ulm_0", "gtFine", File("ulm_0_gtFine_polygons.json"), "train", ())
Drawn = tuple[str, list[tuple[int, int]]]


@st.composite
def scenes(draw: st.DrawFn) -> list[Drawn]:
    names = st.sampled_from(["car", "cargroup", "road", "license plate"])
    inside = st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1))
    return draw(st.lists(st.tuples(names, st.lists(inside, min_size=1, max_size=5)), max_size=8))


def rasterize(scene: list[Drawn]) -> RasterizedFrame:
    labels = []
    for name, _ in scene:
        found = TABLE.find(name)
        assert found
        labels.append(ObjectLabel(name, *found))
    vertices = np.array([point for _, polygon in scene for point in polygon], np.int64).reshape(-1, 2)
    counts = np.array([len(polygon) for _, polygon in scene], np.int64)
    return RasterizedFrame(FRAME, Annotation(HEIGHT, WIDTH, tuple(labels), vertices, counts))


def in_front(masks: list[NDArray[np.bool_]], index: int, hides: list[bool]) -> NDArray[np.bool_]:
    """Return the pixels of an object that no later object covers which hides others."""
    mask = masks[index].copy()
    for later in range(index + 1, len(masks)):
        if hides[later]:
            mask &= ~masks[later]
    return mask


def slow_count(scene: list[Drawn]) -> dict[str, ClassCounts]:
    masks = [fill(polygon, HEIGHT, WIDTH) for _, polygon in scene]
    counts = {name: ClassCounts(Tally(frames=1), [], [], [], []) for name, _ in scene}
    for index, (name, _) in enumerate(scene):
        is_plate = name == "license plate"
        hides = [is_plate or other != "license plate" for other, _ in scene]
        mask = in_front(masks, index, hides)
        area, full = int(mask.sum()), int(masks[index].sum())
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        border = np.pad(np.zeros((HEIGHT - 2, WIDTH - 2), np.bool_), 1, constant_values=True)
        of_class = counts[name]
        tally = Tally(0, 1, 1, int(not area), int((masks[index] & border).any()), 0 if is_plate else area)
        counts[name] = of_class._replace(tally=of_class.tally.plus(tally))
        if area:
            of_class.areas.append(area)
            of_class.widths.append(int(columns[-1] - columns[0]) + 1)
            of_class.heights.append(int(rows[-1] - rows[0]) + 1)
            of_class.fractions.append(int(area / full * FRACTION_STEPS + 0.5))
    return counts


@given(scenes())
def test_the_counts_of_a_frame_are_those_of_its_painted_pixels(scene: list[Drawn]) -> None:
    counts = count_frame(rasterize(scene))
    assert counts.classes == slow_count(scene)
    assert (counts.split, counts.city, counts.pixels) == ("train", "ulm", HEIGHT * WIDTH)


@given(scenes())
def test_the_density_has_the_visible_pixels_of_each_class(scene: list[Drawn]) -> None:
    counts = count_frame(rasterize(scene))
    pixels = Counter[str]()
    names = list(counts.classes)
    for cell, number in zip(counts.density.cell.tolist(), counts.density.pixels.tolist(), strict=True):
        pixels[names[cell // (GRID[0] * GRID[1])]] += number
    assert pixels == Counter({name: sum(item.areas) for name, item in counts.classes.items() if item.areas})


def test_a_street_is_counted_class_by_class(tmp_path: Path) -> None:
    frame = write_frame(tmp_path)
    write_annotation(tmp_path / frame.file.path, street())
    classes = count_frame(FrameReader()(frame)).classes
    assert {name: item.tally.objects for name, item in classes.items()} == {
        "out of roi": 1, "sky": 1, "road": 1, "cargroup": 2, "car": 3, "license plate": 1, "person": 1,
    }  # fmt: skip
    assert classes["car"].tally == Tally(frames=1, objects=3, pieces=3, hidden=1, truncated=0, pixels=96 + 36)
    assert classes["license plate"].tally.pixels == 0
    assert classes["license plate"].areas == [6]


def test_an_object_is_truncated_even_if_the_border_hides_its_edge(tmp_path: Path) -> None:
    border = [[0, 0], [64, 0], [64, 32], [0, 32], [0, 0], [1, 1], [1, 31], [63, 31], [63, 1], [1, 1]]
    scene = ("car", box(0, 8, 8, 8)), ("person", box(20, 8, 8, 8)), ("out of roi", border)
    classes = count_frame(FrameReader()(write_frame(tmp_path, *scene))).classes
    assert {name: item.tally.truncated for name, item in classes.items()} == {"car": 1, "person": 0, "out of roi": 1}


def test_objects_that_are_not_counted_are_named(tmp_path: Path) -> None:
    frame = write_frame(tmp_path, ("car", box(1, 1, 4, 4)), ("car", []), ("robot", box(1, 1, 4, 4)))
    counts = count_frame(FrameReader(unknown_labels="drop")(frame))
    assert counts.skipped == Counter({("empty", "car"): 1, ("unknown", "robot"): 1})
    assert counts.classes["car"].tally.objects == 1


def test_in_another_size_the_pixels_are_those_of_that_size(tmp_path: Path) -> None:
    from cityconv.frame.target_size import parse_size

    frame = write_frame(tmp_path, ("car", box(0, 0, 32, 32)))
    counts = count_frame(FrameReader(size=parse_size("50%"))(frame))
    assert (counts.pixels, counts.classes["car"].areas, counts.classes["car"].tally.pieces) == (32 * 16, [16 * 16], 1)
