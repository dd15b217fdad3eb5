"""The files of a synthetic frame: the annotation, formatted as in the release, and the picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from cityconv.engine.generate import Made
from cityconv.synthesis.layout import SampleFrame
from cityconv.synthesis.picture import picture_png
from cityconv.synthesis.scene import draw_camera_objects, draw_scene
from cityconv.synthesis.street import HEIGHT, WIDTH, Shape


class SampleFile(NamedTuple):
    """One file of the data set.

    Attributes:
        path: relative to the root of the data set, with forward slashes.
        content: the bytes of the file.
    """

    path: str
    content: bytes


def render(frame: SampleFrame, seed: int, images: bool) -> Iterator[SampleFile]:
    """Yield the files of one frame: the annotation, then the picture if requested.

    The content depends on the frame and the seed alone, so frames can be rendered in any order and in any process.

    Args:
        frame: the frame to render.
        seed: 0 or greater; each seed gives different scenes.
        images: whether to render the picture.
    """
    camera_objects = draw_camera_objects(seed, frame.stem)
    is_withheld = frame.split == "test"  # the release withholds all other annotations of this split
    scene = [] if is_withheld and not images else draw_scene(seed, frame.stem)
    yield SampleFile(
        frame.annotation_path, _encode_annotation(camera_objects if is_withheld else scene + camera_objects)
    )
    if images:
        yield SampleFile(frame.image_path, picture_png(scene + camera_objects, seed, frame.stem))


def make(frame: SampleFrame, seed: int, images: bool) -> Made[None]:
    """Return the files of one frame, as `engine.generate` takes them; see `render`."""
    return Made(render(frame, seed, images), None)


def _encode_annotation(shapes: list[Shape]) -> bytes:
    """Return the annotation as JSON, formatted as in the release: 4 spaces per level, a space after each comma."""
    objects = [
        {"label": shape.name, "polygon": shape.outline.astype(int).tolist()} for shape in shapes if shape.annotated
    ]
    document = {"imgHeight": HEIGHT, "imgWidth": WIDTH, "objects": objects}
    return msgspec.json.format(msgspec.json.encode(document), indent=4).replace(b",\n", b", \n")
