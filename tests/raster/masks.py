"""Masks for tests: drawn as text, generated at random, converted to and from regions and object maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.objectmap import ObjectMap
from cityconv.raster.regions import Regions

if TYPE_CHECKING:
    from numpy.typing import NDArray


def draw(*rows: str) -> NDArray[np.bool_]:
    """Return the mask (H, W) drawn as rows of text, in which # stands for a pixel of the mask."""
    return np.array([[pixel == "#" for pixel in row] for row in rows])


def regions_of(masks: NDArray[np.bool_]) -> Regions:
    """Return the regions of S masks, bool (S, H, W)."""
    size, height, width = masks.shape
    steps = np.diff(masks.astype(np.int8), axis=2, prepend=0, append=0)
    segment, row, left = np.nonzero(steps == 1)
    right = np.nonzero(steps == -1)[2]
    return Regions(segment, row, left, right, size, height, width)


def blobs(seed: int, count: int, height: int, width: int) -> NDArray[np.bool_]:
    """Return masks (count, height, width) of ragged rings, disks and specks that overlap at random."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    masks = np.zeros((count, height, width), np.bool_)
    for mask in masks:
        for _ in range(12):
            distance = np.hypot(y - rng.integers(height), x - rng.integers(width)) + rng.normal(0, 0.7, (height, width))
            mask ^= (distance < rng.integers(4, 30)) & (distance > rng.integers(0, 20))
    return masks


def masks_of(regions: Regions) -> NDArray[np.bool_]:
    """Return the masks of S segments, bool (S, H, W)."""
    masks = np.zeros((regions.size, regions.height, regions.width), np.bool_)
    for segment, row, left, right in zip(*regions[:4], strict=True):
        assert not masks[segment, row, max(left - 1, 0) : right + 1].any(), "runs of a segment overlap or touch"
        masks[segment, row, left:right] = True
    return masks


def object_map_of(image: NDArray[np.integer]) -> ObjectMap:
    """Return the object map with the pixels of an image (H, W)."""
    height, width = image.shape
    opens = np.ones((height, width), np.bool_)
    opens[:, 1:] = image[:, 1:] != image[:, :-1]
    start = np.append(np.flatnonzero(opens), height * width)
    return ObjectMap(image.ravel()[start[:-1]].astype(np.uint16), start, height, width)
