"""What each frame of an output came to, kept beside its manifest so that an update need not convert it again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from zlib_ng import zlib_ng

from cityconv.engine.journal import FormatResult, FrameResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_LEVEL = 1  # most of the size is gone at the lowest level
_CHUNK = 2**20
_LONGEST = 2**27  # bytes of a record


class FrameRecord(msgspec.Struct, array_like=True, gc=False):
    """One frame of one output.

    Attributes:
        key: split, city and name in the data set.
        split: the split in the output.
        digest: SHA-256 of the annotation file.
        image_digests: as in `FrameResult`.
        objects: number of objects in the annotation.
        result: what the format made of it.
        overlap: as in `FrameResult`.
    """

    key: tuple[str, str, str]
    split: str
    digest: str
    image_digests: list[str]
    objects: int
    result: FormatResult
    overlap: int


class PartRecord(FrameRecord, array_like=True, gc=False):
    """One frame of one output of a part, with what a merge needs to name it as in the whole.

    Attributes:
        index: index of the frame among those of all parts.
        tree: as in `Frame`.
        image_suffixes: as in `Frame`.
    """

    index: int
    tree: str
    image_suffixes: tuple[str, ...]


Record = TypeVar("Record", bound=FrameRecord)


def frame_result(
    records: Sequence[FrameRecord], index: int, stamp: tuple[int, ...] = (), *, is_kept: bool = False
) -> FrameResult:
    """Return the result of a frame from its records, one for each output; the others are fields of `FrameResult`."""
    first = records[0]
    return FrameResult(
        index,
        stamp,
        first.digest,
        first.objects,
        [record.result for record in records],
        image_digests=first.image_digests,
        is_kept=is_kept,
        overlap=first.overlap,
    )


def records_name(format_name: str, options: dict[str, Any]) -> str:
    """Return the name of the file of records of an output."""
    digest = hashlib.sha256(msgspec.json.encode(options, order="deterministic")).hexdigest()
    return f".cityconv-{format_name}-{digest[:8]}.records"


def encode_records(records: Iterable[FrameRecord]) -> Iterator[bytes]:
    """Yield the content of a file of records: MessagePack, each record after its length, compressed."""
    compressor = zlib_ng.compressobj(_LEVEL)
    for record in records:
        content = msgspec.msgpack.encode(record)
        yield compressor.compress(len(content).to_bytes(4, "little") + content)
    yield compressor.flush()


def read_records(path: Path, kind: type[Record]) -> Iterator[Record]:
    """Yield the records of a file; stops where it is damaged. Its manifest has its checksum.

    Args:
        path: the file.
        kind: the class of the records; those of a part can be read as those of any output.
    """
    decode = msgspec.msgpack.Decoder(kind).decode
    pending = bytearray()
    try:
        for piece in _decompress(path):
            pending += piece
            while len(pending) >= 4 and len(pending) >= (end := 4 + int.from_bytes(pending[:4], "little")):
                yield decode(pending[4:end])
                del pending[:end]
            if len(pending) > _LONGEST:
                return
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, zlib_ng.error):  # type: ignore[misc]  # its stub has an object
        return


def _decompress(path: Path) -> Iterator[bytes]:
    """Yield the content of a compressed file in small pieces: there is no telling how large it is."""
    decompressor = zlib_ng.decompressobj()
    with path.open("rb") as file:
        while not decompressor.eof and (chunk := decompressor.unconsumed_tail or file.read(_CHUNK)):
            yield decompressor.decompress(chunk, _CHUNK)
    yield decompressor.flush()
