"""The journal of a run: the result of every frame, on disk as it comes in.

It is what lets a run go on after an interruption, and what keeps its memory from growing with the number of frames:
the files of the whole data set are folded from it in the end.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Self

import msgspec

from cityconv.engine.files import translate_os_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

_HEADER = struct.Struct("<II")  # length and checksum of the entry that follows


class FormatResult(msgspec.Struct, array_like=True, gc=False):
    """What one format made of one frame.

    Attributes:
        record: the format's own affair, handed back to it in the end.
        written: how many of what the format counts.
        skipped: reason, drawn name, number of objects.
    """

    record: bytes
    written: int
    skipped: list[tuple[str, str, int]]


class FrameResult(msgspec.Struct, array_like=True, gc=False):
    """What a worker reports of one frame.

    Attributes:
        number: which frame of the plan.
        stamp: what its file looked like, see `source.dataset.Frame`.
        objects: number of objects in its annotation.
        outputs: one a format; empty when the frame could not be converted.
        error: why it could not; empty when it could.
        hint: what may help then.
    """

    number: int
    stamp: tuple[int, int]
    objects: int
    outputs: list[FormatResult]
    error: str = ""
    hint: str = ""


class Journal:
    """Results of frames appended to one file, each with its length and checksum; of a frame's results the last counts.

    The first entry is the fingerprint of the plan. A torn end is what an interruption leaves, and is cut off. As a
    mapping of frames' numbers it has the results of those that were converted.

    Attributes:
        is_resumed: whether results were there.
        bad: the results of frames that could not be converted.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        """Open a journal, or begin it where there is none, or one of another plan.

        Args:
            path: the file.
            fingerprint: all that the results depend on but the frames' own files.

        Raises:
            OutputError: the file cannot be written.
        """
        self._path = path
        self._places: dict[int, int] = {}
        self.bad: dict[int, FrameResult] = {}
        with translate_os_errors(path):
            # Without a buffer nothing is left to be written, and to fail, when the file is closed.
            self._file: BinaryIO = path.open("r+b" if path.exists() else "w+b", buffering=0)
            entries = self._entries()
            self.is_resumed = next(entries, (0, b""))[1] == fingerprint.encode()
            if self.is_resumed:
                for place, content in entries:
                    self._note(_decode(content), place)
            self._file.seek(self._end if self.is_resumed else 0)
            self._file.truncate()
        if not self.is_resumed:
            self._write(fingerprint.encode())

    def _entries(self) -> Iterator[tuple[int, bytes]]:
        """Yield the place and content of each whole entry, and remember where the last one ends."""
        self._end = 0
        while len(header := self._file.read(_HEADER.size)) == _HEADER.size:
            length, checksum = _HEADER.unpack(header)
            content = self._file.read(length)
            if not length or len(content) < length or zlib.crc32(content) != checksum:
                return
            place, self._end = self._end, self._end + _HEADER.size + length
            yield place, content

    def _note(self, result: FrameResult, place: int) -> None:
        self._places.pop(result.number, None)
        self.bad.pop(result.number, None)
        if result.error:
            self.bad[result.number] = result
        else:
            self._places[result.number] = place

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[int]:
        """Yield the numbers of the frames that were converted."""
        return iter(self._places)

    def __contains__(self, number: int) -> bool:
        return number in self._places

    def add(self, result: FrameResult) -> None:
        """Write down the result of a frame.

        Raises:
            OutputError: the file cannot be written.
        """
        self._note(result, self._file.seek(0, 2))
        self._write(_encode(result))

    def forget(self, number: int) -> None:
        """Take the result of a frame for not there, for good: its files are about to be replaced.

        Raises:
            OutputError: the file cannot be written.
        """
        self.add(FrameResult(number, (0, 0), 0, [], "to be converted again"))

    def __getitem__(self, number: int) -> FrameResult:
        self._file.seek(self._places[number])
        length, _ = _HEADER.unpack(self._file.read(_HEADER.size))
        return _decode(self._file.read(length))

    def _write(self, content: bytes) -> None:
        rest = memoryview(_HEADER.pack(len(content), zlib.crc32(content)) + content)
        with translate_os_errors(self._path):
            while rest:
                rest = rest[self._file.write(rest) :]


def is_journal_of(path: Path, fingerprint: str) -> bool:
    """Return whether a file is the journal of a plan."""
    begin = _HEADER.pack(len(fingerprint.encode()), zlib.crc32(fingerprint.encode())) + fingerprint.encode()
    try:
        with path.open("rb") as file:
            return file.read(len(begin)) == begin
    except OSError:
        return False


_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.Decoder(FrameResult).decode
