"""What each frame of an output came to, kept beside its manifest so that an update need not convert it again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from zlib_ng import zlib_ng

from cityconv.engine.journal import FormatResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LEVEL = 1  # most of the size is gone at the lowest level
_CHUNK = 2**20


class FrameRecord(msgspec.Struct, array_like=True, gc=False):
    """One frame of one output.

    Attributes:
        key: split, city and name in the data set.
        split: the split in the output.
        digest: SHA-256 of the annotation file.
        image_digests: as in `FrameResult`.
        objects: number of objects in the annotation.
        result: what the format made of it.
    """

    key: tuple[str, str, str]
    split: str
    digest: str
    image_digests: list[str]
    objects: int
    result: FormatResult


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


def read_records(path: Path) -> Iterator[FrameRecord]:
    """Yield the records of a file; stops where it is damaged. Its manifest has its checksum."""
    decompressor = zlib_ng.decompressobj()
    decode = msgspec.msgpack.Decoder(FrameRecord).decode
    pending = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            pending += decompressor.decompress(chunk)
            while len(pending) >= 4 and len(pending) >= 4 + (length := int.from_bytes(pending[:4], "little")):
                yield decode(pending[4 : 4 + length])
                pending = pending[4 + length :]
