"""The object map: which polygon of a frame is in front at each pixel, kept as horizontal runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.scanline import Spans

Value = TypeVar("Value", bound=np.generic)


class Changes(NamedTuple):
    """The pixels of an object map that show another polygon than the pixel above.

    Attributes:
        pixel: int64 (C,), row * width + column, ascending; all pixels of row 0 are among them.
        here: int64 (C,), the value of the object map there.
        above: int64 (C,), the value above; -1 in row 0.
    """

    pixel: NDArray[np.int64]
    here: NDArray[np.int64]
    above: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ObjectMap:
    """An image whose pixels name the polygon in front, as runs of equal pixels that end with their row.

    Everything that a format wants of a frame is this map seen through a table with one entry a polygon.

    Attributes:
        polygon: uint16 (R,), one more than the index of the polygon in front; 0 where there is none.
        start: int64 (R + 1,), first pixel of each run, as row * width + column; the last entry is height * width.
        height: rows of the image.
        width: columns of the image.
    """

    polygon: NDArray[np.uint16]
    start: NDArray[np.int64]
    height: int
    width: int

    def through(self, table: NDArray[Value]) -> NDArray[Value]:
        """Return the image (height, width) or (height, width, C) whose pixels are `table[polygon]`.

        Args:
            table: (N + 1,) or (N + 1, C); entry 0 is the background. Its dtype, byte order included, is the image's.
        """
        image: NDArray[Any] = np.repeat(table[self.polygon], np.diff(self.start), axis=0)
        return image.reshape(self.height, self.width, *table.shape[1:])

    @cached_property
    def changes(self) -> Changes:
        """Where the map differs from one row to the next: little of it, and all that a map in PNG is made of."""
        # The runs of each row, and those of the row above moved down into it, in one sequence of places.
        runs = len(self.polygon)
        place = np.concatenate((self.start[:-1], self.start[:-1] + self.width))
        place <<= 1
        place[runs:] += 1
        place.sort(kind="stable")  # which joins two sorted halves quickly
        inside = int(np.searchsorted(place, self.height * self.width << 1))
        is_above = place[:inside] & 1
        place >>= 1
        length = np.diff(place[: inside + 1])
        # How many runs of each kind have begun tells which ones a place is in; before the first of them, in none.
        run_above = np.cumsum(is_above)
        run_here = np.arange(inside) - run_above
        polygon = np.append(self.polygon.astype(np.int64), -1)
        here, above = polygon[run_here], polygon[run_above - 1]
        differs = np.flatnonzero((here != above) & (length > 0))
        length = length[differs]
        end = np.cumsum(length)
        pixel = np.arange(end[-1]) + np.repeat(place[differs] - end + length, length)
        return Changes(pixel, np.repeat(here[differs], length), np.repeat(above[differs], length))


def resolve_front(spans: Spans, height: int, width: int) -> ObjectMap:
    """Return who is in front at each pixel: of the spans that cover it, the one of the last polygon.

    Works on the pieces between neighboring span ends instead of on pixels. A span covers a range of pieces, which is
    the union of two ranges whose length is a power of two; the maxima of ranges are then pushed down, halving the
    length, until each piece knows its own.
    """
    boundary, first, last, rows = _pieces(spans, height, width)
    level = np.frexp((last - first).astype(np.float32))[1] - 1
    depth = int(level.max(initial=0)) + 1
    front = np.zeros((depth, len(boundary) - 1), np.uint16)
    # Spans come back to front, and where an index repeats in an assignment the last value stays.
    both_ends = np.empty((len(level), 2), np.int64)
    np.add(level * front.shape[1], first, out=both_ends[:, 0])
    np.add(level * front.shape[1], last - (1 << level), out=both_ends[:, 1])
    front.reshape(-1)[both_ends.reshape(-1)] = np.repeat((spans.polygon + 1).astype(np.uint16), 2)
    for k in range(depth - 1, 0, -1):
        half = 1 << (k - 1)
        np.maximum(front[k - 1], front[k], out=front[k - 1])
        np.maximum(front[k - 1, half:], front[k, :-half], out=front[k - 1, half:])
    # Neighbours with the same polygon are one run, unless a row begins between them.
    opens = _differs_from_previous(front[0])
    opens[rows[:-1]] = True
    runs = np.flatnonzero(opens)
    return ObjectMap(front[0, runs], np.append(boundary[runs], boundary[-1]), height, width)


def _pieces(
    spans: Spans, height: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the sorted span ends and row ends; among these the ranks of span starts, span stops, and row ends."""
    key = np.concatenate((spans.start, spans.stop, np.arange(0, height * width + 1, width)))
    # Which end it is travels along in the low bits: one sort, and no search for the ranks afterwards.
    bits = len(key).bit_length()
    key <<= bits
    key |= np.arange(len(key))
    key.sort()
    boundary = key >> bits
    key &= (1 << bits) - 1
    is_new = _differs_from_previous(boundary)
    rank = np.empty(len(key), np.int32)
    rank[key] = np.cumsum(is_new, dtype=np.int32)
    rank -= 1
    first, last, rows = np.split(rank, (len(spans.start), 2 * len(spans.start)))
    return boundary[is_new], first, last, rows


def _differs_from_previous(values: NDArray[Any]) -> NDArray[np.bool_]:
    differs = np.empty(len(values), np.bool_)
    differs[0] = True
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs
