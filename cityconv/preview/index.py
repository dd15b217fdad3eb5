"""The gallery: a page, and the index of its frames."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from cityconv.preview.geometry import css_color
from cityconv.preview.rendering import OBJECTS, PHOTOGRAPHS, PICTURES, as_script, frame_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from cityconv.preview.rendering import Drawn
    from cityconv.vocabulary import Layer

PAGE = "index.html"
_INDEX = "gallery/frames.js"
_FUNCTION = "showIndex"
_ASSETS = ("gallery.css", "gallery.js", "frame.js")
GALLERY_FOLDERS = (PAGE, "gallery/", f"{PICTURES}/", f"{PHOTOGRAPHS}/", f"{OBJECTS}/")
GALLERY_PATHS = (PAGE, _INDEX, *(f"gallery/{name}" for name in _ASSETS))


def gallery_files(title: str, drawn: Sequence[Drawn], layers: Sequence[Layer]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the gallery: path below the output folder, and content.

    Args:
        title: what is shown.
        drawn: the frames.
        layers: what pictures show.
    """
    folder = files("cityconv.preview") / "gallery"
    yield PAGE, (folder / PAGE).read_bytes()
    for name in _ASSETS:
        yield f"gallery/{name}", (folder / name).read_bytes()
    yield _INDEX, as_script(_FUNCTION, [_index(title, drawn, layers)])


def _index(title: str, drawn: Sequence[Drawn], layers: Sequence[Layer]) -> dict[str, Any]:
    totals: Counter[Any] = Counter()
    for frame in drawn:
        totals.update(frame.counts)
    classes = sorted(totals, key=lambda key: (-totals[key], key))
    number = {key: index for index, key in enumerate(classes)}
    splits, cities = (
        list(dict.fromkeys(names)) for names in zip(*((item.split, item.city) for item in drawn), strict=True)
    )
    return {
        "title": title,
        "layers": list(layers),
        "classes": [[name, css_color(color), totals[name, color]] for name, color in classes],
        "splits": splits,
        "cities": cities,
        "frames": [
            [
                splits.index(frame.split),
                cities.index(frame.city),
                frame.name,
                int(frame.has_photograph),
                *frame.size,
                [part for key, count in frame.counts.items() for part in (number[key], count)],
            ]
            for frame in drawn
        ],
    }


def earlier_paths(out: Path) -> set[str]:
    """Return the files of the frames of a gallery that is in a folder; none if there is none."""
    start = f"{_FUNCTION}("
    try:
        text = (out / _INDEX).read_text(encoding="utf-8")
        index = msgspec.json.decode(text.removeprefix(start).rstrip().removesuffix(")"))
        return set(_paths(index)) if text.startswith(start) else set()
    except (OSError, ValueError, LookupError, TypeError):
        return set()


def _paths(index: dict[str, Any]) -> Iterable[str]:
    for split, city, name, has_photograph, *_ in index["frames"]:
        parts = [index["splits"][split], *index["cities"][city].split("/"), name]
        path = "/".join(filter(None, parts))
        if not {"", ".", ".."} & {*path.split("/")} and not re.search(r"[\0\\]", path):
            yield from frame_paths(path, has_photograph=bool(has_photograph))
