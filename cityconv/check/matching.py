"""Matching the objects of an output with those of the annotation."""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.check.bounded_mask import Box, box_similarity, describe_box, mask_similarity
from cityconv.check.findings import Finding, FindingKind
from cityconv.raster.bounded_mask import BoundedMask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

_MIN_SIMILARITY = 0.1  # below this, objects of the same class are not matched
_MIN_SIMILARITY_OF_CLASSES = 0.5  # below this, objects of different classes are not matched
_MOST_CANDIDATES = 50  # for each expected object, the most similar ones by their boxes
_TINY = 1e-9


class MatchedObject(NamedTuple):
    """An object of the annotation or of the output, as matching sees it.

    Attributes:
        name: its class.
        is_crowd: whether it is a crowd.
        box: x0, y0, x1, y1 in pixels, half-open.
        mask: its pixels; None if the output has no masks.
        label: how findings refer to it, such as "line 3".
    """

    name: str
    is_crowd: bool
    box: Box
    mask: BoundedMask | None
    label: str


class Pair(NamedTuple):
    """An expected and an actual object that match.

    Attributes:
        expected: index of the expected object.
        actual: index of the actual object.
        similarity: intersection over union: 1 only if they are equal.
    """

    expected: int
    actual: int
    similarity: float


class Matching(NamedTuple):
    """The result of matching.

    Attributes:
        pairs: the objects that match.
        missing: the indices of expected objects without a match.
        extra: the indices of actual objects without a match.
    """

    pairs: list[Pair]
    missing: list[int]
    extra: list[int]


def match(
    expected: Sequence[MatchedObject],
    actual: Sequence[MatchedObject],
    similarity: Callable[[int, int], float] | None = None,
) -> Matching:
    """Match objects greedily by similarity, first within a class and crowd flag, then regardless of both.

    Equal objects are found by their boxes and masks. Only what is left, next to nothing in a good output, is compared
    with what it overlaps.

    Args:
        expected: the objects of the annotation.
        actual: the objects of the output.
        similarity: returns the similarity, 0 to 1, of an expected and an actual object given by index; 0 for those
            whose boxes are disjoint. By default, it is the intersection over union of their masks or boxes.
    """
    compare = similarity or (lambda i, j: _similarity(expected[i], actual[j]))
    pairs = _equal_pairs(expected, actual, compare)
    for any_class, threshold in ((False, _MIN_SIMILARITY), (True, _MIN_SIMILARITY_OF_CLASSES)):
        missing, extra = _unmatched(pairs, len(expected), len(actual))
        groups: dict[object, tuple[list[int], list[int]]] = {}
        for side, (items, indices) in enumerate(((expected, missing), (actual, extra))):
            for index in indices:
                groups.setdefault(None if any_class else items[index][:2], ([], []))[side].append(index)
        found = [
            pair
            for group in groups.values()
            for pair in _overlapping_pairs(expected, actual, *group, compare, threshold)
        ]
        pairs += sorted(found, key=lambda pair: (-pair.similarity, pair.expected, pair.actual))
    return Matching(pairs, *_unmatched(pairs, len(expected), len(actual)))


def _similarity(expected: MatchedObject, actual: MatchedObject) -> float:
    """Return the intersection over union of two masks, or of two boxes if a mask is not known."""
    if expected.mask is None or actual.mask is None:
        return box_similarity(expected.box, actual.box)
    return mask_similarity(expected.mask, actual.mask)


def _unmatched(pairs: Sequence[Pair], expected: int, actual: int) -> tuple[list[int], list[int]]:
    """Return the indices of expected and of actual objects that are in no pair."""
    missing, extra = dict.fromkeys(range(expected)), dict.fromkeys(range(actual))
    for pair in pairs:
        del missing[pair.expected], extra[pair.actual]
    return list(missing), list(extra)


def _equal_pairs(
    expected: Sequence[MatchedObject], actual: Sequence[MatchedObject], similarity: Callable[[int, int], float]
) -> list[Pair]:
    """Return the pairs of equal objects among those with the same class, crowd flag, and box or mask."""
    with_masks = _have_masks(expected, actual)
    waiting: dict[object, deque[int]] = {}
    for index, item in enumerate(actual):
        waiting.setdefault(_key(item, with_masks), deque()).append(index)
    pairs = []
    for index, item in enumerate(expected):
        candidates = waiting.get(_key(item, with_masks))
        if candidates and similarity(index, candidates[0]) == 1:
            pairs.append(Pair(index, candidates.popleft(), 1.0))
    return pairs


def _have_masks(*sides: Sequence[MatchedObject]) -> bool:
    return all(item.mask is not None for side in sides for item in side)


