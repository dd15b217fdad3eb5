"""What a conversion reads and writes. `engine.make_plan` makes it from options."""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from cityconv.engine.frame_work import frame_paths
from cityconv.engine.images import SourceImages
from cityconv.engine.manifest import FILE_NAME
from cityconv.engine.records import records_name
from cityconv.engine.shards import shard_paths
from cityconv.frame.reading import FrameReader
from cityconv.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from cityconv.engine.manifest import Part
    from cityconv.engine.staging import StagingArea
    from cityconv.formats.base import Writer
    from cityconv.source.frame import Frame


class Output(NamedTuple):
    """One output of a conversion.

    Attributes:
        name: its name in reports.
        writer: writes its files.
        folder: its folder below the output folder, with a `/` at the end; empty for the output folder itself.
        format: the name of the format, for the manifest; an output without one gets none.
        options: the options that the writer was made with, as the manifest records them.
        libraries: the versions of the libraries on which its bytes depend.
    """

    name: str
    writer: Writer
    folder: str = ""
    format: str = ""
    options: Mapping[str, Any] = MappingProxyType({})
    libraries: Mapping[str, str] = MappingProxyType({})


class Plan(NamedTuple):
    """What a conversion reads and writes.

    Attributes:
        frames: the frames, sorted.
        outputs: the outputs, all made from one rasterization of each frame.
        images: the images to link or copy, if any.
        reader: what reads and rasterizes the frames.
        notes: what the user should know about the plan, a sentence each.
        inputs: archives and images that are read, and their state when they were listed, as of
            `source.locations.file_state`.
        part: which part of all frames these are, if they are one.
        frames_in_shard: how many frames go into a shard; None if their files are loose.
    """

    frames: Sequence[Frame]
    outputs: tuple[Output, ...]
    images: SourceImages | None = None
    reader: FrameReader = FrameReader()
    notes: tuple[str, ...] = ()
    inputs: tuple[tuple[str, tuple[int, ...]], ...] = ()
    part: Part | None = None
    frames_in_shard: int | None = None

    def paths(self) -> Iterator[str]:
        """Yield the paths to be written, relative to the output folder; the path of a folder ends with `/`."""
        for output in self.outputs:
            yield from self.frame_paths(output)
            yield from (output.folder + path for path in output.writer.dataset_files(self.frames))

    def all_paths(self) -> Iterator[str]:
        """Yield the same, and last the paths of the records and manifests, which describe these files."""
        yield from self.paths()
        yield from self.records_paths()
        yield from self.manifest_paths()

    def frame_paths(self, output: Output) -> Iterator[str]:
        """Yield the paths of the frames' files in an output, or of the shards that have them."""
        if self.frames_in_shard:
            yield from (output.folder + path for path in shard_paths(self.frames, self.frames_in_shard))
        else:
            for frame in self.frames:
                yield from frame_paths(output, frame, self.images is not None)

    def staged(self, staging: StagingArea) -> Path:
        """Return the folder for the files of single frames in a staging area."""
        return staging.samples if self.frames_in_shard else staging.frames

    def records_paths(self) -> Iterator[str]:
        """Yield the paths of the files of records."""
        for output in self.outputs:
            if output.format:
                yield output.folder + records_name(output.format, dict(output.options))

    def manifest_paths(self) -> list[str]:
        """Return the paths of the manifests, one for each folder."""
        return list(dict.fromkeys(output.folder + FILE_NAME for output in self.outputs if output.format))

    def fingerprint(self) -> str:
        """Return a hash of all that the output depends on, except for the content of the annotation files."""
        digest = hashlib.sha256(repr((__version__, self.outputs, self.reader, self.part)).encode())
        for frame in self.frames:
            digest.update(repr(frame._replace(stamp=())).encode())
        if self.images:
            digest.update(self.images.mode.encode())
            sources = {frame.file.archive or frame.file.path for frame in self.frames}
            for item in (*sorted(self.images.files.items()), *self.inputs):
                if item[0] not in sources:
                    digest.update(repr(item).encode())
        return digest.hexdigest()
