"""What a format is to the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Skipped
    from cityconv.source.layout import Frame


class Part(NamedTuple):
    """What one frame comes to in one format.

    Attributes:
        files: path under the output, with `/`, and content.
        record: what the files of the whole data set need to know of this frame; the format's own affair.
        written: number of what the format's `unit` says.
        skipped: the objects that the output does not show, and why.
    """

    files: list[tuple[str, bytes]]
    record: bytes
    written: int
    skipped: Skipped


class Records(Protocol):
    """The records of all converted frames, in the order of the frames; can be gone through any number of times."""

    @property
    def frames(self) -> list[Frame]:
        """The frames."""
        ...

    def of(self, subset: str) -> Iterator[tuple[Frame, bytes]]:
        """Yield each frame of a subset with its record."""
        ...


def subsets(frames: list[Frame]) -> list[str]:
    """Return the names of the subsets that frames are in, sorted."""
    return sorted({frame.subset for frame in frames})


class Format(Protocol):
    """A frozen, picklable object that knows how one output is written.

    Attributes:
        unit: what `Part.written` counts, in the plural.
    """

    unit: ClassVar[str]

    def frame_files(self, frame: Frame) -> list[str]:
        """Return the files, or folders of files, that a frame's part consists of, as paths under the output."""
        ...

    def part(self, drawn: RasterizedFrame) -> Part:
        """Return a frame's part of the output. Runs in a worker and keeps no state."""
        ...

    def image_file(self, frame: Frame) -> str:
        """Return where the frame's image belongs, as a path under the output."""
        ...

    def dataset_files(self, frames: list[Frame]) -> list[str]:
        """Return the files that `fold` will give for these frames."""
        ...

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield the files of the whole data set: path under the output, and content piece by piece."""
        ...
