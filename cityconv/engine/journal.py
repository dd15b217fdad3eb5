"""The journal of a run: the result of every converted frame, on disk as it comes in.

It is what lets a run go on after an interruption, and what keeps its memory from growing with the number of frames:
the files of the whole data set are folded from it in the end.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

_HEADER = struct.Struct("<II")  # length and checksum of the entry that follows


class Tally(msgspec.Struct, array_like=True, gc=False):
    """What one format made of one frame.

    Attributes:
        record: the format's own affair, handed back to it in the end.
        written: how many of what the format counts.
        left_out: reason, drawn name, number of objects.
    """

    record: bytes
    written: int
    left_out: list[tuple[str, str, int]]


class FrameResult(msgspec.Struct, array_like=True, gc=False):
    """What a worker reports of one frame.

    Attributes:
        number: which frame of the plan.
        stamp: what its file looked like, see `source.dataset.Frame`.
        objects: number of objects in its annotation.
        tallies: one a format; empty when the frame could not be converted.
        error: why it could not; empty when it could.
    """

    number: int
    stamp: tuple[int, int]
    objects: int
    tallies: list[Tally]
    error: str = ""


class Journal:
    """Results of frames appended to one file, each with its length and checksum.

    The first entry is the fingerprint of the plan. A torn end is what an interruption leaves, and is cut off.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        """Open a journal, or begin it where there is none, or one of another plan.

        Args:
            path: the file.
            fingerprint: all that the results depend on but the frames' own files.
        """
        self._places: dict[int, int] = {}
        self._file: BinaryIO = path.open("r+b" if path.exists() else "w+b")
        entries = self._entries()
        self.is_resumed = next(entries, (0, b""))[1] == fingerprint.encode()
        if self.is_resumed:
            for place, content in entries:
                self._places[_decode(content).number] = place
            self._file.seek(self._end)
            self._file.truncate()
        else:
            self._file.seek(0)
            self._file.truncate()
            self._write(fingerprint.encode())

    def _entries(self) -> Iterator[tuple[int, bytes]]:
        """Yield the place and content of each whole entry, and remember where the last one ends."""
        self._end = 0
        while len(header := self._file.read(_HEADER.size)) == _HEADER.size:
            length, checksum = _HEADER.unpack(header)
            content = self._file.read(length)
            if len(content) < length or zlib.crc32(content) != checksum:
                return
            place, self._end = self._end, self._end + _HEADER.size + length
            yield place, content

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[int]:
        """Yield the numbers of the frames whose results are here."""
        return iter(self._places)

    def __contains__(self, number: int) -> bool:
        return number in self._places

    def add(self, result: FrameResult) -> None:
        """Write down the result of a frame."""
        self._places[result.number] = self._file.seek(0, 2)
        self._write(_encode(result))

    def forget(self, number: int) -> None:
        """Take the result of a frame for not there."""
        del self._places[number]

    def __getitem__(self, number: int) -> FrameResult:
        self._file.seek(self._places[number])
        length, _ = _HEADER.unpack(self._file.read(_HEADER.size))
        return _decode(self._file.read(length))

    def _write(self, content: bytes) -> None:
        self._file.write(_HEADER.pack(len(content), zlib.crc32(content)) + content)
        self._file.flush()


_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.Decoder(FrameResult).decode
