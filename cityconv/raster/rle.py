"""COCO run-length encoding (RLE) of all segments of a frame at once, from horizontal runs.

The run lengths are found here, without a mask; pycocotools writes them as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pycocotools import mask as coco_mask

from cityconv.raster.packing import pack_bits, pack_corner, unpack_bits, unpack_corner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions


def encode_rle(regions: Regions) -> list[bytes]:
    """Return the compressed RLE of each segment, as `pycocotools.mask.encode` returns it in `counts`.

    The columns of this segment are 0 1 0, 1 1 1 and 0 0 1. Its run lengths are 1, 1, 1, 3, 2, 1:

         .  A  .
         A  A  .
         .  A  A

    >>> regions = Regions(
    ...     segment=np.array([0, 0, 0]), row=np.array([0, 1, 2]),
    ...     left=np.array([1, 0, 1]), right=np.array([2, 2, 3]), size=1, height=3, width=3)
    >>> encode_rle(regions)
    [b'11121N']
    """
    if not regions.size:
        return []
    image_size = (regions.height, regions.width)
    masks = [{"size": image_size, "counts": lengths} for lengths in run_lengths(regions)]
    return [code["counts"] for code in coco_mask.frPyObjects(masks, *image_size)]


def run_lengths(regions: Regions) -> list[NDArray[np.int64]]:
    """Return the uncompressed RLE of each segment: the lengths of its runs of zeros and ones in turn, zeros first.

    The runs go down each column in turn. Of the segment in the example of `encode_rle`:

    >>> regions = Regions(
    ...     segment=np.array([0, 0, 0]), row=np.array([0, 1, 2]),
    ...     left=np.array([1, 0, 1]), right=np.array([2, 2, 3]), size=1, height=3, width=3)
    >>> [lengths.tolist() for lengths in run_lengths(regions)]
    [[1, 1, 1, 3, 2, 1]]
    """
    if not regions.size:
        return []
    return _run_lengths(column_runs(regions), regions.size, regions.height * regions.width)


class ColumnRuns(NamedTuple):
    """Vertical runs of S segments, sorted by segment, then column, then row.

    A run that reaches the bottom of a column continues at the top of the next if the segment does.

    Attributes:
        segment: int64 (C,).
        start: int64 (C,), first pixel, as column * height + row.
        stop: int64 (C,), one past the last pixel.
    """

    segment: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


# What the end of a horizontal run means for a row and the row above it, in the two lowest bits of a key ...
_OPENS_HERE, _CLOSES_HERE, _OPENS_ABOVE, _CLOSES_ABOVE = range(4)
# ... and what it adds to the state of the column: which of the two rows belong to the segment there.
_ONLY_HERE, _ONLY_ABOVE = 1, 2
_STATE_CHANGE = np.array([_ONLY_HERE, -_ONLY_HERE, _ONLY_ABOVE, -_ONLY_ABOVE])


def column_runs(regions: Regions) -> ColumnRuns:
    """Turn horizontal runs into vertical runs.

    A vertical run starts where a pixel belongs to the segment and the pixel above does not, and stops where it is the
    other way around. So the runs of each row are compared with those of the row above: each end of a run is an event
    in its own row and in the row below, and the sum of the events so far tells which of the two rows belong to the
    segment. For the segment in the example of `encode_rle`:

                    columns of the row   of the row above   starts at column   stops at column
        row 0              1                    -                  1                  -
        row 1              0 1                  1                  0                  -
        row 2              1 2                  0 1                2                  0
        row 3              -                    1 2                -                  1 2

    As column * height + row, that is starts at 3, 1 and 8, and stops at 2, 6 and 9:

    >>> regions = Regions(
    ...     segment=np.array([0, 0, 0]), row=np.array([0, 1, 2]),
    ...     left=np.array([1, 0, 1]), right=np.array([2, 2, 3]), size=1, height=3, width=3)
    >>> runs = column_runs(regions)
    >>> runs.segment.tolist(), runs.start.tolist(), runs.stop.tolist()
    ([0, 0, 0], [1, 3, 8], [2, 6, 9])
    """
    height, width = regions.height, regions.width
    left = pack_corner(regions.segment, regions.row, regions.left, height, width)
    right = left + (regions.right - regions.left)
    next_row = width + 1
    key = np.concatenate((
        pack_bits(left, _OPENS_HERE, 2), pack_bits(right, _CLOSES_HERE, 2),
        pack_bits(left + next_row, _OPENS_ABOVE, 2), pack_bits(right + next_row, _CLOSES_ABOVE, 2),
    ))  # fmt: skip
    key.sort()
    corner, event = unpack_bits(key, 2)
    state = np.cumsum(_STATE_CHANGE[event])
    start = _pixels_in_state(_ONLY_HERE, state, corner, height, width)
    stop = _pixels_in_state(_ONLY_ABOVE, state, corner, height, width)
    # A run that continues in the next column both stops and starts there.
    opens = np.append(True, start[1:] != stop[:-1])[: len(start)]
    closes = np.append(opens[1:], True)[: len(start)]
    segment, first = _unpack_pixel(start[opens], height, width)
    return ColumnRuns(segment, first, first + (stop[closes] - start[opens]))


def _pixels_in_state(
    wanted: int, state: NDArray[np.int64], corner: NDArray[np.int64], height: int, width: int
) -> NDArray[np.int64]:
    """Return the pixels whose columns are in a state, packed by `_pack_pixel`, sorted.

    These are the pixels from each event that leads to the state to the next event.

    Row 2 in the example of `column_runs`, whose corners are numbered from 8: of the pixels to the right of corners
    8, 9 and 10, that is columns 0, 1 and 2, the first belongs to the row above only, the second to both rows, and the
    third to row 2 only.

    >>> corner, state = np.array([8, 9, 10, 11]), np.array([2, 3, 1, 0])
    >>> _pixels_in_state(_ONLY_HERE, state, corner, height=3, width=3).tolist()
    [8]

    Args:
        wanted: the state.
        state: int64 (E,), which of the rows belong to the segment after each event.
        corner: int64 (E,), where each event happens, packed by `pack_corner`, ascending.
        height: rows of the image.
        width: columns of the image.
    """
    event = np.flatnonzero(state == wanted)
    length = corner[event + 1] - corner[event]
    segment, row, column = unpack_corner(corner[event], height, width)
    first = _pack_pixel(segment, column * height + row, height, width)
    end = np.cumsum(length)
    step = np.arange(end[-1] if len(end) else 0) - np.repeat(end - length, length)
    pixels: NDArray[np.int64] = np.repeat(first, length) + step * height
    pixels.sort()
    return pixels


def _pack_pixel(segment: NDArray[np.int64], pixel: NDArray[np.int64], height: int, width: int) -> NDArray[np.int64]:
    """Number the pixels (column * height + row) of all segments, by segment, then column, then row.

    A spare column holds the stop of a run that reaches the end of the image. For two segments in an image of
    3 x 2 pixels:

         0  3  (6)      9 12 (15)
         1  4  (7)     10 13 (16)
         2  5  (8)     11 14 (17)

    >>> _pack_pixel(np.array([0, 0, 1]), np.array([0, 6, 4]), height=3, width=2).tolist()
    [0, 6, 13]
    """
    return segment * (height * (width + 1)) + pixel


def _unpack_pixel(packed: NDArray[np.int64], height: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return segment and pixel of numbers from `_pack_pixel`.

    >>> segment, pixel = _unpack_pixel(np.array([0, 6, 13]), height=3, width=2)
    >>> segment.tolist(), pixel.tolist()
    ([0, 0, 1], [0, 6, 4])
    """
    segment = packed // (height * (width + 1))
    return segment, packed - segment * (height * (width + 1))


