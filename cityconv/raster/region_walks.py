"""Walks: one closed polygon for each region, with its holes and scattered parts, that draws exactly the region.

By the fill rule (see `scanline`), horizontal edges contribute nothing, and the vertical edges at both ends of a run
fill exactly this run. So ends of chains (see `chains`) that are at one height can be joined for nothing, wherever they
are. Heights are then the nodes of a graph, and chains its edges. An even number of chains ends at each height, so a
connected graph has a closed walk over all of its edges: the polygon.

Where parts of the graph are not connected, there are two cases. Either a chain of one part passes the height at which
the other begins: it is cut there. Or there are rows without a pixel between the two: the walk crosses them twice, down
and up, left of the image, where nothing is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.chains import Chain, ChainGroup, find_chains

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cityconv.raster.regions import Regions

Path = list[tuple[int, int]]  # x and y of points, from the upper end of a chain to the lower

_OUTSIDE = -1  # the column left of the image


def region_polygons(regions: Regions) -> list[NDArray[np.int64]]:
    """Return a polygon for each segment from which scan conversion draws exactly its pixels.

    Two parts, with an empty row between them:

         .  #  #
         .  .  .
         #  .  .

    >>> regions = Regions(
    ...     segment=np.zeros(2, np.int64), row=np.array([0, 2]),
    ...     left=np.array([1, 0]), right=np.array([3, 1]), size=1, height=3, width=3)
    >>> region_polygons(regions)[0].tolist()
    [[1, 0], [1, 1], [-1, 1], [-1, 2], [0, 2], [0, 3], [0, 2], [-1, 2], [-1, 1], [2, 1], [2, 0]]

    Args:
        regions: the segments; none is empty.

    Returns:
        int64 (P, 2) for each segment, x and y of the points in pixels, at least two.
    """
    return [_polygon(group, stairs) for group in find_chains(regions)]


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


def _polygon(group: ChainGroup, path_of: Callable[[Chain], Path]) -> NDArray[np.int64]:
    _connect(group)
    paths = [path_of(chain) for chain in group.chains]
    points = [point for end in _walk(group) for point in (paths[end >> 1][:: -1 if end & 1 else 1])]
    return _without_idle_points(np.array(points))


def _connect(group: ChainGroup) -> None:
    """Cut and add chains until the graph of heights is connected.

    The parts of the graph are gone through from top to bottom. All chains that begin above a part belong to parts that
    have been connected before.
    """
    chains = group.chains
    waiting = [*range(len(chains) - 1, -1, -1)]  # the chains that begin at or below the current height
    passing: list[int] = []  # the others that lead across it
    reached = 0  # the lowest height at which one of the others ends
    for height in _tops_of_parts(chains)[1:]:
        while chains[waiting[-1]].top < height:
            passing.append(waiting.pop())
            reached = max(reached, chains[passing[-1]].bottom)
        passing = [number for number in passing if chains[number].bottom > height]
        if passing:
            x = chains[waiting[-1]].x[0]
            number = min(passing, key=lambda number: abs(chains[number].x[height - chains[number].top] - x))
            passing.append(_cut(group, number, height))
        else:
            for is_right in (False, True):
                chains.append(Chain(reached, [_OUTSIDE] * (height - reached), is_right))
                group.mate += (-1, -1)


def _cut(group: ChainGroup, number: int, height: int) -> int:
    """Cut a chain in two that are mates at a height, and return the number of the lower one."""
    end, below = 2 * number + 1, group.mate[2 * number + 1]
    lower = len(group.chains)
    group.chains.append(group.chains[number].cut(height))
    group.mate += (end, below)
    group.mate[end] = 2 * lower
    group.mate[below] = 2 * lower + 1
    return lower


def _tops_of_parts(chains: list[Chain]) -> list[int]:
    """Return the upper height of each connected part of the graph, ascending."""
    above: dict[int, int] = {}  # a smaller height of the same part

    def top_of(height: int) -> int:
        while (other := above.setdefault(height, height)) != height:
            above[height] = above[other]
            height = other
        return height

    for chain in chains:
        first, second = sorted((top_of(chain.top), top_of(chain.bottom)))
        above[second] = first
    return sorted(height for height, other in above.items() if height == other)


def _walk(group: ChainGroup) -> list[int]:
    """Return a closed walk over all chains, each given by the end at which the walk comes to it (Hierholzer)."""
    ends_at: dict[int, list[int]] = {}
    for end in range(2 * len(group.chains)):
        ends_at.setdefault(group.height(end), []).append(end)
    is_used = [False] * len(group.chains)

    def next_end(end: int) -> int | None:
        """Return an end at the height of another, of a chain that is left: of the mate, if possible."""
        mate = group.mate[end]
        if mate >= 0 and not is_used[mate >> 1]:
            return mate
        ends = ends_at[group.height(end)]
        while ends:
            if not is_used[ends[-1] >> 1]:
                return ends[-1]
            ends.pop()
        return None

    is_used[0] = True
    stack, walk = [1], []  # the ends at which chains are left
    while stack:
        end = next_end(stack[-1])
        if end is None:
            walk.append(stack.pop())
        else:
            is_used[end >> 1] = True
            stack.append(end ^ 1)
    return walk


def _without_idle_points(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a polygon without points that are repeated, between two others at one height, or on the way down or up.

    >>> _without_idle_points(np.array([[0, 0], [5, 0], [3, 0], [3, 0], [3, 2], [3, 4], [0, 4]])).tolist()
    [[0, 0], [3, 0], [3, 4], [0, 4]]
    """
    points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    is_level = (before[:, 1] == 0) & (after[:, 1] == 0)
    is_upright = (before[:, 0] == 0) & (after[:, 0] == 0) & (before[:, 1] * after[:, 1] > 0)
    return points[~(is_level | is_upright)]
