"""The interface of a format: its options, its writer and its checker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    from dataclasses import Field

    from cityconv.check.checker import Checker
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Skipped
    from cityconv.options import OutputOptions
    from cityconv.source.frame import Frame
    from cityconv.source.labels.table import LabelTable


class Part(NamedTuple):
    """One frame in one format.

    Attributes:
        files: path below the output, with `/`, and content.
        record: what the files of the whole data set need from this frame, in an encoding of the format's own.
        written: how many of the writer's `unit` it holds.
        skipped: the objects that the output does not show, and why.
        differing: number of pixels that the output shows otherwise than they are, as its options allow.
    """

    files: list[tuple[str, bytes]]
    record: bytes
    written: int
    skipped: Skipped
    differing: int = 0


class Records(Protocol):
    """The records of all converted frames, in the order of the frames. Can be iterated any number of times."""

    @property
    def frames(self) -> Iterable[Frame]:
        """The frames."""
        ...

    def of(self, subset: str) -> Iterator[tuple[Frame, bytes]]:
        """Yield each frame of a subset with its record."""
        ...


def subsets(frames: Iterable[Frame]) -> list[str]:
    """Return the names of the subsets that frames belong to, sorted."""
    return sorted({frame.subset for frame in frames})


class Writer(Protocol):
    """Writes one format. A frozen, picklable object without state.

    Attributes:
        unit: what `Part.written` counts, in the plural.
    """

    unit: ClassVar[str]

    @property
    def needs_polygons(self) -> bool:
        """Whether it needs the full extent of objects, which only polygons have."""
        ...

    @property
    def needs_instances(self) -> bool:
        """Whether it needs a source that tells the instances of a class apart."""
        ...

    def notes(self, frames: Sequence[Frame]) -> list[str]:
        """Return what the user should know about the output of these frames, a sentence each."""
        ...

    def frame_files(self, frame: Frame) -> list[str]:
        """Return the files of a frame's part, as paths below the output. The path of a folder ends with `/`."""
        ...

    def sample_extensions(self, frame: Frame) -> list[str]:
        """Return what each of `frame_files` has as its extension in a sample of a shard, in lower case."""
        ...

    def part(self, rasterized: RasterizedFrame) -> Part:
        """Return a frame's part of the output. Runs in a worker.

        Raises:
            AnnotationError: the format cannot hold the frame.
        """
        ...

    def image_files(self, frame: Frame) -> list[str]:
        """Return the paths of the frame's images below the output, in the order of `Frame.image_suffixes`."""
        ...

    def dataset_files(self, frames: Sequence[Frame]) -> list[str]:
        """Return the paths of the files that `fold` yields for these frames."""
        ...

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield the files of the whole data set: path below the output, and content in pieces."""
        ...


class FormatOptions(Protocol):
    """The options of a format, a frozen dataclass of `options.Option` fields: the entrance to the format's folder.

    It imports nothing heavy, since the command line loads it to print help.

    Attributes:
        help: what the command writes: a sentence, and a paragraph on the files below OUT.
        examples: two command lines.
        output: the options that the command shares with other formats.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    help: ClassVar[str]
    examples: ClassVar[tuple[str, str]]
    output: ClassVar[type[OutputOptions]]

    def writer(self, output: OutputOptions, table: LabelTable, drawn_groups: Sequence[str] = ()) -> Writer:
        """Return the writer that these options describe.

        Args:
            output: the options that the command shares with other formats.
            table: the label table.
            drawn_groups: for the preset `raw`, the groups that occur in the annotations.

        Raises:
            UsageError: the options cannot be combined, or the format cannot hold the selected classes.
        """
        ...

    @staticmethod
    def checker() -> Checker:
        """Return what compares outputs of this format with the annotations."""
        ...