def _run_lengths(runs: ColumnRuns, size: int, pixels: int) -> list[NDArray[np.int64]]:
    """Return for each segment the lengths of its alternating runs of zeros and ones, beginning with zeros.

    They are the differences between the starts and stops of its vertical runs, beginning with pixel 0 and ending with
    the last of the image. A last run of zeros that is empty is dropped. Segment 0 of the example of `column_runs`,
    which covers the last of 9 pixels, and an empty segment 1:

        starts, stops, end    1  2  3  6  8  9  9  |  9
        differences           1  1  1  3  2  1  0  |  9

    >>> runs = ColumnRuns(segment=np.array([0, 0, 0]), start=np.array([1, 3, 8]), stop=np.array([2, 6, 9]))
    >>> [lengths.tolist() for lengths in _run_lengths(runs, size=2, pixels=9)]
    [[1, 1, 1, 3, 2, 1], [9]]

    Args:
        runs: the vertical runs.
        size: the number of segments.
        pixels: the number of pixels of the image.
    """
    stop = 2 * np.searchsorted(runs.segment, np.arange(1, size + 1))
    ends = np.insert(np.stack((runs.start, runs.stop), axis=1).ravel(), stop, pixels)
    first = np.append(0, stop[:-1]) + np.arange(size)
    length = np.diff(ends, prepend=0)
    length[first] = ends[first]
    return [lengths if lengths[-1] else lengths[:-1] for lengths in np.split(length, first[1:])]
