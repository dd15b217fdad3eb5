"""The lists of frames and maps that training code reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cityconv.formats.base import Records
    from cityconv.source.frame import Frame


METADATA = "metadata.jsonl"


def list_files(frames: Sequence[Frame]) -> list[str]:
    """Return the paths of the lists: two for each split."""
    return [f"{split}{suffix}" for split in _splits(frames) for suffix in (".txt", ".lst")]


def write_lists(records: Records, kind: str) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the lists of each split.

    `<split>.txt` has the names of frames as paths below the folder of their split, as mmsegmentation reads them.
    `<split>.lst` has photograph, tab and map, as HRNet and PaddleSeg read them, both relative to the output.

    Args:
        records: the converted frames.
        kind: the kind of map in `<split>.lst`.
    """
    for split in _splits(records.frames):
        yield f"{split}.txt", (f"{frame.folder_path}\n".encode() for frame in _of_split(records, split))
        yield f"{split}.lst", (_pairs(frame, kind) for frame in _of_split(records, split))


def write_metadata(records: Records, kinds: Sequence[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield `metadata.jsonl`, as the image folders of Hugging Face's datasets have it: an object per photograph.

    `file_name` is the photograph and `<kind>_file_name` a map, both relative to the output.

    Args:
        records: the converted frames.
        kinds: the kinds of map with one PNG per frame.
    """
    yield METADATA, (_metadata(frame, kinds) for frame in records.frames)


def map_path(frame: Frame, kind: str) -> str:
    """Return the path of a map below the output, without its extension."""
    return f"{frame.tree}/{frame.split}/{frame.folder_path}_{frame.tree}_{kind}"


def image_files(frame: Frame) -> list[str]:
    """Return the paths of a frame's images below the output, as in the release."""
    return [f"leftImg8bit/{frame.split}/{path}" for path in frame.image_paths]


def _splits(frames: Iterable[Frame]) -> list[str]:
    return sorted({frame.split for frame in frames})


def _of_split(records: Records, split: str) -> Iterator[Frame]:
    return (frame for frame in records.frames if frame.split == split)


def _pairs(frame: Frame, kind: str) -> bytes:
    return "".join(f"{path}\t{map_path(frame, kind)}.png\n" for path in image_files(frame)).encode()


def _metadata(frame: Frame, kinds: Sequence[str]) -> bytes:
    maps = {f"{kind}_file_name": f"{map_path(frame, kind)}.png" for kind in kinds}
    about = {"split": frame.split, "city": frame.city, "frame": frame.name}
    return b"".join(msgspec.json.encode({"file_name": path, **maps, **about}) + b"\n" for path in image_files(frame))
