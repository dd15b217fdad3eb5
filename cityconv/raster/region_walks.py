"""Walks: one closed polygon for each region, with its holes and scattered parts, that draws exactly the region.

By the fill rule (see `scanline`), horizontal edges contribute nothing, and the vertical edges at both ends of a run
fill exactly this run. So ends of chains (see `chains`) that are at one height can be joined for nothing, wherever they
are. Heights are then the nodes of a graph, and chains its edges. An even number of chains ends at each height, so a
connected graph has a closed walk over all of its edges: the polygon.

Where parts of the graph are not connected, there are two cases. Either a chain of one part passes the height at which
the other begins: it is cut there. Or there are rows without a pixel between the two: the walk crosses them twice, down
and up, left of the image, where nothing is drawn.

Chains are drawn with few points (see `fitted_chains`), and in stairs where that does not draw the same pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.chains import Chain, ChainGroup, Path, find_chains, stairs
from cityconv.raster.fitted_chains import fitted_paths
from cityconv.raster.packing import pack_corner, unpack_corner
from cityconv.raster.regions import Regions, full_regions
from cityconv.raster.sampling import every_pixel
from cityconv.raster.scanline import scan_convert

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OUTSIDE = -1  # the column left of the image


def region_polygons(regions: Regions, tolerance: int = 0) -> list[NDArray[np.int64]]:
    """Return a polygon for each segment from which scan conversion draws exactly its pixels.

    Two parts, with an empty row between them, which the walk crosses at x = -1:

         .  .  .  .  .  .  .  .  .
         .  .  .  .  .  #  #  #  #
         .  .  .  .  .  .  .  .  .
         .  .  .  .  .  #  #  #  #

    >>> regions = Regions(
    ...     segment=np.zeros(2, np.int64), row=np.array([1, 3]),
    ...     left=np.array([5, 5]), right=np.array([9, 9]), size=1, height=4, width=9)
    >>> region_polygons(regions)[0].tolist()
    [[8, 1], [8, 2], [-1, 2], [-1, 3], [5, 3], [5, 4], [8, 4], [8, 3], [-1, 3], [-1, 2], [5, 2], [5, 1]]

    Args:
        regions: the segments; none is empty.
        tolerance: how far the ends of runs may be from where they are drawn, in pixels. If it is more than 0, polygons
            have fewer points, and other pixels.

    Returns:
        int64 (P, 2) for each segment, x and y of the points in pixels, at least two.
    """
    if not regions.size:
        return []
    groups = find_chains(regions)
    for group in groups:
        _connect(group)
    polygons = [_polygon(group, fitted_paths(group, tolerance)) for group in groups]
    if tolerance:
        return polygons
    for segment in _falsely_drawn(regions, polygons):
        group = groups[segment]
        polygons[segment] = _polygon(group, [stairs(chain) for chain in group.chains])
    return polygons


def _polygon(group: ChainGroup, paths: list[Path]) -> NDArray[np.int64]:
    """Return the polygon of a connected group."""
    points = [point for end in _walk(group) for point in (paths[end >> 1][:: -1 if end & 1 else 1])]
    return _without_idle_points(np.array(points))


def _falsely_drawn(regions: Regions, polygons: list[NDArray[np.int64]]) -> list[int]:
    """Return the segments that are not what is drawn from their polygons."""
    height, width = regions.height, regions.width
    counts = np.array([len(polygon) for polygon in polygons])
    spans = scan_convert(np.concatenate(polygons), counts, every_pixel(height, width))
    drawn = full_regions(spans, np.arange(regions.size + 1) - 1, regions.size, height, width)
    differing = np.concatenate([
        np.setxor1d(
            pack_corner(regions.segment, regions.row, wanted, height, width),
            pack_corner(drawn.segment, drawn.row, actual, height, width),
        )
        for wanted, actual in ((regions.left, drawn.left), (regions.right, drawn.right))
    ])  # fmt: skip
    segments: list[int] = np.unique(unpack_corner(differing, height, width)[0]).tolist()
    return segments


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
    stack = [1]  # the ends at which chains are left
    walk: list[int] = []
    while stack:
        following = next_end(stack[-1])
        if following is None:
            walk.append(stack.pop())
        else:
            is_used[following >> 1] = True
            stack.append(following ^ 1)
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
    kept: NDArray[np.int64] = points[~(is_level | is_upright)]
    return kept