def _key(item: MatchedObject, with_masks: bool) -> object:
    """Return what equal objects share, and others hardly ever."""
    if with_masks and item.mask is not None:
        return item.name, item.is_crowd, item.mask.box, hash(item.mask.pixels.tobytes())
    return item.name, item.is_crowd, tuple(map(round, item.box))


def _overlapping_pairs(
    expected: Sequence[MatchedObject],
    actual: Sequence[MatchedObject],
    missing: list[int],
    extra: list[int],
    similarity: Callable[[int, int], float],
    threshold: float,
) -> Iterator[Pair]:
    """Yield the most similar pairs, each object once, of similarities not below a threshold.

    Pairs are taken in the order of the most similar that they can be, judged by boxes and areas, and compared only when
    it is their turn: most are never compared, since one of them has found a better match.
    """
    if not missing or not extra:
        return
    sought, offered = [expected[i] for i in missing], [actual[j] for j in extra]
    with_masks = _have_masks(sought, offered)
    boxes, areas = _boxes_and_areas(offered, with_masks)
    queue: list[tuple[float, bool, int, int]] = []
    for i, box, area in zip(missing, *_boxes_and_areas(sought, with_masks), strict=True):
        sides = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
        common = np.minimum(np.prod(np.maximum(sides, 0), axis=1), np.minimum(areas, area))
        bounds = common / np.maximum(areas + area - common, _TINY)
        nearest = np.argsort(-bounds, kind="stable")[:_MOST_CANDIDATES]
        queue += [(-bounds[k], False, i, extra[k]) for k in nearest.tolist() if bounds[k] >= threshold - _TINY]
    heapify(queue)
    free, unclaimed = set(missing), set(extra)
    while queue:
        value, is_exact, i, j = heappop(queue)
        if i not in free or j not in unclaimed:
            continue
        if is_exact:
            free.remove(i)
            unclaimed.remove(j)
            yield Pair(i, j, -value)
        elif (exact := similarity(i, j)) >= threshold:
            heappush(queue, (-exact, True, i, j))


def _boxes_and_areas(
    items: Sequence[MatchedObject], with_masks: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the boxes of objects, float64 (N, 4), and the areas of their masks or boxes, float64 (N,)."""
    masks = [item.mask for item in items if with_masks and item.mask is not None]
    if masks:
        return np.array([mask.box for mask in masks], np.float64), np.array([mask.area for mask in masks], np.float64)
    boxes = np.array([item.box for item in items], np.float64)
    return boxes, np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)


def object_findings(
    matching: Matching, expected: Sequence[MatchedObject], actual: Sequence[MatchedObject], file: str, frame: str = ""
) -> Iterator[Finding]:
    """Yield the discrepancies in classes, crowd flags, masks, boxes, and the number of objects."""
    for pair in matching.pairs:
        for kind, message in _differences(expected[pair.expected], actual[pair.actual], pair.similarity):
            yield Finding(kind, file, message, frame)
    for index in matching.missing:
        yield Finding("missing_object", file, f"missing {describe(expected[index])}", frame)
    for index in matching.extra:
        message = f"{actual[index].label}: {describe(actual[index])} is not in the annotation"
        yield Finding("extra_object", file, message, frame)


def _differences(
    expected: MatchedObject, actual: MatchedObject, similarity: float
) -> Iterator[tuple[FindingKind, str]]:
    """Yield the kind and the description of each difference between two objects that match."""
    if expected.name != actual.name:
        yield "class", f"{actual.label} is {actual.name} where the annotation has {describe(expected)}"
    elif expected.is_crowd != actual.is_crowd:
        yield "value", f"{actual.label}: {_crowd(actual)} where the annotation has {_crowd(expected)}"
    if similarity < 1:
        yield _region_difference(expected, actual, similarity)
    elif expected.mask is not None and actual.mask is not None and expected.box != actual.box:
        yield "box", f"{actual.label}: box {describe_box(actual.box)} around a mask {describe_box(expected.box)}"


def _region_difference(expected: MatchedObject, actual: MatchedObject, similarity: float) -> tuple[FindingKind, str]:
    iou = f"IoU {min(similarity, 0.9999):.4f}"  # unequal objects must not appear equal by rounding
    if expected.mask is None or actual.mask is None:
        return "box", f"{actual.label}: box {describe_box(actual.box)}, {iou} with {describe(expected)}"
    return "mask", (
        f"{actual.label}: mask of {actual.mask.area:,} pixels, {iou} "
        f"with the {expected.mask.area:,} pixels of {describe(expected)}"
    )


def _crowd(item: MatchedObject) -> str:
    return "a crowd" if item.is_crowd else "a single object"


def describe(item: MatchedObject) -> str:
    """Return the class and position of an object in words."""
    return f"{item.name}{' crowd' if item.is_crowd else ''} {describe_box(item.box)}"
