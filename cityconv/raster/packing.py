"""Keys that hold several integers in one, so that one sort of plain integers orders by all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def pack_bits(high: NDArray[Any], low: NDArray[Any] | int, bits: int) -> NDArray[Any]:
    """Return keys with `low` in the lowest bits and `high` above them; they sort by `high`, then by `low`.

    >>> pack_bits(np.array([7, 5, 5]), np.array([0, 3, 1]), bits=2).tolist()
    [28, 23, 21]

    Args:
        high: integers of a type that has room for `bits` more.
        low: integers of the same type, 0 to 2**bits - 1.
        bits: the number of bits for `low`.
    """
    return high << bits | low


def unpack_bits(key: NDArray[Any], bits: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return `high` and `low` of keys from `pack_bits`.

    >>> high, low = unpack_bits(np.array([28, 23, 21]), bits=2)
    >>> high.tolist(), low.tolist()
    ([7, 5, 5], [0, 3, 1])
    """
    return key >> bits, key & (1 << bits) - 1


def pack_corner(
    segment: NDArray[np.int64], y: NDArray[np.int64], x: NDArray[np.int64], height: int, width: int
) -> NDArray[np.int64]:
    """Number the pixel corners of all segments, by segment, then y, then x.

    An image has a row and a column of corners more than it has pixels. These are the numbers for two segments in an
    image of 2 x 3 pixels:

         0--1--2--3     12-13-14-15
         |  |  |  |      |  |  |  |
         4--5--6--7     16-17-18-19
         |  |  |  |      |  |  |  |
         8--9-10-11     20-21-22-23

    >>> pack_corner(np.array([0, 0, 1]), np.array([0, 1, 2]), np.array([3, 0, 1]), height=2, width=3).tolist()
    [3, 4, 21]
    """
    return (segment * (height + 1) + y) * (width + 1) + x


def unpack_corner(
    corner: NDArray[np.int64], height: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return segment, y and x of numbers from `pack_corner`.

    >>> segment, y, x = unpack_corner(np.array([3, 4, 21]), height=2, width=3)
    >>> segment.tolist(), y.tolist(), x.tolist()
    ([0, 0, 1], [0, 1, 2], [3, 0, 1])
    """
    line = corner // (width + 1)
    segment = line // (height + 1)
    return segment, line - segment * (height + 1), corner - line * (width + 1)
