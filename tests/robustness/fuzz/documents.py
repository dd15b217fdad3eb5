"""Random annotation documents: small images, with polygons that no annotator draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cityconv.source.labels.files import load_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.builders import Document, Polygon

GROUPS = ("cargroup", "persongroup", "ridergroup", "bicyclegroup", "truckgroup", "polegroup")
NAMES = (*(label.name for label in load_table("cityscapes").labels), *GROUPS)
TRICKY = ("car", "cargroup", "person", "persongroup", "license plate", "caravan", "road")
MANY = (254, 255, 256, 999, 1000, 1001)  # around the limits of palettes and of instance ids


def random_document(chance: Random) -> Document:
    """Return a document of up to 14 objects, or rarely of very many."""
    is_crowded = chance.random() < 0.01
    limits = (5, 5) if is_crowded else (28, 20)
    width, height = (max(chance.randint(1, limit), chance.randint(1, limit)) for limit in limits)
    number = chance.choice(MANY) if is_crowded else chance.randint(0, 14)
    names = TRICKY if chance.random() < 0.5 else chance.sample(NAMES, chance.randint(1, 12))
    objects: list[dict[str, Any]] = []
    for _ in range(number):
        if objects and chance.random() < 0.1:
            objects.append(chance.choice(objects))
            continue
        polygon = chance.choice(_SHAPES)(chance, width, height)
        objects.append({"label": chance.choice(names), "polygon": polygon, **_more(chance)})
    return {"imgHeight": height, "imgWidth": width, "objects": objects}


def _more(chance: Random) -> Document:
    kind = chance.random()
    if kind < 0.05:
        return {"deleted": chance.choice([0, 1, True, False, None, "", "x"])}
    return {"id": 7, "draw": True, "user": "ü"} if kind < 0.1 else {}


def _scattered(chance: Random, width: int, height: int) -> Polygon:
    """Return points in and around the image: edges cross, and parts lie outside."""
    return [
        [chance.randint(-width, 2 * width), chance.randint(-height, 2 * height)] for _ in range(chance.randint(3, 9))
    ]


def _inside(chance: Random, width: int, height: int) -> Polygon:
    return [[chance.randint(0, width), chance.randint(0, height)] for _ in range(chance.randint(3, 12))]


def _box(chance: Random, width: int, height: int) -> Polygon:
    left, right = sorted(chance.randint(-2, width + 2) for _ in range(2))
    top, bottom = sorted(chance.randint(-2, height + 2) for _ in range(2))
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def _degenerate(chance: Random, width: int, height: int) -> Polygon:
    """Return a point, a line out and back, or repeated points."""
    points = list(_inside(chance, width, height))[: chance.randint(1, 2)]
    return points * chance.randint(1, 3)


def _fractions(chance: Random, width: int, height: int) -> Polygon:
    return [[chance.uniform(-3, width + 3), chance.uniform(-3, height + 3)] for _ in range(chance.randint(3, 6))]


def _far(chance: Random, width: int, height: int) -> Polygon:
    """Return points, some of them as far outside as the reader allows."""
    far = (-1_000_000, 1_000_000, -32_768, 32_768, 65_536)
    return [[chance.choice((*far, x)), chance.choice((*far, y))] for x, y in _inside(chance, width, height)]


def _comb(chance: Random, width: int, height: int) -> Polygon:
    """Return the outline of a comb: many parts, once something hides its back."""
    teeth = [point for x in range(0, width, 3) for point in ([x, 0], [x, height], [x + 1, height], [x + 1, 0])]
    return [*teeth, [width, 0], [width, chance.randint(-1, 1)], [0, chance.randint(-1, 1)]]


def _ring(chance: Random, width: int, height: int) -> Polygon:
    """Return a frame around a hole, as `out of roi` is drawn."""
    inner = chance.randint(1, 4)
    right, bottom = width - 1 - inner, height - inner
    return [
        [0, 0], [width - 1, 0], [width - 1, height], [0, height], [0, 0],
        [inner, inner], [inner, bottom], [right, bottom], [right, inner], [inner, inner],
    ]  # fmt: skip


_SHAPES: tuple[Callable[[Random, int, int], Polygon], ...] = (
    _scattered, _inside, _inside, _box, _box, _degenerate, _fractions, _far, _comb, _ring,
)  # fmt: skip
