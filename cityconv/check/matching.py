"""Matching the objects of an output with those of the annotation."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from cityconv.check.bounded_mask import BoundedMask, Box, box_similarity, describe_box, mask_similarity
from cityconv.check.findings import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_MIN_SIMILARITY = 0.1  # below this, objects of the same class are not matched
_MIN_SIMILARITY_OF_CLASSES = 0.5  # below this, objects of different classes are not matched


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


def _similarity(expected: MatchedObject, actual: MatchedObject) -> float:
    """Return the intersection over union of two masks, or of two boxes if a mask is not known."""
    if expected.mask is None or actual.mask is None:
        return box_similarity(expected.box, actual.box)
    return mask_similarity(expected.mask, actual.mask)


def match(
    expected: Sequence[MatchedObject],
    actual: Sequence[MatchedObject],
    similarity: Callable[[int, int], float] | None = None,
) -> Matching:
    """Match objects greedily by similarity, first within a class and crowd flag, then regardless of both.

    Args:
        expected: the objects of the annotation.
        actual: the objects of the output.
        similarity: returns the similarity, 0 to 1, of an expected and an actual object given by index. By default, it
            is the intersection over union of their masks or boxes.
    """
    pairs: list[Pair] = []
    missing, extra = list(range(len(expected))), list(range(len(actual)))
    for any_class, threshold in ((False, _MIN_SIMILARITY), (True, _MIN_SIMILARITY_OF_CLASSES)):
        candidates = []
        for i, j in product(missing, extra):
            if any_class or expected[i][:2] == actual[j][:2]:
                value = similarity(i, j) if similarity else _similarity(expected[i], actual[j])
                candidates.append(Pair(i, j, value))
        for pair in sorted(candidates, key=lambda pair: -pair.similarity):
            if pair.similarity >= threshold and pair.expected in missing and pair.actual in extra:
                pairs.append(pair)
                missing.remove(pair.expected)
                extra.remove(pair.actual)
    return Matching(pairs, missing, extra)


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
