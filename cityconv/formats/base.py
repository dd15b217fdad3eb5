"""What a format is to the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    from cityconv.formats.drawing import DrawnFrame
    from cityconv.formats.segments import LeftOut
    from cityconv.source.dataset import Frame


class Part(NamedTuple):
    """What one frame comes to in one format.

    Attributes:
        files: path under the output, with `/`, and content.
        record: what the files of the whole data set need to know of this frame; the format's own affair.
        written: number of what the format's `unit` says.
        left_out: the objects that the output does not show, and why.
    """

    files: list[tuple[str, bytes]]
    record: bytes
    written: int
    left_out: LeftOut


class Records(Protocol):
    """The records of all converted frames, in the order of the frames; can be gone through any number of times."""

    def divisions(self) -> list[str]:
        """Return the parts that the output is divided into, splits or cities, sorted."""
        ...

    def of(self, division: str) -> Iterator[tuple[Frame, bytes]]:
        """Yield each frame of a division with its record."""
        ...


class Format(Protocol):
    """A frozen, picklable object that knows how one output is written.

    Attributes:
        unit: what `Part.written` counts, in the plural.
    """

    unit: ClassVar[str]

    def frame_files(self, frame: Frame) -> list[str]:
        """Return the files, or folders of files, that a frame's part consists of, as paths under the output."""
        ...

    def part(self, drawn: DrawnFrame) -> Part:
        """Return a frame's part of the output. Runs in a worker and keeps no state."""
        ...

    def dataset_files(self, divisions: list[str]) -> list[str]:
        """Return the files that `fold` will give."""
        ...

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield the files of the whole data set: path under the output, and content piece by piece."""
        ...
