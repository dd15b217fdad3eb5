"""The regions of a scene as SVG paths, and all of it as data for the gallery."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from cityconv.preview.drawing import name_anchors
from cityconv.raster.boundary import trace_loops

if TYPE_CHECKING:
    from cityconv.preview.scene import Scene
    from cityconv.raster.regions import Regions
    from cityconv.source.labels.table import Color


def svg_paths(regions: Regions) -> list[str]:
    """Return the outline of each region as the data of an SVG path, in pixel corners; empty for an empty region.

    Filled by the rule `evenodd`, it covers exactly the pixels of the region.

    >>> regions = Regions(
    ...     segment=np.zeros(2, np.int64), row=np.array([0, 1]), left=np.array([0, 0]), right=np.array([2, 1]),
    ...     size=1, height=2, width=2)
    >>> svg_paths(regions)
    ['M0 0h2v1h-1v1h-1z']
    """
    loops = trace_loops(regions)
    paths = [""] * regions.size
    if not len(loops.corner):
        return paths
    steps = np.diff(loops.corner, axis=0).sum(axis=1).tolist()
    starts = loops.corner.tolist()
    for segment, (first, end) in zip(loops.segment.tolist(), pairwise([0, *loops.end.tolist()]), strict=True):
        number = end - first  # of points; the last step is left to `z`
        lines = "h%dv%d" * (number // 2 - 1) + "h%dz"
        x, y = starts[first]
        paths[segment] += f"M{x} {y}" + lines % tuple(steps[first : end - 1])
    return paths


def scene_data(scene: Scene) -> dict[str, Any]:
    """Return a scene as the gallery takes it; docs/preview.md describes it field by field."""
    names = list(dict.fromkeys((item.name, item.color) for item in scene.objects))
    number = {name: index for index, name in enumerate(names)}
    return {
        "size": [scene.width, scene.height],
        "picture": [scene.regions.width, scene.regions.height],
        "classes": [[name, css_color(color)] for name, color in names],
        "objects": [
            [
                number[item.name, item.color],
                int(item.is_crowd),
                item.area,
                [round(value, 1) for corner in item.corners for value in corner],
                [(left + right) / 2, row + 0.5, right - left],
                path,
            ]
            for item, (row, left, right), path in zip(
                scene.objects, name_anchors(scene.regions).tolist(), svg_paths(scene.regions), strict=True
            )
        ],
    }


def css_color(color: Color) -> str:
    """Return a color as style sheets have it.

    >>> css_color((0, 0, 142))
    '#00008e'
    """
    return f"#{bytes(color).hex()}"
