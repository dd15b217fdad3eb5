"""What a picture shows: the objects of a frame or an image, whatever they were read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from cityconv.raster.sampling import nearest

if TYPE_CHECKING:
    from cityconv.raster.regions import Regions
    from cityconv.raster.sampling import Grid
    from cityconv.source.files import File
    from cityconv.source.frame import Frame
    from cityconv.source.labels.table import Color

Corners = tuple[tuple[float, float], ...]


class SceneObject(NamedTuple):
    """An object.

    Attributes:
        name: its class.
        color: red, green, blue, 0 to 255.
        area: its pixels; None if the source does not tell.
        corners: x and y of the corners of its box, in pixels of the frame; empty if it has none.
        is_crowd: whether it stands for several objects.
    """

    name: str
    color: Color
    area: int | None = None
    corners: Corners = ()
    is_crowd: bool = False


class Scene(NamedTuple):
    """The objects of a frame.

    Attributes:
        height: rows of the frame.
        width: columns of the frame.
        objects: back to front.
        regions: the pixels of each object in the picture, which has as many rows and columns as these say.
    """

    height: int
    width: int
    objects: list[SceneObject]
    regions: Regions


class ReadScene(Protocol):
    """Reads what is shown of one frame. Picklable."""

    def __call__(self, width: int, photograph: File | None) -> Scene:
        """Return the scene for a picture.

        Args:
            width: the most that it may be wide, in pixels.
            photograph: the photograph, which tells the size of frames where nothing else does.

        Raises:
            AnnotationError: a file cannot be read, or is damaged; the message names it.
        """
        ...


class Shown(NamedTuple):
    """A frame that is shown.

    Attributes:
        frame: the frame.
        read: reads its objects.
        photograph: its photograph, if there is one.
    """

    frame: Frame
    read: ReadScene
    photograph: File | None = None

    @property
    def path(self) -> str:
        """Split, city and name, which name its files."""
        return "/".join(filter(None, (self.frame.split, self.frame.folder_path)))


def picture_grid(height: int, width: int, most_width: int) -> Grid:
    """Return the pixels of a frame that a picture of at most a given width shows."""
    new_width = min(width, most_width)
    return nearest(height, width, max(1, round(height * new_width / width)), new_width)


def corners_of(x0: float, y0: float, x1: float, y1: float) -> Corners:
    """Return the corners of an upright box, clockwise on the screen from the top left."""
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
