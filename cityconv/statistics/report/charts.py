"""The charts of the page, as specifications of Vega-Lite and Vega.

Colors come from the style sheet of the page, so that charts follow its light, dark and printed form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cityconv.statistics.document import Statistics

Chart = dict[str, Any]
Color = tuple[int, int, int]

_ACCENT, _QUIET, _PAPER = "var(--accent)", "var(--quiet)", "var(--paper)"
_MOST_BARS = 60
_BRIGHT = 140  # of 255: from this brightness on, black text is easier to read than white
_AXIS = {
    "labelColor": "currentColor", "titleColor": "currentColor", "domainColor": _QUIET, "tickColor": _QUIET,
    "gridColor": "var(--line)", "titleFontWeight": 500, "titlePadding": 8, "labelFontSize": 11, "titleFontSize": 12,
}  # fmt: skip
_CONFIG = {"font": "system-ui, sans-serif", "background": "transparent", "aria": False, "view": {"stroke": None}}
_LITE = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "width": "container",
    "config": {**_CONFIG, "axis": _AXIS},
}


def objects_per_frame(per_frame: Mapping[int, int]) -> Chart:
    """Return a histogram.

    Args:
        per_frame: number of frames by their number of objects.
    """
    step = max(1, -(-(max(per_frame) + 1) // _MOST_BARS))
    bars: dict[int, int] = {}
    for objects, frames in per_frame.items():
        bars[objects // step * step] = bars.get(objects // step * step, 0) + frames
    values = [
        {"from": start, "to": start + step, "objects": _range(start, step), "frames": frames}
        for start, frames in sorted(bars.items())
    ]
    return {
        **_LITE,
        "height": 260,
        "data": {"values": values},
        "mark": {"type": "rect", "color": _ACCENT, "stroke": _PAPER, "strokeWidth": 1},
        "encoding": {
            "x": {
                "field": "from", "type": "quantitative", "title": "objects in a frame",
                "scale": {"nice": False}, "axis": {"grid": False, "tickMinStep": 1},
            },
            "x2": {"field": "to"},
            "y": {"field": "frames", "type": "quantitative", "title": "frames", "axis": {"tickMinStep": 1}},
            "y2": {"datum": 0},
            "tooltip": [{"field": "objects", "title": "objects"}, {"field": "frames", "format": ","}],
        },
    }  # fmt: skip


def _range(start: int, step: int) -> str:
    return str(start) if step == 1 else f"{start} to {start + step - 1}"


def sizes(statistics: Statistics) -> Chart:
    """Return the range, the middle half and the median of the visible areas of each class, on a logarithmic axis."""
    values = [
        {"class": name, "min": area.min, "q1": area.q1, "median": area.median, "q3": area.q3, "max": area.max}
        for name, item in statistics.classes.items()
        if (area := item.area)
    ]
    tooltip = [
        {"field": "class"},
        *({"field": name, "format": ",.0f"} for name in ("max", "q3", "median", "q1", "min")),
    ]
    y = {
        "field": "class", "type": "nominal", "sort": {"field": "median", "order": "descending"}, "title": None,
        "axis": {"ticks": False, "domain": False, "labelLimit": 130, "labelPadding": 6},
    }  # fmt: skip
    x = {
        "field": "min", "type": "quantitative", "scale": {"type": "log", "nice": False},
        "title": "visible pixels of an object",
        "axis": {"format": "~s", "values": [10**power for power in range(10)]},
    }  # fmt: skip
    return {
        **_LITE,
        "height": 19 * len(values),
        "data": {"values": values},
        "encoding": {"y": y, "tooltip": tooltip},
        "layer": [
            {"mark": {"type": "rule", "color": _QUIET}, "encoding": {"x": x, "x2": {"field": "max"}}},
            {
                "mark": {"type": "bar", "color": _ACCENT, "height": 11, "cornerRadius": 3},
                "encoding": {"x": {**x, "field": "q1"}, "x2": {"field": "q3"}},
            },
            {
                "mark": {
                    "type": "point",
                    "fill": _PAPER,
                    "stroke": _ACCENT,
                    "strokeWidth": 2,
                    "size": 55,
                    "opacity": 1,
                },
                "encoding": {"x": {**x, "field": "median"}},
            },
        ],
    }


def together(statistics: Statistics, order: Sequence[str]) -> Chart:
    """Return how often classes share frames: the share of the frames of one class that have the other.

    Args:
        statistics: the statistics.
        order: the classes in the order of the rows and columns.
    """
    values = [
        {
            "class": name,
            "other": other,
            "frames": frames,
            "of": statistics.classes[name].frames,
            "share": frames / statistics.classes[name].frames,
        }
        for name, others in statistics.together.items()
        for other, frames in others.items()
    ]
    axis = {"ticks": False, "domain": False, "labelLimit": 110, "labelFontSize": 10, "labelOverlap": False}
    return {
        **_LITE,
        "height": 15 * len(order),
        "data": {"values": values},
        "mark": {"type": "rect", "fill": _ACCENT, "stroke": _PAPER, "strokeWidth": 0.6},
        "encoding": {
            "y": {"field": "class", "type": "nominal", "sort": list(order), "title": None, "axis": axis},
            "x": {
                "field": "other", "type": "nominal", "sort": list(order), "title": None,
                "axis": {**axis, "orient": "top", "labelAngle": -90},
            },
            "fillOpacity": {
                "field": "share", "type": "quantitative", "scale": {"domain": [0, 1], "range": [0.03, 1]},
                "legend": None,
            },
            "tooltip": [
                {"field": "class"}, {"field": "other", "title": "and"},
                {"field": "frames", "title": "frames with both", "format": ","},
                {"field": "of", "title": "frames with the class", "format": ","},
                {"field": "share", "format": ".1%"},
            ],
        },
    }  # fmt: skip


def pixel_shares(statistics: Statistics, colors: Mapping[str, Color]) -> Chart:
    """Return a tree map: the area of a class is its share of the labeled pixels."""
    values: list[dict[str, Any]] = [{"name": "all"}]
    for name, item in statistics.classes.items():
        if item.pixels:
            red, green, blue = colors[name]
            text = "#000" if 0.3 * red + 0.59 * green + 0.11 * blue > _BRIGHT else "#fff"
            values.append({
                "name": name, "parent": "all", "pixels": item.pixels, "share": item.share,
                "color": f"rgb({red}, {green}, {blue})", "text": text,
            })  # fmt: skip
    width = "max(240, containerSize()[0])"
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "height": 380,
        "autosize": {"type": "none"},
        "padding": 0,
        "config": _CONFIG,
        "signals": [{"name": "width", "init": width, "on": [{"events": "window:resize", "update": width}]}],
        "data": [
            {
                "name": "tree",
                "values": values,
                "transform": [
                    {"type": "stratify", "key": "name", "parentKey": "parent"},
                    {
                        "type": "treemap", "field": "pixels", "round": True, "method": "squarify", "paddingInner": 1,
                        "sort": {"field": "value", "order": "descending"},
                        "size": [{"signal": "width"}, {"signal": "height"}],
                    },
                ],
            },
            {"name": "leaves", "source": "tree", "transform": [{"type": "filter", "expr": "!datum.children"}]},
        ],
        "marks": [
            {
                "type": "rect",
                "from": {"data": "leaves"},
                "encode": {
                    "update": {
                        "x": {"field": "x0"}, "y": {"field": "y0"}, "x2": {"field": "x1"}, "y2": {"field": "y1"},
                        "fill": {"field": "color"},
                        "tooltip": {
                            "signal": "{'class': datum.name, 'share of pixels': format(datum.share, '.3%'), "
                            "'pixels': format(datum.pixels, ',')}"
                        },
                    }
                },
            },
            _words("datum.name", 15, 600, "datum.y1 - datum.y0 > 20"),
            _words("format(datum.share, '.1%')", 31, 400, "datum.y1 - datum.y0 > 38"),
        ],
    }  # fmt: skip


def _words(words: str, below: int, weight: int, is_high_enough: str) -> Chart:
    """Return the text of the rectangles of a tree map that are large enough for it."""
    return {
        "type": "text",
        "from": {"data": "leaves"},
        "interactive": False,
        "encode": {
            "update": {
                "x": {"field": "x0", "offset": 6}, "y": {"field": "y0", "offset": below},
                "fill": {"field": "text"}, "fontSize": {"value": 12}, "fontWeight": {"value": weight},
                "limit": {"signal": "datum.x1 - datum.x0 - 8"},
                "text": {"signal": f"datum.x1 - datum.x0 > 46 && {is_high_enough} ? {words} : ''"},
            }
        },
    }  # fmt: skip
