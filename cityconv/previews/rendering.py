"""The files of one frame: its picture, its photograph in the same size, and its objects as data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from cityconv.engine.encoding import decode_image, resize_image
from cityconv.engine.generate import Made
from cityconv.errors import AnnotationError, ImageError
from cityconv.previews.drawing import draw_scene
from cityconv.previews.geometry import scene_data
from cityconv.source.files import READ_ERRORS, explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cityconv.previews.scene import Scene, Shown
    from cityconv.source.files import File
    from cityconv.source.labels.table import Color
    from cityconv.vocabulary import Layer

PICTURES, PHOTOGRAPHS, OBJECTS = "pictures", "photographs", "objects"
_QUALITY = 88  # of JPEG files
ClassKey = tuple[str, "Color"]


class Drawn(NamedTuple):
    """A frame that was drawn.

    Attributes:
        split: its split.
        city: its city; empty if it has none.
        name: its name.
        has_photograph: whether its picture shows one.
        size: width and height of the picture in pixels.
        counts: number of objects of each class, given by name and color.
    """

    split: str
    city: str
    name: str
    has_photograph: bool
    size: tuple[int, int]
    counts: Counter[ClassKey]


class BadFrame(NamedTuple):
    """A frame that could not be drawn: its file, and what is wrong."""

    file: str
    error: AnnotationError | ImageError


@dataclass(frozen=True)
class DrawFrame:
    """Makes the files of a frame. Picklable.

    Attributes:
        width: the most that pictures are wide, in pixels.
        layers: what pictures show.
    """

    width: int
    layers: tuple[Layer, ...]

    def paths(self, shown: Shown) -> list[str]:
        """Return the paths of a frame's files, relative to the output folder."""
        return frame_paths(shown.path, has_photograph=shown.photograph is not None)

    def __call__(self, shown: Shown, /) -> Made[Drawn | BadFrame]:
        """Return the files of a frame; those of a bad one are none."""
        try:
            scene = shown.read(self.width, shown.photograph)
            photograph = read_photograph(shown.photograph, scene) if shown.photograph else None
        except (AnnotationError, ImageError) as error:
            return Made([], BadFrame(shown.frame.where, error))
        contents = self._contents(shown.path, scene, photograph)
        return Made(list(zip(self.paths(shown), contents, strict=True)), _count(shown, scene))

    def _contents(self, path: str, scene: Scene, photograph: NDArray[Any] | None) -> Iterator[bytes]:
        suffix = ".png" if photograph is None else ".jpg"
        yield encode(draw_scene(scene, photograph, self.layers), suffix)
        yield as_script("showFrame", [path, scene_data(scene)])
        if photograph is not None:
            yield encode(photograph, suffix)


def count_frame(shown: Shown) -> Drawn | BadFrame:
    """Return the counts of a frame that is not drawn."""
    try:
        return _count(shown, shown.read(1, shown.photograph))
    except AnnotationError as error:
        return BadFrame(shown.frame.where, error)


def _count(shown: Shown, scene: Scene) -> Drawn:
    split, city, name, *_ = shown.frame
    counts = Counter((item.name, item.color) for item in scene.objects)
    size = scene.regions.width, scene.regions.height
    return Drawn(split, city, name, shown.photograph is not None, size, counts)


def frame_paths(path: str, *, has_photograph: bool) -> list[str]:
    """Return the paths of a frame's files, given split, city and name as a path.

    No name begins with that of the frame: in the folder of a data set, such a picture would be taken for a photograph.
    """
    folder, _, name = path.rpartition("/")
    picture = f"{folder}/preview_{name}"
    if not has_photograph:
        return [f"{PICTURES}/{picture}.png", f"{OBJECTS}/{path}.js"]
    return [f"{PICTURES}/{picture}.jpg", f"{OBJECTS}/{path}.js", f"{PHOTOGRAPHS}/{picture}.jpg"]


def as_script(function: str, arguments: list[object]) -> bytes:
    """Return a script that calls a function of the gallery: a page on the disk may load scripts, and no other data."""
    return b"%s(%s)\n" % (function.encode(), msgspec.json.encode(arguments)[1:-1])


def read_photograph(file: File, scene: Scene) -> NDArray[Any]:
    """Return a photograph in the size of a scene's picture: uint8 (h, w, 3), blue, green, red.

    Raises:
        ImageError: it cannot be read, or has another size than the frame.
    """
    try:
        pixels, _ = decode_image(file.read())
    except READ_ERRORS as error:
        raise ImageError(f"{file}: {explain(error)}") from None
    if pixels is None:
        raise ImageError(f"{file}: cannot be decoded as an image")
    height, width = pixels.shape[:2]
    if (height, width) != (scene.height, scene.width):
        raise ImageError(f"{file}: {width} x {height} pixels where the annotation has {scene.width} x {scene.height}")
    return resize_image(pixels, scene.regions.height, scene.regions.width)


def encode(picture: NDArray[Any], suffix: str) -> bytes:
    """Return a picture as the bytes of a file.

    Args:
        picture: uint8 (h, w, 3), blue, green, red.
        suffix: `.jpg` or `.png`.
    """
    import cv2

    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY] if suffix == ".jpg" else []
    _, encoded = cv2.imencode(suffix, picture, options)
    content: bytes = encoded.tobytes()
    return content
