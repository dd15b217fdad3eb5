"""Matching objects: equal ones at once, the most similar ones first, and without comparing every pair."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np

from cityconv.check.bounded_mask import mask_similarity
from cityconv.check.matching import MatchedObject, Matching, Pair, match
from cityconv.raster.bounded_mask import BoundedMask


def item(x: int, y: int, width: int = 9, height: int = 7, name: str = "car", seed: int = 0) -> MatchedObject:
    pixels = np.random.default_rng(seed).random((height, width)) < 0.8
    pixels[0, 0] = pixels[-1, -1] = True
    mask = BoundedMask(x, y, pixels, int(pixels.sum()))
    return MatchedObject(name, False, mask.box, mask, "")


def by_all_pairs(expected: list[MatchedObject], actual: list[MatchedObject]) -> Matching:
    """Match by comparing every pair, as plainly as possible."""
    pairs: list[Pair] = []
    for any_class, threshold in ((False, 0.1), (True, 0.5)):
        candidates = [
            Pair(i, j, mask_similarity(expected[i].mask, actual[j].mask))  # type: ignore[arg-type]
            for i, j in product(range(len(expected)), range(len(actual)))
            if any_class or expected[i].name == actual[j].name
        ]
        for pair in sorted(candidates, key=lambda pair: -pair.similarity):
            taken = any(pair.expected == other.expected or pair.actual == other.actual for other in pairs)
            if pair.similarity >= threshold and not taken:
                pairs.append(pair)
    matched = {pair.expected for pair in pairs}, {pair.actual for pair in pairs}
    return Matching(
        pairs,
        [i for i in range(len(expected)) if i not in matched[0]],
        [j for j in range(len(actual)) if j not in matched[1]],
    )


def test_the_pairs_are_those_of_comparing_all() -> None:
    for seed in range(200):
        chance = Random(seed)
        expected, actual = (
            [
                item(
                    chance.randrange(12),
                    chance.randrange(9),
                    name=chance.choice(("car", "bus")),
                    seed=chance.randrange(3),
                )
                for _ in range(chance.randrange(9))
            ]
            for _ in range(2)
        )
        actual += [one for one in expected if chance.random() < 0.5]
        chance.shuffle(actual)
        result, plain = match(expected, actual), by_all_pairs(expected, actual)
        assert result.missing == plain.missing
        assert result.extra == plain.extra
        assert sorted(pair.similarity for pair in result.pairs) == sorted(pair.similarity for pair in plain.pairs)


def test_equal_objects_are_compared_once_each() -> None:
    objects = [item(5, 5, seed=seed) for seed in range(500)]
    calls = 0

    def similarity(i: int, j: int) -> float:
        nonlocal calls
        calls += 1
        return float(i == j)

    assert match(objects, objects, similarity).missing == []
    assert calls == len(objects)


def test_objects_that_moved_are_compared_with_few_others() -> None:
    expected = [item(x, 2 * y, seed=x) for x in range(40) for y in range(40)]
    actual = [one._replace(mask=one.mask._replace(x=one.mask.x + 1)) for one in expected if one.mask]
    calls = 0

    def similarity(i: int, j: int) -> float:
        nonlocal calls
        calls += 1
        return mask_similarity(expected[i].mask, actual[j].mask)  # type: ignore[arg-type]

    assert len(match(expected, actual, similarity).pairs) > 0.9 * len(expected)
    assert calls <= 50 * len(expected)  # candidates of each


def test_masks_are_compared_with_the_boxes_of_objects_without_masks() -> None:
    expected = [item(0, 0)]
    actual = [expected[0]._replace(mask=None)]
    assert match(expected, actual).pairs == [(0, 0, 1.0)]
