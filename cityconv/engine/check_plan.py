"""What is refused before any frame is converted."""

from __future__ import annotations

import os
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.engine.files import check_paths
from cityconv.engine.hashes import common_hashes, doubled_hashes, hashes_of
from cityconv.engine.shards import check_packable, member_paths
from cityconv.errors import SourceError, UsageError, quoted
from cityconv.source.disk_list import DiskList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cityconv.engine.images import SourceImages
    from cityconv.engine.plan import Output
    from cityconv.frame.reading import FrameReader
    from cityconv.options import OutputOptions
    from cityconv.source.frame import Frame
    from cityconv.storage.url import Location, StoreUrl


def check_output(
    output: Output,
    frames: Sequence[Frame],
    reader: FrameReader,
    options: OutputOptions,
    images: SourceImages | None,
    *,
    in_shards: bool,
) -> None:
    """Refuse what cannot be written, before any frame is converted.

    Args:
        output: one output of the plan.
        frames: the frames of all parts.
        reader: what reads them.
        options: where the plan writes to, and with which images.
        images: the images to link or copy, if any.
        in_shards: whether the files of frames go into shards.

    Raises:
        UsageError: the source has not what the format needs, several files of the data set would have one name, an
            image cannot be linked or written under its name, or the output cannot go into shards.
        SourceError: two frames would be written to one file, or an annotation would be replaced.
        OutputError: a name in a shard is not valid.
    """
    _check_needs(output, reader)
    _check_names(frames, output)
    if in_shards:
        _check_members(frames, output, options.images)
    _check_sources(frames, options.out / output.folder, output)
    if images:
        images.check(frames, output.writer.image_files)


def _check_needs(output: Output, reader: FrameReader) -> None:
    """Refuse a format that needs what the source does not have."""
    if output.writer.needs_polygons and not reader.has_full_extent:
        raise UsageError(f"{output.name}: --extent full needs polygons, and {reader.kind} maps show what is visible")
    if output.writer.needs_instances and not reader.has_instances:
        raise UsageError(
            f"{output.name}: {reader.kind} maps do not tell instances apart", "--task semantic, or --read instanceIds"
        )


def _check_names(frames: Sequence[Frame], output: Output) -> None:
    """Refuse frames that would be written to the same files."""
    writer = output.writer
    files = writer.dataset_files(frames)
    if len(set(files)) < len(files):
        raise UsageError(f"{files[0]}: several files would have this name", "add {split} to --name-template")
    hint = "--nested keeps the folders of cities, so that names differ" if output.options.get("nested") is False else ""
    _refuse_common_paths(frames, lambda frame: chain(writer.frame_files(frame), writer.image_files(frame)), hint)


def _check_members(frames: Sequence[Frame], output: Output, image_mode: str) -> None:
    """Refuse frames that cannot go into shards."""
    check_packable(output, frames[0], image_mode)
    members = partial(member_paths, output.writer, with_images=image_mode != "none")
    _refuse_common_paths(frames, members)
    check_paths(Path(output.folder), DiskList(chain.from_iterable(map(members, frames))))


def _refuse_common_paths(frames: Sequence[Frame], paths: Callable[[Frame], Iterable[str]], hint: str = "") -> None:
    doubled = doubled_hashes(path for frame in frames for path in paths(frame))
    owners: dict[str, Frame] = {}
    for frame in frames if doubled else ():
        own = list(paths(frame))
        if len(set(own)) < len(own):
            path = next(path for path in own if own.count(path) > 1)
            raise UsageError(f"--image-suffix: two images of {frame.where} would have one name: {quoted(path)}")
        for path in own:
            if hash(path) in doubled and (other := owners.setdefault(path, frame)) is not frame:
                raise SourceError(
                    f"{frame.where}: would be written to {quoted(path)}, as {other.where}",
                    hint or "--split or --city selects one of them",
                )


def _check_sources(frames: Sequence[Frame], out: Location, output: Output) -> None:
    """Refuse files that would replace annotations that are read."""
    if not isinstance(out, Path):
        _check_source_urls(frames, out, output)
        return
    if not out.exists():
        return
    paths = chain.from_iterable(map(output.writer.frame_files, frames))
    there = DiskList(path for path in chain(paths, output.writer.dataset_files(frames)) if os.path.lexists(out / path))
    if not there:
        return
    real = lru_cache(maxsize=256)(os.path.realpath)  # of many frames each, where these are in COCO files
    sources = DiskList(real(file.path) for frame in frames for file in frame.files if file.is_on_disk)
    common = common_hashes(hashes_of(os.path.realpath(out / path) for path in there), hashes_of(sources))
    replaced = {source for source in sources if hash(source) in common} if common else set()
    for path in there if replaced else ():
        if os.path.realpath(out / path) in replaced:
            raise SourceError(f"{out / path}: would replace an annotation of the data set", "choose another --out")


def _check_source_urls(frames: Sequence[Frame], out: StoreUrl, output: Output) -> None:
    files = (file.path for frame in frames for file in frame.files if file.archive is None)
    if not (sources := {path for path in files if path.startswith(f"{out}/")}):
        return
    for path in chain(output.writer.dataset_files(frames), chain.from_iterable(map(output.writer.frame_files, frames))):
        if str(out / path) in sources:
            raise SourceError(f"{out / path}: would replace an annotation of the data set", "choose another --out")
