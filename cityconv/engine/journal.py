"""The journal of a run: the results of all frames, written to disk as they arrive.

With it an interrupted run can be resumed. It also keeps memory from growing with the number of frames: in the end, the
files of the whole data set are written from the journal.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from itertools import repeat
from typing import TYPE_CHECKING, Self

import msgspec

from cityconv.engine.files import translate_os_errors
from cityconv.engine.manifest import FileEntry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

_HEADER = struct.Struct("<II")  # length and checksum of the entry that follows
_NONE = -1  # in place of an offset


class FormatResult(msgspec.Struct, array_like=True, gc=False):
    """The result of one frame in one output.

    Attributes:
        record: what the files of the whole data set need from this frame, in an encoding of the format's own.
        written: how many of the writer's `unit` were written.
        skipped: reason, annotated name, and number of skipped objects.
        files: the files that were written for the frame, relative to the folder of the output.
        differing: as in `formats.base.Part`.
    """

    record: bytes
    written: int
    skipped: list[tuple[str, str, int]]
    files: list[FileEntry]
    differing: int = 0


class FrameResult(msgspec.Struct, array_like=True, gc=False):
    """The result of one frame.

    Attributes:
        index: index of the frame in the plan.
        stamp: the state of the annotation file; see `source.frame.Frame`.
        digest: SHA-256 of the annotation file.
        objects: number of objects in the annotation.
        format_results: one result per output of the plan; empty if the frame could not be converted.
        error: why the frame could not be converted; empty if it could.
        hint: what to try next; may be empty.
        unknown_labels: number of objects by label, for labels that are not in the label table.
        image_digests: SHA-256 of the frame's photographs; of linked ones, the size in bytes.
        is_kept: whether its files are those of an earlier output, in the output folder, and none are staged.
        overlap: number of pixels of masks that are under others.
    """

    index: int
    stamp: tuple[int, ...]
    digest: str
    objects: int
    format_results: list[FormatResult]
    error: str = ""
    hint: str = ""
    unknown_labels: dict[str, int] = {}
    image_digests: list[str] = []
    is_kept: bool = False
    overlap: int = 0


class Journal:
    """Results of frames in one file, as a mapping from the index of each converted frame, in order, to its result.

    The first entry is the fingerprint of the plan. Each entry has a length and a checksum, and an incomplete or damaged
    end is cut off when the file is opened. If a frame has several results, the last one counts.

    Attributes:
        is_resumed: whether the file already was a journal of the plan.
        bad: results of the frames that could not be converted, by index.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        """Open a journal, or start a new one if there is none or it belongs to another plan.

        Args:
            path: the file.
            fingerprint: stands for all that the results depend on, except for the annotation files.

        Raises:
            OutputError: the file cannot be written.
        """
        self._path = path
        self._offsets = array("q")  # of the results of converted frames, by index
        self.bad: dict[int, FrameResult] = {}
        with translate_os_errors(path):
            # A buffer could still have to be written, and could fail, when the file is closed.
            self._file: BinaryIO = path.open("r+b" if path.exists() else "w+b", buffering=0)
            entries = self._entries()
            self.is_resumed = next(entries, (0, b""))[1] == fingerprint.encode()
            if self.is_resumed:
                for offset, content in entries:
                    self._register(_decode(content), offset)
            self._file.seek(self._end if self.is_resumed else 0)
            self._file.truncate()
        if not self.is_resumed:
            self._write(fingerprint.encode())

    def _entries(self) -> Iterator[tuple[int, bytes]]:
        """Yield the offset and content of each complete entry, and keep where the last one ends."""
        self._end = 0
        while len(header := self._file.read(_HEADER.size)) == _HEADER.size:
            length, checksum = _HEADER.unpack(header)
            content = self._file.read(length)
            if not length or len(content) < length or zlib.crc32(content) != checksum:
                return
            offset, self._end = self._end, self._end + _HEADER.size + length
            yield offset, content

    def _register(self, result: FrameResult, offset: int) -> None:
        self._offsets.extend(repeat(_NONE, result.index + 1 - len(self._offsets)))
        self._offsets[result.index] = _NONE if result.error else offset
        self.bad.pop(result.index, None)
        if result.error:
            self.bad[result.index] = result

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[int]:
        """Yield the indices of the converted frames, in order."""
        return (index for index, offset in enumerate(self._offsets) if offset != _NONE)

    def __len__(self) -> int:
        return len(self._offsets) - self._offsets.count(_NONE)

    def __contains__(self, index: int) -> bool:
        return index < len(self._offsets) and self._offsets[index] != _NONE

    def add(self, result: FrameResult) -> None:
        """Append the result of a frame.

        Raises:
            OutputError: the file cannot be written.
        """
        self._register(result, self._file.seek(0, 2))
        self._write(_encode(result))

    def forget(self, index: int) -> None:
        """Invalidate the result of a frame, also for later runs: its files are about to be replaced.

        Raises:
            OutputError: the file cannot be written.
        """
        self.add(FrameResult(index, (), "", 0, [], "to be converted again"))

    def __getitem__(self, index: int) -> FrameResult:
        self._file.seek(self._offsets[index])
        length, _ = _HEADER.unpack(self._file.read(_HEADER.size))
        return _decode(self._file.read(length))

    def _write(self, content: bytes) -> None:
        remaining = memoryview(_HEADER.pack(len(content), zlib.crc32(content)) + content)
        with translate_os_errors(self._path):
            while remaining:
                remaining = remaining[self._file.write(remaining) :]


def is_journal_of(path: Path, fingerprint: str) -> bool:
    """Return whether a file is a journal of the plan with this fingerprint."""
    expected = _HEADER.pack(len(fingerprint.encode()), zlib.crc32(fingerprint.encode())) + fingerprint.encode()
    try:
        with path.open("rb") as file:
            return file.read(len(expected)) == expected
    except OSError:
        return False


_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.Decoder(FrameResult).decode
