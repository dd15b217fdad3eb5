"""The masks of COCO annotations, read within bounds: run-length codes, and polygons by pycocotools' rule.

Run-length codes are read here, and pycocotools fills polygons. It is written in C and trusts its input: it reads past
the end of a truncated code, leaves pixels after the last run undefined, and crashes on polygons of very many points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.frame.mask_allowance import MaskError
from cityconv.raster.bounded_mask import BoundedMask, mask_of_runs
from cityconv.source.coco_annotations import Rings, RunLengthCode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.frame.mask_allowance import MaskAllowance

_FIRST_GROUP = 48  # the code of the first character
_GROUP_WORK = 20  # pixels that could be filled in the time that a group takes
_SPARE_GROUPS = 8  # beside two for each pixel, which is more than runs of at least one pixel need
_MOST_GROUPS = 7  # of a run length: 35 bits
_FEWEST_COORDINATES = 6  # of a polygon
_RING_WORK = 500  # pixels of outline that could be filled in the time that a polygon takes in addition


def read_mask(
    segmentation: RunLengthCode | Rings, height: int, width: int, allowance: MaskAllowance, margin: int = 0
) -> BoundedMask:
    """Return the mask of an annotation in an image of a given size.

    Args:
        segmentation: a run-length code, or at least one polygon.
        height: rows of the image.
        width: columns of the image.
        allowance: what the masks of the image may still take.
        margin: how far beyond the image polygons may reach, in pixels. What is there is not filled.

    Raises:
        MaskError: the mask breaks a rule, or takes more than the allowance, whose own error that may be.
    """
    if isinstance(segmentation, RunLengthCode):
        if segmentation.size != (height, width):
            message = f"a mask of {segmentation.size[1]} x {segmentation.size[0]} pixels"
            raise MaskError(f"{message} in an image of {width} x {height}", "size")
        counts: str | list[int] = segmentation.counts
        allowance.take(_GROUP_WORK * len(counts))
    else:
        counts = _fill(segmentation, height, width, allowance, margin)
    pixels = height * width
    lengths = run_lengths(counts, pixels) if isinstance(counts, str) else _checked_lengths(counts, pixels)
    if lengths is None:
        raise MaskError("run lengths that do not add up to the pixels of the image")
    return _mask_of_lengths(lengths, height, allowance)


def _checked_lengths(counts: list[int], pixels: int) -> NDArray[np.int64] | None:
    """Return the run lengths of an uncompressed code of an image; None if it is not a valid code of it."""
    if min(counts, default=0) < 0 or sum(counts) != pixels:
        return None
    return np.array(counts, np.int64)


def run_lengths(counts: str, pixels: int) -> NDArray[np.int64] | None:
    """Return the run lengths that a compressed code of an image holds, int64; None if it is not a valid code of it.

    Each length is written in groups of 5 bits, lowest first, as a character of code 48 + bits. Bit 5 is set if more
    groups follow. Bit 4 of the last group is the sign. From the fourth length on, the length before the previous one
    is subtracted. A code with more groups than a length needs is not valid. Source: `rleToString` in pycocotools'
    maskApi.c.
    """
    if not counts or len(counts) > 2 * pixels + _SPARE_GROUPS or not counts.isascii():
        return None
    groups = np.frombuffer(counts.encode(), np.uint8).astype(np.int64) - _FIRST_GROUP
    last = np.flatnonzero(groups & 32 == 0)
    if groups.min() < 0 or groups.max() > 63 or not len(last) or last[-1] != len(groups) - 1:
        return None
    first = np.append(0, last[:-1] + 1)
    size = last - first + 1
    if size.max() > _MOST_GROUPS:
        return None
    before_last = np.where(size > 1, groups[last - 1] & 16, -1)  # the sign as of the group before the last
    if ((groups[last] == 0) & (before_last == 0) | (groups[last] == 31) & (before_last == 16)).any():
        return None
    shift = 5 * (np.arange(len(groups)) - np.repeat(first, size))
    lengths = np.add.reduceat((groups & 31) << shift, first)
    lengths -= np.where(groups[last] & 16, 32 << shift[last], 0)
    lengths[1::2] = np.cumsum(lengths[1::2])
    lengths[2::2] = np.cumsum(lengths[2::2])
    return None if (lengths < 0).any() or int(lengths.sum()) != pixels else lengths


def _mask_of_lengths(lengths: NDArray[np.int64], height: int, allowance: MaskAllowance) -> BoundedMask:
    """Return the mask of alternating runs outside and inside it, from pixel to pixel down each column in turn."""
    ends = np.cumsum(lengths)
    start, stop = ends[: len(ends) // 2 * 2 : 2], ends[1::2]
    start, stop = start[stop > start], stop[stop > start]
    first, columns = start // height, -(-stop // height) - start // height
    run = np.repeat(np.arange(len(start)), columns)
    column = first[run] + np.arange(len(run)) - np.repeat(np.cumsum(columns) - columns, columns)
    top, bottom = np.maximum(start[run], column * height), np.minimum(stop[run], (column + 1) * height)
    turned = mask_of_runs(top, bottom, height, allowance.take)
    return BoundedMask(turned.y, turned.x, turned.pixels.T, turned.area)


def _fill(rings: Rings, height: int, width: int, allowance: MaskAllowance, margin: int) -> str:
    """Return the run-length code of polygons, as pycocotools fills them."""
    from pycocotools import mask

    most = 2 * (height + 1) * (width + 1)  # the sides of all pixels: longer than any outline of pixels
    allowance.take_outline(_RING_WORK * len(rings))
    total = 0.0
    for ring in rings:
        if len(ring) < _FEWEST_COORDINATES or len(ring) % 2:
            raise MaskError(f"a polygon of {len(ring)} coordinates")
        points = np.array(ring).reshape(-1, 2)
        if not (
            np.isfinite(points).all()
            and (points >= -margin).all()
            and (points <= (width + margin, height + margin)).all()
        ):
            raise MaskError("a polygon that leaves the image", "range")
        # pycocotools makes points along each side: in memory of this size, times a hundred bytes.
        total += len(points) + float(np.abs(np.roll(points, -1, axis=0) - points).max(axis=1).sum())
        if total > most:
            raise MaskError(f"polygons with more than {most:,} pixels of outline")
    allowance.take_outline(total)
    code: bytes = mask.merge(mask.frPyObjects(rings, height, width))["counts"]
    return code.decode()
