"""Chains: the left and right ends of a region's runs, each followed from row to row.

A run of columns a to b in row y has two vertical edges, at x = a and x = b, from height y to y + 1: by the fill rule
they fill exactly this run (see `scanline`). A chain is made of edges of one side in consecutive rows. Where runs of two
rows touch, also diagonally, the boundary leads from an edge above to the edge of the same side below, and the chain
goes on. At all other heights two chains of opposite sides begin or end together: they are mates.

    row 0   . # # # .     Two runs of row 1 begin a hole, so the chains are: the left side, x = 1, 0, 1; the right side,
    row 1   # # . # #     x = 3, 4, 3; the left side of the hole, the right end of a run, x = 1; its right side, x = 3.
    row 2   . # # # .     The first two are mates at heights 0 and 3, the other two at heights 1 and 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.packing import pack_bits, pack_corner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions


Path = list[tuple[int, int]]  # x and y of points, from the upper end of a chain to the lower


@dataclass
class Chain:
    """Ends of runs of one side in consecutive rows.

    Attributes:
        top: the first row, and the height of the upper end.
        x: the column of each row's end, from top to bottom; at least one.
        is_right: whether they are right ends.
    """

    top: int
    x: list[int]
    is_right: bool

    @property
    def bottom(self) -> int:
        """The height of the lower end: one past the last row."""
        return self.top + len(self.x)

    def cut(self, height: int) -> Chain:
        """Shorten the chain to what is above a height between its ends, and return the rest as a chain."""
        rest = Chain(height, self.x[height - self.top :], self.is_right)
        del self.x[height - self.top :]
        return rest


@dataclass
class ChainGroup:
    """The chains of one region.

    The ends of chains are numbered: 2 * i is the upper end of chain i, and 2 * i + 1 its lower end.

    Attributes:
        chains: sorted by their tops.
        mate: for each end, the end of the mate there; -1 for none.
    """

    chains: list[Chain]
    mate: list[int]

    def height(self, end: int) -> int:
        """Return the height of an end."""
        chain = self.chains[end >> 1]
        return chain.bottom if end & 1 else chain.top


def find_chains(regions: Regions) -> list[ChainGroup]:
    """Return the chains of each segment.

    >>> regions = Regions(  # the region of the example of the module
    ...     segment=np.zeros(4, np.int64), row=np.array([0, 1, 1, 2]),
    ...     left=np.array([1, 0, 3, 1]), right=np.array([4, 2, 5, 4]), size=1, height=3, width=5)
    >>> (group,) = find_chains(regions)
    >>> [(chain.top, chain.x, chain.is_right) for chain in group.chains]
    [(0, [1, 0, 1], False), (0, [3, 4, 3], True), (1, [1], True), (1, [3], False)]
    >>> group.mate
    [2, 3, 0, 1, 6, 7, 4, 5]
    """
    following, mates = _link_edges(regions)
    x = np.stack((regions.left, regions.right - 1), axis=1).ravel().tolist()
    row, segment = regions.row.tolist(), regions.segment.tolist()
    begins = np.ones(len(x), np.bool_)
    begins[following[following >= 0]] = False
    after = following.tolist()
    groups = [ChainGroup([], []) for _ in range(regions.size)]
    end_of = {}  # the end of a chain, by that of its edge
    for first in np.flatnonzero(begins).tolist():
        edges = [first]
        while (edge := after[edges[-1]]) >= 0:
            edges.append(edge)
        group = groups[segment[first >> 1]]
        number = 2 * len(group.chains)
        group.chains.append(Chain(row[first >> 1], [x[edge] for edge in edges], bool(first & 1)))
        group.mate += (-1, -1)
        end_of[2 * first], end_of[2 * edges[-1] + 1] = (group, number), (group, number + 1)
    for one, other in mates.tolist():
        (group, end), (_, mate) = end_of[one], end_of[other]
        group.mate[end], group.mate[mate] = mate, end
    return groups


def stairs(chain: Chain) -> Path:
    """Return the path along the edges of a chain.

    >>> stairs(Chain(5, [3, 3, 4], is_right=False))
    [(3, 5), (3, 7), (4, 7), (4, 8)]
    """
    path = [(chain.x[0], chain.top)]
    for y, (x, below) in enumerate(zip(chain.x, chain.x[1:], strict=False), chain.top + 1):
        if below != x:
            path += ((x, y), (below, y))
    return [*path, (chain.x[-1], chain.bottom)]


def _link_edges(regions: Regions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which edges and ends of edges belong together.

    Run i has edge 2 * i on its left and 2 * i + 1 on its right; edge j has the upper end 2 * j and the lower 2 * j + 1.
    At each height, the lower ends of the row above and the upper ends of the row below are sorted by x. Between the
    first and the second, the third and the fourth and so on, only one of the rows has pixels: there runs the boundary.

    Returns:
        int64 (2 * R,), the edge that follows each edge downward, -1 for none; and int64 (M, 2), the other pairs: ends
        of two edges of one row.
    """
    height, width = regions.height, regions.width
    # As pixel corners. A run that begins below the right end of another touches it: so left ends come first.
    left = 2 * regions.left
    right = 2 * regions.right + 1
    x = np.repeat(np.stack((left, right), axis=1).ravel(), 2)
    y = np.repeat(regions.row, 4) + np.tile((0, 1), 2 * len(regions.row))
    key = pack_corner(np.repeat(regions.segment, 4), y, x, height, 2 * width + 1)
    bits = len(key).bit_length()
    packed = pack_bits(key, np.arange(len(key)), bits)
    packed.sort()
    pairs = (packed & (1 << bits) - 1).reshape(-1, 2)
    is_lower = pairs & 1
    goes_on = is_lower[:, 0] != is_lower[:, 1]
    following = np.full(len(x) // 2, -1)
    links = pairs[goes_on]
    lower = is_lower[goes_on, 0].astype(np.bool_)
    following[np.where(lower, links[:, 0], links[:, 1]) >> 1] = np.where(lower, links[:, 1], links[:, 0]) >> 1
    return following, pairs[~goes_on]
