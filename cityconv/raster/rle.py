"""COCO run-length codes of all segments of a frame at once, straight from horizontal runs.

The code of a mask (pycocotools, `common/maskApi.c`): the lengths of alternating runs of 0 and 1 down the columns,
beginning with 0; from the fourth on less the one two before; each written in groups of 5 bits, lowest first, with bit
5 set when more follow and bit 4 of the last group as the sign; plus 48, as ASCII.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions


class ColumnRuns(NamedTuple):
    """Vertical runs of S segments, sorted by segment, then column, then row; a run may go on into the next column.

    Attributes:
        segment: int64 (C,).
        start: int64 (C,), first pixel, as column * height + row.
        stop: int64 (C,), one past the last pixel.
    """

    segment: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


def run_length_codes(regions: Regions) -> list[bytes]:
    """Return the compressed run-length code of each segment, as `pycocotools.mask.encode` gives it in `counts`."""
    if not regions.size:
        return []
    runs = column_runs(regions)
    lengths, segment = _run_lengths(runs, regions.size, regions.height * regions.width)
    return _as_text(lengths, segment, regions.size)


def column_runs(regions: Regions) -> ColumnRuns:
    """Turn horizontal runs into vertical ones.

    A column enters a segment at a row where its pixel belongs and the one above does not. So the runs of each row are
    compared with those of the row above, as ranges of columns: what is new opens a vertical run in each column of the
    range, what is gone closes one.
    """
    height, width = regions.height, regions.width
    line = regions.segment * (height + 1) + regions.row
    here = line * (width + 1)
    below = here + width + 1
    # The two lowest bits say what happens to the pair (this row, row above) at that column.
    events = np.concatenate((
        (here + regions.left) << 2 | 0, (here + regions.right) << 2 | 1,
        (below + regions.left) << 2 | 2, (below + regions.right) << 2 | 3,
    ))  # fmt: skip
    events.sort()
    place = events >> 2
    covered = np.cumsum(_EVENT[events & 3])
    start = _expand(place, covered == _ONLY_HERE, height, width)
    stop = _expand(place, covered == _ONLY_ABOVE, height, width)
    size = height * width + height  # room for one column more, where a run that ends at the bottom right stops
    opens = np.append(True, start[1:] != stop[:-1])[: len(start)]
    closes = np.append(opens[1:], True)[: len(start)]
    segment, start = np.divmod(start[opens], size)
    return ColumnRuns(segment, start, stop[closes] - segment * size)


_ONLY_HERE, _ONLY_ABOVE = 1, 2
_EVENT = np.array([_ONLY_HERE, -_ONLY_HERE, _ONLY_ABOVE, -_ONLY_ABOVE])


def _expand(place: NDArray[np.int64], holds: NDArray[np.bool_], height: int, width: int) -> NDArray[np.int64]:
    """Return every pixel between an event that holds and the next one, in the order of segment, column, row."""
    at = np.flatnonzero(holds)
    length = place[at + 1] - place[at]
    line, column = np.divmod(place[at], width + 1)
    segment, row = np.divmod(line, height + 1)
    pixel: NDArray[np.int64] = segment * (height * width + height) + column * height + row
    total = np.cumsum(length)
    step = np.arange(total[-1] if len(total) else 0) - np.repeat(total - length, length)
    expanded: NDArray[np.int64] = np.repeat(pixel, length) + step * height
    expanded.sort()
    return expanded


def _run_lengths(runs: ColumnRuns, size: int, pixels: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the lengths of the runs of zeros and ones in turn, and for each the segment it belongs to."""
    end = np.searchsorted(runs.segment, np.arange(1, size + 1))
    reach = np.append(runs.stop, -1)[np.where(np.diff(end, prepend=0), end - 1, -1)]
    ends_with_zeros = np.flatnonzero(reach < pixels)
    cut = np.stack((runs.start, runs.stop), axis=1).ravel()
    cut = np.insert(cut, 2 * end[ends_with_zeros], pixels)
    segment = np.insert(np.repeat(runs.segment, 2), 2 * end[ends_with_zeros], ends_with_zeros)
    begins = np.append(True, segment[1:] != segment[:-1])
    return cut - np.where(begins, 0, np.append(0, cut[:-1])), segment


def _as_text(lengths: NDArray[np.int64], segment: NDArray[np.int64], size: int) -> list[bytes]:
    """Write the run lengths of each segment as text; every segment has some."""
    first = np.searchsorted(segment, np.arange(size))
    value = lengths.astype(np.int32)
    later = np.flatnonzero(np.arange(len(value)) - first[segment] > 2)
    value[later] = lengths[later] - lengths[later - 2]
    # A group of 5 bits more is needed where the groups so far leave out more than copies of the sign.
    magnitude = value ^ (value >> 31)
    groups = np.ones(len(value), np.int8)
    for k in range(1, int(magnitude.max()).bit_length() // 5 + 1):
        groups += magnitude >= 1 << 5 * k - 1
    text = np.empty((len(value), int(groups.max())), np.uint8)
    for k in range(text.shape[1]):
        text[:, k] = (value >> 5 * k & 31 | (groups > k + 1).astype(np.int32) << 5) + 48
    joined = text[np.arange(text.shape[1]) < groups[:, None]].tobytes()
    end = np.cumsum(groups, dtype=np.int64)[np.append(first[1:], len(value)) - 1].tolist()
    return [joined[a:b] for a, b in zip([0, *end], end, strict=False)]
