"""The page: what is in a data set as tables, charts and pictures, in one file."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cityconv.errors import OutputError, counted
from cityconv.source.classes import select_classes
from cityconv.statistics.frame_counts import GRID
from cityconv.statistics.report import charts
from cityconv.statistics.report.pictures import draw_density, draw_frame
from cityconv.storage.url import title_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cityconv.source.frame import FrameKey
    from cityconv.statistics.collect import Collected
    from cityconv.statistics.document import Statistics
    from cityconv.statistics.totals import Totals

HTML_START = b'<!doctype html>\n<html lang="en" data-page="cityconv stats'
_LIBRARIES = ("jinja2", "vl_convert")
_FOLDER = Path(__file__).parent
_LARGE = 0.1  # a share from which on one decimal of the percentage is enough


class _Picture(NamedTuple):
    """A frame with what is remarkable about it."""

    key: FrameKey
    words: str
    uri: str


class _Location(NamedTuple):
    """Where a class is: the picture, the share of pixels at the densest place, and the words for it."""

    name: str
    uri: str
    most: float
    x: float
    y: float


def require_libraries() -> None:
    """Check that the libraries of the page are installed.

    Raises:
        OutputError: they are not.
    """
    if not all(map(find_spec, _LIBRARIES)):
        raise OutputError("--html needs libraries that are not installed", "pip install 'cityconv[report]'")


def to_html(collected: Collected) -> bytes:
    """Return the page. Frames that stand out are read again, for their pictures."""
    import jinja2
    import vl_convert

    totals, statistics = collected.totals, collected.statistics()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": "{:,}".format, "percent": _percent, "counted": counted}
    page: str = environment.get_template("page.html").render(
        title=title_of(collected.dataset.source),
        statistics=statistics,
        notes=collected.notes,
        labels=sum(item.pixels for item in statistics.classes.values()) / totals.pixels.total(),
        classes=_classes(collected, statistics),
        tallies=_tallies(totals, statistics),
        charts=_charts(collected, statistics),
        locations=[_locate(name, item.density, totals) for name, item in _by_pixels(totals)],
        pictures=_pictures(collected, statistics),
        style=(_FOLDER / "page.css").read_text("utf-8"),
        script=(_FOLDER / "page.js").read_text("utf-8"),
        libraries=vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script"),
    )
    return page.encode("utf-8", "backslashreplace")


def _percent(share: float) -> str:
    """Return a share in percent, a small one with three digits."""
    return f"{share:.1%}" if share >= _LARGE else f"{float(f'{share * 100:.3g}'):.8f}".rstrip("0").rstrip(".") + "%"


def _classes(collected: Collected, statistics: Statistics) -> list[dict[str, Any]]:
    """Return the rows of the table of classes, those with the most objects first."""
    rows = sorted(statistics.classes.items(), key=lambda item: (-item[1].objects, item[0]))
    colors = _colors(collected, statistics)
    return [{"name": name, "color": "rgb({}, {}, {})".format(*colors[name]), "counts": item} for name, item in rows]


def _colors(collected: Collected, statistics: Statistics) -> dict[str, charts.Color]:
    found = ((name, collected.table.find(name)) for name in statistics.classes)
    return {name: label[0].color if label else (128, 128, 128) for name, label in found}


def _tallies(totals: Totals, statistics: Statistics) -> dict[str, Any]:
    """Return the numbers of each class in each split, for the filter of the table; "" is for all splits."""
    divisions = {"": list(totals.frames), **totals.places("split")}
    return {
        "pixels": {split: sum(totals.pixels[place] for place in places) for split, places in divisions.items()},
        "classes": {
            name: {split: totals.classes[name].tally(places) for split, places in divisions.items()}
            for name in statistics.classes
        },
    }


def _charts(collected: Collected, statistics: Statistics) -> dict[str, charts.Chart]:
    order = [label.name for label in collected.table.labels]
    rank = {
        name: (order.index(found[0].name) if (found := collected.table.find(name)) else 0)
        for name in statistics.classes
    }
    return {
        "pixels": charts.pixel_shares(statistics, _colors(collected, statistics)),
        "objects": charts.objects_per_frame(collected.totals.per_frame),
        "sizes": charts.sizes(statistics),
        "together": charts.together(statistics, sorted(rank, key=lambda name: (rank[name], name))),
    }


def _by_pixels(totals: Totals) -> Iterable[tuple[str, Any]]:
    return sorted(totals.classes.items(), key=lambda item: (-int(item[1].density.sum()), item[0]))


def _locate(name: str, density: NDArray[np.int64], totals: Totals) -> _Location:
    cell = totals.pixels.total() / density.size
    number = max(int(density.sum()), 1)
    rows, columns = GRID
    x = float((density.sum(axis=0) * (np.arange(columns) + 0.5)).sum() / number / columns)
    y = float((density.sum(axis=1) * (np.arange(rows) + 0.5)).sum() / number / rows)
    return _Location(name, draw_density(density), min(int(density.max()) / cell, 1), x, y)


def _pictures(collected: Collected, statistics: Statistics) -> dict[str, list[_Picture]]:
    """Return the frames that stand out, by what is remarkable about them."""
    found = collected.totals.remarkable
    pixels = Counter({name: item.pixels for name, item in statistics.classes.items()})
    filled = found.filled(pixels, collected.totals.pixels.total())
    shown = {key for _, key in (*found.crowded, *found.empty)} | {item.key for item in filled}
    frames = {frame.key: frame for frame in collected.dataset.frames if frame.key in shown}
    selection = select_classes("labels", groups="crowd", table=collected.table)

    def picture(key: FrameKey, words: str) -> _Picture:
        return _Picture(key, words, draw_frame(collected.reader(frames[key]), selection))

    return {
        "crowded": [picture(key, counted(-number, "object")) for number, key in found.crowded],
        "empty": [picture(key, f"{counted(number, 'object')} of evaluated classes") for number, key in found.empty],
        "filled": [
            picture(
                item.key, f"{_percent(item.share)} {item.name}, usually {_percent(statistics.classes[item.name].share)}"
            )
            for item in filled
        ],
    }
