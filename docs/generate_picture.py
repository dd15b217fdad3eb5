"""Draw docs/way-back.svg: a small map, the edges of its region, and the polygon that cityconv makes of it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cityconv.raster.region_walks import region_polygons
from cityconv.raster.regions import Regions

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).with_name("way-back.svg")

REGION = (
    "...######...",
    "..########..",
    ".####..####.",
    ".###...####.",
    "..########..",
    "...######...",
    "............",
    ".....##.....",
    "....###.....",
)
_SIDE = 22  # of a pixel
_PANEL = (len(REGION[0]) + 2) * _SIDE
_TITLES = ("the region", "two edges for each run", "one polygon")
_Point = tuple[float, float]


def page() -> str:
    """Return the picture as SVG."""
    height = (len(REGION) + 2) * _SIDE
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {3 * _PANEL} {height}" font-family="sans-serif" '
        'font-size="13" text-anchor="middle">',
        f'<rect width="{3 * _PANEL}" height="{height}" fill="#fff"/>',
    ]
    for panel, (title, marks) in enumerate(zip(_TITLES, ([], [*_edges()], [*_polygon()]), strict=True)):
        x, y = _place(panel, (len(REGION[0]) / 2 - 0.5, -0.4))
        lines += [f'<text x="{x:g}" y="{y:g}">{title}</text>', *_pixels(panel)]
        lines += marks
    return "\n".join([*lines, "</svg>", ""])


def _place(panel: int, point: _Point) -> _Point:
    """Return where a point of the image is. Column a is drawn around x = a, and row y from y to y + 1."""
    return panel * _PANEL + (point[0] + 1.5) * _SIDE, (point[1] + 1.5) * _SIDE


def _pixels(panel: int) -> Iterator[str]:
    x, y = _place(panel, (-0.5, 0))
    width, height = len(REGION[0]) * _SIDE, len(REGION) * _SIDE
    yield f'<rect x="{x:g}" y="{y:g}" width="{width}" height="{height}" fill="#f2f2f2"/>'
    for row, first, last in _runs():
        left, top = _place(panel, (first - 0.5, row))
        width_of_run = (last - first + 1) * _SIDE
        yield f'<rect x="{left:g}" y="{top:g}" width="{width_of_run}" height="{_SIDE}" fill="#9db8e8"/>'
    across = "".join(f"M{x:g} {y + row * _SIDE:g}h{width}" for row in range(len(REGION) + 1))
    down = "".join(f"M{x + column * _SIDE:g} {y:g}v{height}" for column in range(len(REGION[0]) + 1))
    yield f'<path d="{across}{down}" stroke="#fff"/>'


def _runs() -> list[tuple[int, int, int]]:
    """Return row, first and last column of each run."""
    padded = np.pad(np.array([[letter == "#" for letter in text] for text in REGION]), ((0, 0), (1, 1)))
    row, column = np.nonzero(padded[:, 1:] != padded[:, :-1])
    return [
        (y, a, b - 1) for y, a, b in zip(row[::2].tolist(), column[::2].tolist(), column[1::2].tolist(), strict=True)
    ]


def _edges() -> Iterator[str]:
    for row, *ends in _runs():
        for column in ends:
            yield _line(1, [(column, row), (column, row + 1)])


def _polygon() -> Iterator[str]:
    row, left, right = (np.array(part) for part in zip(*_runs(), strict=True))
    regions = Regions(np.zeros_like(row), row, left, right + 1, 1, len(REGION), len(REGION[0]))
    (polygon,) = region_polygons(regions)
    points: list[_Point] = [(x, y) for x, y in polygon.tolist()]
    for one, other in sorted(pairwise([*points, points[0]]), key=lambda edge: edge[0][1] != edge[1][1]):
        yield _line(2, [one, other], is_idle=one[1] == other[1])
    for x, y in (_place(2, point) for point in points):
        yield f'<circle cx="{x:g}" cy="{y:g}" r="3" fill="#b00020"/>'


def _line(panel: int, points: list[_Point], *, is_idle: bool = False) -> str:
    (x0, y0), (x1, y1) = (_place(panel, point) for point in points)
    color = "#e39aa5" if is_idle else "#b00020"
    return f'<path d="M{x0:g} {y0:g}L{x1:g} {y1:g}" stroke="{color}" stroke-width="2"/>'


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
