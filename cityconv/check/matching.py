"""Which object of an output is which of the annotation's, and what of them does not hold."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from cityconv.check.bounded_mask import Box, BoundedMask, box_similarity, mask_similarity
from cityconv.check.findings import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SAME_PLACE = 0.1  # objects that are less alike than this are two objects
_SAME_BUT_CLASS = 0.5  # of two classes they must be more alike to be taken for one object


class MatchedObject(NamedTuple):
    """An object, of an annotation or of an output.

    Attributes:
        name: its class.
        is_crowd: whether it is made of groups.
        box: x0, y0, x1, y1 in pixels, half-open.
        mask: its pixels, where they are known.
        label: what findings call it.
    """

    name: str
    is_crowd: bool
    box: Box
    mask: BoundedMask | None
    label: str


class Pair(NamedTuple):
    """An expected object and the one found for it, as indices, and how alike they are: 1 only if they are equal."""

    expected: int
    actual: int
    similarity: float


class Matching(NamedTuple):
    """Which objects belong together, and what is left on both sides, as indices."""

    pairs: list[Pair]
    lost: list[int]
    invented: list[int]


def _similarity(expected: MatchedObject, actual: MatchedObject) -> float:
    """Return how alike the masks of two things are, or where one of them has none, their boxes."""
    if expected.mask is None or actual.mask is None:
        return box_similarity(expected.box, actual.box)
    return mask_similarity(expected.mask, actual.mask)


def match(
    expected: Sequence[MatchedObject], actual: Sequence[MatchedObject], alike: Callable[[int, int], float] | None = None
) -> Matching:
    """Find for each expected thing the one that is meant: of its class, then of any; those most alike first.

    Args:
        expected: the things of the annotation.
        actual: the things of the output.
        alike: says how alike two of them are, given their indices; by their masks or boxes when there is none.
    """
    pairs: list[Pair] = []
    lost, invented = list(range(len(expected))), list(range(len(actual)))
    for any_class, threshold in ((False, _SAME_PLACE), (True, _SAME_BUT_CLASS)):
        candidates = []
        for ours, theirs in product(lost, invented):
            if any_class or expected[ours][:2] == actual[theirs][:2]:
                value = alike(ours, theirs) if alike else _similarity(expected[ours], actual[theirs])
                candidates.append(Pair(ours, theirs, value))
        for pair in sorted(candidates, key=lambda pair: -pair.similarity):
            if pair.similarity >= threshold and pair.expected in lost and pair.actual in invented:
                pairs.append(pair)
                lost.remove(pair.expected)
                invented.remove(pair.actual)
    return Matching(pairs, lost, invented)


def object_findings(
    matching: Matching, expected: Sequence[MatchedObject], actual: Sequence[MatchedObject], file: str, frame: str = ""
) -> Iterator[Finding]:
    """Yield what does not hold of classes, crowds, masks, boxes and the number of objects."""

    def found(kind: FindingKind, what: str) -> Finding:
        return Finding(kind, file, what, frame)

    for pair in matching.pairs:
        ours, theirs = expected[pair.expected], actual[pair.actual]
        if ours.name != theirs.name:
            yield found("class", f"{theirs.label} is {theirs.name} where the annotation has {describe(ours)}")
        elif ours.is_crowd != theirs.is_crowd:
            yield found("value", f"{theirs.label}: {_crowd(theirs)} where the annotation has {_crowd(ours)}")
        if pair.similarity < 1:
            yield found(*_difference(ours, theirs, pair.similarity))
        elif ours.mask is not None and theirs.mask is not None and ours.box != theirs.box:
            yield found("box", f"{theirs.label}: box {place(theirs.box)} around a mask that has {place(ours.box)}")
    yield from (found("missing_object", f"no {describe(expected[index])}") for index in matching.lost)
    yield from (
        found("extra_object", f"{actual[index].label}: {describe(actual[index])}, which the annotation has not")
        for index in matching.invented
    )


def _difference(ours: MatchedObject, theirs: MatchedObject, alike: float) -> tuple[FindingKind, str]:
    if ours.mask is None or theirs.mask is None:
        return "box", f"{theirs.label}: box {place(theirs.box)}, IoU {_share(alike)} with {describe(ours)}"
    return "mask", (
        f"{theirs.label}: mask of {theirs.mask.area:,} pixels, IoU {_share(alike)} "
        f"with the {ours.mask.area:,} pixels of {describe(ours)}"
    )


def _share(alike: float) -> str:
    return f"{min(alike, 0.9999):.4f}"  # what is not equal shall not look so


def _crowd(thing: MatchedObject) -> str:
    return "a crowd" if thing.is_crowd else "no crowd"


def describe(thing: MatchedObject) -> str:
    """Say what a thing is and where."""
    return f"{thing.name}{' crowd' if thing.is_crowd else ''} {place(thing.box)}"


def place(box: Box) -> str:
    """Say where a box is."""
    x0, y0, x1, y1 = box
    return f"at x {x0:g}, y {y0:g}, {x1 - x0:g} x {y1 - y0:g}"
