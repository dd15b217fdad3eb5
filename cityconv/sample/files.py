"""The files of a synthetic frame: its annotation in the style of the release, and its picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from cityconv.sample.layout import SampleFrame
from cityconv.sample.picture import picture_png
from cityconv.sample.scene import draw_rim, draw_scene
from cityconv.sample.street import HEIGHT, WIDTH, Shape


class SampleFile(NamedTuple):
    """One file of the set.

    Attributes:
        path: where it goes, relative to the data set's root, with forward slashes.
        content: its bytes.
    """

    path: str
    content: bytes


def render(frame: SampleFrame, seed: int, images: bool) -> Iterator[SampleFile]:
    """Make the files of one frame: the annotation, and if wanted the picture.

    They depend on frame and seed alone, so frames may be made in any order and in any process.
    """
    rim = draw_rim(seed, frame.stem)
    bare = frame.split == "test"  # the annotations of the test split are withheld, but for the rim
    scene = [] if bare and not images else draw_scene(seed, frame.stem)
    yield SampleFile(frame.annotation_path, _annotation(rim if bare else scene + rim))
    if images:
        yield SampleFile(frame.image_path, picture_png(scene + rim, seed, frame.stem))


def _annotation(shapes: list[Shape]) -> bytes:
    """Return the JSON of a frame, laid out as the release is: 4 spaces a level, a blank after each comma."""
    objects = [
        {"label": shape.name, "polygon": shape.outline.astype(int).tolist()} for shape in shapes if shape.annotated
    ]
    document = {"imgHeight": HEIGHT, "imgWidth": WIDTH, "objects": objects}
    return msgspec.json.format(msgspec.json.encode(document), indent=4).replace(b",\n", b", \n")
