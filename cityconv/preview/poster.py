"""The poster: a data set on one picture, as a grid of frames over its cities."""

from __future__ import annotations

import io
from collections import Counter
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from cityconv.preview.drawing import draw_scene
from cityconv.preview.rendering import read_photograph
from cityconv.preview.tags import draw_tag, font_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image as PillowImage

    from cityconv.preview.rendering import ClassKey, Drawn
    from cityconv.preview.scene import Shown
    from cityconv.source.labels.table import Color

_COLUMNS, _MOST_ROWS = 4, 6
_CELL_WIDTH, _GAP, _MARGIN = 480, 12, 48  # pixels
_TITLE, _TEXT, _LEGEND = 60, 28, 20  # sizes of the font, in pixels
_RADIUS = 10  # of the corners of cells
_GROUND, _INK, _QUIET = (18, 18, 21), (236, 236, 241), (163, 163, 176)  # red, green, blue
_MOST_CLASSES = 24  # in the legend


class Cell(NamedTuple):
    """A frame on the poster.

    Attributes:
        picture: uint8 (h, w, 3), blue, green, red.
        city: its city.
    """

    picture: NDArray[Any]
    city: str


def draw_cell(is_overlaid: bool, shown: Shown) -> Cell:
    """Return the picture of a frame, with or without an overlay; without a photograph, its label colors.

    Raises:
        AnnotationError: the frame cannot be read.
        ImageError: its photograph cannot be read.
    """
    scene = shown.read(_CELL_WIDTH, shown.photograph)
    photograph = read_photograph(shown.photograph, scene) if shown.photograph else None
    return Cell(draw_scene(scene, photograph, ("masks", "outlines") if is_overlaid else ()), shown.frame.city)


def choose_frames(frames: Sequence[Shown]) -> list[tuple[bool, Shown]]:
    """Return the frames of the poster, from all cities in turn, and whether each has an overlay."""
    by_city: dict[str, list[Shown]] = {}
    for shown in frames:
        by_city.setdefault(shown.frame.city, []).append(shown)
    turns = [shown for shown in chain.from_iterable(zip_longest(*by_city.values())) if shown is not None]
    number = min(len(turns), _COLUMNS * _MOST_ROWS)
    chosen = turns[: number - number % _COLUMNS or number]
    chosen.sort(key=lambda shown: (shown.frame.city, shown.path))
    return [((index + index // _COLUMNS) % 2 == 0, shown) for index, shown in enumerate(chosen)]


def poster_png(title: str, drawn: Sequence[Drawn], cells: Sequence[Cell]) -> bytes:
    """Return the poster as a PNG.

    Args:
        title: the name of the data set.
        drawn: all its frames, which are counted.
        cells: the frames that are shown, row by row.
    """
    from PIL import Image

    counts: Counter[ClassKey] = Counter()
    for frame in drawn:
        counts.update(frame.counts)
    legend = _legend(counts)
    columns = min(_COLUMNS, len(cells))
    cell_height = max(cell.picture.shape[0] for cell in cells)
    width = 2 * _MARGIN + _COLUMNS * (_CELL_WIDTH + _GAP) - _GAP
    rows = -(-len(cells) // columns)
    head = _MARGIN + _TITLE + _TEXT + 2 * _GAP + _MARGIN // 2
    legend_rows = _legend_rows(legend, width - 2 * _MARGIN)
    foot = _MARGIN // 2 + len(legend_rows) * 2 * _LEGEND + _MARGIN
    poster = Image.new("RGB", (width, head + rows * (cell_height + _GAP) - _GAP + foot), _GROUND)
    _write_head(poster, title, len(drawn), counts)
    for index, cell in enumerate(cells):
        row, column = divmod(index, columns)
        _paste_cell(
            poster, cell, _MARGIN + column * (_CELL_WIDTH + _GAP), head + row * (cell_height + _GAP), cell_height
        )
    _write_legend(poster, legend_rows, poster.height - foot + _MARGIN // 2)
    content = io.BytesIO()
    poster.save(content, "PNG", optimize=True)
    return content.getvalue()


def _write_head(poster: PillowImage, title: str, frames: int, counts: Counter[ClassKey]) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(poster)
    draw.text((_MARGIN, _MARGIN), title, _INK, font_of(_TITLE), anchor="lt")
    numbers = ((frames, "frame", "frames"), (len(counts), "class", "classes"), (counts.total(), "object", "objects"))
    line = "     ".join(f"{number:,} {one if number == 1 else many}" for number, one, many in numbers)
    draw.text((_MARGIN, _MARGIN + _TITLE + 2 * _GAP), line, _QUIET, font_of(_TEXT), anchor="lt")


def _paste_cell(poster: PillowImage, cell: Cell, x: int, y: int, height: int) -> None:
    """Put a frame into its cell, with round corners and the name of its city."""
    from PIL import Image, ImageDraw

    picture = cell.picture.copy()
    tag = draw_tag(cell.city, _GROUND, _LEGEND)
    if cell.city and 3 * tag.shape[0] <= picture.shape[0] and tag.shape[1] <= picture.shape[1]:
        picture[-tag.shape[0] :, : tag.shape[1]] = tag
    shown = Image.fromarray(picture[..., ::-1])
    mask = Image.new("L", shown.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, shown.width - 1, shown.height - 1), _RADIUS, 255)
    poster.paste(shown, (x + (_CELL_WIDTH - shown.width) // 2, y + (height - shown.height) // 2), mask)


class _Entry(NamedTuple):
    """A class in the legend, and how much room it takes in pixels."""

    name: str
    color: Color
    width: int


def _legend(counts: Counter[ClassKey]) -> list[_Entry]:
    """Return the most frequent classes."""
    font = font_of(_LEGEND)
    common = sorted(counts, key=lambda key: (-counts[key], key))[:_MOST_CLASSES]
    return [_Entry(name, color, round(font.getlength(name)) + 3 * _LEGEND) for name, color in common]


def _legend_rows(legend: Sequence[_Entry], width: int) -> list[list[_Entry]]:
    rows: list[list[_Entry]] = [[]]
    for entry in legend:
        if rows[-1] and sum(item.width for item in rows[-1]) + entry.width > width:
            rows.append([])
        rows[-1].append(entry)
    return rows


def _write_legend(poster: PillowImage, rows: Sequence[Sequence[_Entry]], y: int) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(poster)
    for row in rows:
        x = _MARGIN
        for entry in row:
            draw.rounded_rectangle((x, y, x + _LEGEND - 1, y + _LEGEND - 1), 4, entry.color, _QUIET)
            draw.text((x + 1.5 * _LEGEND, y + _LEGEND / 2), entry.name, _QUIET, font_of(_LEGEND), anchor="lm")
            x += entry.width
        y += 2 * _LEGEND
