"""The reader of COCO's masks: the same pixels as pycocotools where it is right, and errors where it is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pycocotools import mask as pycocotools

from cityconv.check.allowance import ExhaustedError, MaskAllowance
from cityconv.check.reading import DamagedError
from cityconv.formats.coco.reader import CocoObject, parse_annotation, parse_coco
from cityconv.frame.coco_masks import run_lengths

# pycocotools decodes with a warning under numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def parse(segmentation: object, height: int, width: int, allowance: MaskAllowance | None = None) -> CocoObject:
    annotation: dict[str, Any] = {
        "id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 1, "bbox": [0, 0, 1, 1],
        "segmentation": segmentation,
    }  # fmt: skip
    return parse_annotation(annotation, height, width, allowance or MaskAllowance(height, width))


def painted(item: CocoObject, height: int, width: int) -> Any:
    assert item.mask
    canvas = np.zeros((height, width), np.uint8)
    x0, y0, x1, y1 = item.mask.box
    canvas[y0:y1, x0:x1] = item.mask.pixels
    assert item.mask.area == canvas.sum()
    return canvas


@pytest.mark.parametrize("seed", range(60))
def test_run_lengths_are_the_pixels_of_pycocotools(seed: int) -> None:
    chance = np.random.default_rng(seed)
    height, width = chance.integers(1, 40, 2).tolist()
    pixels = np.asfortranarray(chance.random((height, width)) < chance.choice((0, 0.1, 0.5, 0.9, 1)), np.uint8)
    code = pycocotools.encode(pixels)["counts"].decode()
    item = parse({"size": [height, width], "counts": code}, height, width)
    np.testing.assert_array_equal(painted(item, height, width), pixels)
    assert item.mask
    rows, columns = np.nonzero(pixels)
    if len(rows):
        assert item.mask.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


@pytest.mark.parametrize("seed", range(20))
def test_polygons_are_the_pixels_of_pycocotools(seed: int) -> None:
    chance = np.random.default_rng(seed)
    height, width = 30, 50
    rings = [(chance.random((chance.integers(3, 9), 2)) * (width, height)).ravel().tolist() for _ in range(2)]
    expected = pycocotools.decode(pycocotools.merge(pycocotools.frPyObjects(rings, height, width)))
    np.testing.assert_array_equal(painted(parse(rings, height, width), height, width), expected)


@pytest.mark.parametrize(
    "counts",
    [
        "",
        "0",
        "PPR0",
        "1o2",
        "oooooo@",
        "o" * 12 + "0",
        "ooooooO" * 1_000,
        "oooooooooooooooO",
        "1" * 10_000,
        "\u0661",
        "d0d",
    ],
)
def test_a_code_that_is_not_canonical_or_of_another_size_is_an_error(counts: str) -> None:
    assert run_lengths(counts, 2048) is None
    with pytest.raises(DamagedError, match="run lengths"):
        parse({"size": [32, 64], "counts": counts}, 32, 64)


def test_long_polygons_do_not_reach_pycocotools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pycocotools.mask.frPyObjects", lambda *arguments: pytest.fail("it would crash"))
    with pytest.raises(DamagedError, match="more than 4,290 pixels of outline"):
        parse([[0, 0, 64, 32] * 500_000], 32, 64)
    with pytest.raises(DamagedError, match="more than 4,290 pixels of outline"):
        parse([[1, 1] * 100_000], 32, 64)


def test_masks_that_are_large_together_are_an_error() -> None:
    allowance = MaskAllowance(1024, 2048)
    code = pycocotools.encode(np.ones((1024, 2048), np.uint8, "F"))["counts"].decode()
    for _ in range(99):
        parse({"size": [1024, 2048], "counts": code}, 1024, 2048, allowance)
    with pytest.raises(ExhaustedError):
        parse({"size": [1024, 2048], "counts": code}, 1024, 2048, allowance)


RANDOM = np.random.default_rng(1)
COSTLY: dict[str, tuple[object, int]] = {
    "many small rings": ([[0, 0, 3, 0, 3, 3]] * 300, 200),
    "random points": ([(RANDOM.random((1_000, 2)) * (2048, 1024)).ravel().tolist()], 90),
    "a long code": ({"size": [1024, 2048], "counts": "111" + "0" * (1024 * 2048 - 3)}, 5),
}


@pytest.mark.parametrize(("segmentation", "number"), COSTLY.values(), ids=COSTLY)
def test_masks_that_take_long_though_they_are_small_are_an_error(segmentation: object, number: int) -> None:
    allowance = MaskAllowance(1024, 2048)
    parse(segmentation, 1024, 2048, allowance)
    with pytest.raises(ExhaustedError):
        _ = [parse(segmentation, 1024, 2048, allowance) for _ in range(number)]


def test_a_code_of_more_groups_than_the_image_can_need_is_an_error() -> None:
    assert run_lengths("1" * 7_000_000, 1024 * 2048) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "Object missing required field `images`"),
        (
            b'{"images": [], "categories": [{}], "annotations": []}',
            r"Object missing required field `id` - at `\$.categories\[0\]`",
        ),
        (b'{"images": [], "categories": [], "annotations": [{}]}', r"id is not an integer - at `\$.annotations\[0\]`"),
        (b'{"images": [], "images": []}', "key 'images' is duplicated"),
        (b"{", "not JSON: Expecting property name"),
    ],
)
def test_another_file_is_an_error_that_names_the_place(content: bytes, message: str) -> None:
    with pytest.raises(DamagedError, match=f"^not a COCO file: {message}"):
        parse_coco(content, 1)
