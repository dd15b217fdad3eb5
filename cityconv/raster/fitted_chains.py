"""Few points: chains as long slanted edges that cross each row where the same pixels are filled.

A left end of a run in column a is drawn by any edge that crosses the middle of its row at a - 0.5 < x <= a + 0.5, and a
right end in column b by any edge with b - 0.5 <= x < b + 0.5. Here edges cross between the two halves, without these:
there, rounding could decide, and the two ends of a run of one pixel could change places.

Edges connect points with integer coordinates, and each is as long as possible. Two edges share a point, or there is a
horizontal edge between them, which takes one point more. All comparisons are of integers. Scan conversion computes in
float32, so what is drawn in very large images has to be checked.

With a tolerance, edges may cross each row so many columns farther from its end, on both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cityconv.raster.chains import ChainGroup, Path

_SLACK = 2  # how far a point may be beyond the ends of the rows above and below it, in pixels
_STEEP = 1 << 40  # columns per row: more than any edge has


def fitted_paths(group: ChainGroup, tolerance: int = 0) -> list[Path]:
    """Return a path with few points for each chain of a region.

    Where the mate of a chain has a path already, and nothing speaks against it, the chain ends at the same point.
    Chains outside of the image stay where they are.
    """
    paths: list[Path] = []

    def column_at(end: int) -> int | None:
        mate = group.mate[end]
        return paths[mate >> 1][-1 if mate & 1 else 0][0] if 0 <= mate < 2 * len(paths) else None

    for number, chain in enumerate(group.chains):
        sign = -1 if chain.is_right else 1  # a right end is a left end in the mirror
        start, end = (None if (x := column_at(2 * number + i)) is None else sign * x for i in (0, 1))
        path = fit_path([sign * x for x in chain.x], start, end, tolerance if chain.x[0] >= 0 else 0)
        paths.append([(sign * x, chain.top + y) for x, y in path])
    return paths


class _Point(NamedTuple):
    """A point on a path.

    Attributes:
        height: the number of rows above it.
        x: its column; None before the first point of a path.
        previous: the point before it.
    """

    height: int
    x: int | None
    previous: _Point | None = None


def fit_path(x: list[int], start: int | None = None, end: int | None = None, tolerance: int = 0) -> Path:
    """Return a path, x and height of its points, that crosses the middle of each row less than 0.5 from a column.

    Points have levels, by the number of points before them. The points of a level are the lower ends of edges from the
    level above, and of a horizontal and an edge from two levels above; only those that are farthest down are kept.

    >>> fit_path([1, 3, 5, 7])
    [(0, 0), (8, 4)]
    >>> fit_path([0, 0, 7, 7])
    [(0, 0), (0, 2), (7, 2), (7, 4)]

    Args:
        x: the column of each row, at least one.
        start: where a point is already, so that the path starts there if that takes it farther.
        end: where the path should end if it takes no more points.
        tolerance: how many columns more it may be away.
    """
    above: list[_Point] = []
    points = [_Point(0, start)]
    while not points or points[0].height < len(x):
        found = [lower for point in points for lower in _lower_ends(x, point, tolerance)]
        if above:
            height = above[0].height
            found += [
                lower
                for column in _starts(x, height)
                for lower in _lower_ends(x, _Point(height, column, above[0]), tolerance)
            ]
        farthest = max((point.height for point in found), default=0)
        above, points = points, [*{point.x: point for point in found if point.height == farthest}.values()]
    last = min(points, key=lambda point: (point.x != end, abs((point.x or 0) - x[-1])))
    return [*_points_up(last)][::-1]


def _points_up(point: _Point | None) -> Iterator[tuple[int, int]]:
    while point:
        if point.x is not None:
            yield point.x, point.height
        point = point.previous


def _starts(x: list[int], height: int) -> set[int]:
    """Return columns for a point above a row: that of the row, and where a line from the next row leads."""
    below = x[min(height + 1, len(x) - 1)]
    half, odd = divmod(x[height] - below, 2)
    return {x[height], x[height] + half, x[height] + half + odd}


def _lower_ends(x: list[int], start: _Point, tolerance: int) -> list[_Point]:
    """Return the lower ends of the longest edges from a point, one for each column that is possible.

    Each row that an edge crosses limits its slope, in columns per row, from both sides. Slopes are fractions.
    """
    if start.x is None:
        return []
    longest, columns = 0, range(0)
    low, low_rows, high, high_rows = -_STEEP, 1, _STEEP, 1
    for length, column in enumerate(x[start.height :], 1):
        rows = 2 * length - 1  # twice the rows from the start to the middle of this one, and below twice the columns
        first = 2 * (column - start.x - tolerance) - 1
        last = first + 4 * tolerance + 2
        if first * low_rows > low * rows:
            low, low_rows = first, rows
        if last * high_rows < high * rows:
            high, high_rows = last, rows
        if low * high_rows >= high * low_rows:
            break
        leftmost, end = start.x + low * length // low_rows + 1, start.x - (-high * length // high_rows)
        if leftmost < end:
            near = _columns_near(x, start.height + length, _SLACK + tolerance)
            possible = range(max(leftmost, near.start), min(end, near.stop))
            if possible:
                longest, columns = length, possible
    return [_Point(start.height + longest, column, start) for column in columns]


def _columns_near(x: list[int], height: int, slack: int) -> range:
    """Return the columns where a point may be: near the ends around it, or a line through the last two."""
    above = x[height - 1]
    below = x[height] if height < len(x) else above + (above - x[max(height - 2, 0)]) // 2
    return range(min(above, below) - slack, max(above, below) + slack + 1)
