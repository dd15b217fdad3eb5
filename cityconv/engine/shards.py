"""Shards of WebDataset: tar files with the files of many frames, in place of loose files.

A frame is a sample: members of one key that follow each other, such as `KEY.png` and `KEY.labelids.png`. The key ends
at the first dot. The index of a subset is that of `wids`, a part of webdataset before version 1.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cityconv.engine.manifest import Manifest, read_manifest, sha256
from cityconv.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cityconv.engine.manifest import FileEntry, OutputRecord
    from cityconv.engine.plan import Output
    from cityconv.formats.base import Writer
    from cityconv.source.frame import Frame

_FOLDER = "shards"
_SHARD = re.compile(rf"{_FOLDER}/(.+)-[0-9]{{6,}}\.tar")


class Member(NamedTuple):
    """A file that goes into a shard.

    Attributes:
        name: its name in the shard.
        path: the file.
        entry: what was written there.
    """

    name: str
    path: Path
    entry: FileEntry


def check_packable(output: Output, frame: Frame, image_mode: str) -> None:
    """Refuse an output that cannot go into shards.

    Args:
        output: the output.
        frame: one of its frames.
        image_mode: whether images are added, and how.

    Raises:
        UsageError: images are links, or the format has no files of single frames.
    """
    if image_mode not in ("none", "copy"):
        raise UsageError(f"--images {image_mode}: a shard has no links", "--images copy")
    files = output.writer.frame_files(frame)
    if not files or any(path.endswith("/") for path in files):
        raise UsageError(f"{output.name}: --archive tar needs the same files for every frame")


def has_shards(record: OutputRecord) -> bool:
    """Return whether the frames of an output are in shards."""
    return record.options.get("archive") == "tar"


def refuse_shards_of_others(out: Path, output: Output) -> None:
    """Refuse to replace the shards of another format: an output folder has those of one.

    Raises:
        OutputError: there are some; or a manifest is damaged.
    """
    folder = out / output.folder
    for record in (read_manifest(folder) or Manifest()).outputs:
        if record.format != output.format and has_shards(record):
            raise OutputError(f"{folder}: has shards of {record.format}", "choose another --out")


def member_paths(writer: Writer, frame: Frame, *, with_images: bool) -> list[str]:
    """Return the names of a frame's files in its shard, as paths that tell the frames of all subsets apart."""
    return [f"{_FOLDER}/{frame.subset}/{name}" for name in member_names(writer, frame, with_images=with_images)]


def member_names(writer: Writer, frame: Frame, *, with_images: bool) -> list[str]:
    """Return the names of a frame's files in its shard: those of images, then those of `Writer.frame_files`."""
    paths = writer.image_files(frame) if with_images else []
    encodings = [path.rpartition(".")[2].lower().replace("jpeg", "jpg") for path in paths]
    images = [prefix + encoding for prefix, encoding in zip(frame.image_prefixes, encodings, strict=False)]
    key = sample_key(frame)
    return [f"{key}.{extension}" for extension in (*images, *writer.sample_extensions(frame))]


def sample_key(frame: Frame) -> str:
    """Return what the names of a frame's files begin with in its shard."""
    return frame.flat_name.replace(".", "_")


def shard_paths(frames: Iterable[Frame], frames_in_shard: int) -> Iterator[str]:
    """Yield the paths of the shards and indices of frames, below the folder of their output."""
    for subset, number in sorted(Counter(frame.subset for frame in frames).items()):
        yield from (f"{_FOLDER}/{_shard_name(subset, index)}" for index in range(-(-number // frames_in_shard)))
        yield _index_path(subset)


def _shard_name(subset: str, number: int) -> str:
    return f"{subset}-{number:06}.tar"


def subset_of_shard(path: str) -> str | None:
    """Return the subset of a shard, given by its path below the folder of its output; None if the path is another."""
    match = _SHARD.fullmatch(path)
    return match[1] if match else None


def _index_path(subset: str) -> str:
    return f"{_FOLDER}/{subset}.json"


class _Shard(msgspec.Struct):
    """What an index says of a shard."""

    url: str
    md5sum: str
    nsamples: int
    filesize: int


class _Index(msgspec.Struct):
    """The index of a subset, as `widsindex` writes it."""

    kind: str = msgspec.field(default="wids-shard-index-v1", name="__kind__")
    wids_version: int = 1
    shardlist: list[_Shard] = []


def pack(subset: str, samples: Iterator[list[Member]], frames_in_shard: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the shards of a subset, and its index: path below the folder of the output, and content in pieces.

    Each content has to be read before the next is asked for.

    Args:
        subset: its name.
        samples: the files of each frame, in order.
        frames_in_shard: how many frames go into a shard.
    """
    index = _Index()
    while batch := list(islice(samples, frames_in_shard)):
        name = _shard_name(subset, len(index.shardlist))
        yield f"{_FOLDER}/{name}", _listed(_tar(batch), _Shard(name, "", len(batch), 0), index)
    content = msgspec.json.format(msgspec.json.encode(index), indent=2) + b"\n"
    yield _index_path(subset), iter([content])


def _listed(pieces: Iterable[bytes], shard: _Shard, index: _Index) -> Iterator[bytes]:
    """Yield the pieces of a shard, and at their end add it to the index."""
    digest = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        digest.update(piece)
        shard.filesize += len(piece)
        yield piece
    shard.md5sum = digest.hexdigest()
    index.shardlist.append(shard)


def _tar(samples: Iterable[list[Member]]) -> Iterator[bytes]:
    """Yield a tar file in pieces of one member.

    Raises:
        OutputError: a file is not what was written.
    """
    size = 0
    for member in (member for sample in samples for member in sample):
        header = tarfile.TarInfo(member.name)  # of nobody, from 1970, mode 0644
        header.size = member.entry.size
        content = _read(member)
        # GNU's format has names in UTF-8 in the header itself. `wids` reads no other.
        piece = header.tobuf(tarfile.GNU_FORMAT, "utf-8") + content + bytes(-len(content) % tarfile.BLOCKSIZE)
        size += len(piece)
        yield piece
    end = 2 * tarfile.BLOCKSIZE
    yield bytes(end + -(size + end) % tarfile.RECORDSIZE)


def _read(member: Member) -> bytes:
    try:
        content = member.path.read_bytes()
    except OSError:
        raise OutputError(f"{member.path}: has disappeared since it was written") from None
    if sha256(content) != member.entry.sha256:
        raise OutputError(f"{member.path}: is not what was written")
    return content
