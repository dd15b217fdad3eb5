"""From options to the plan of a conversion."""

from __future__ import annotations

import os
from dataclasses import asdict, fields, replace
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cityconv.engine.drawn_names import count_drawn_names
from cityconv.engine.files import check_paths
from cityconv.engine.hashes import common_hashes, doubled_hashes, hashes_of
from cityconv.engine.images import SourceImages
from cityconv.engine.libraries import library_versions
from cityconv.engine.output_folder import refuse_dash, refuse_source_folder
from cityconv.engine.parts import take_part
from cityconv.engine.plan import Output, Plan
from cityconv.engine.shards import check_packable, member_paths
from cityconv.errors import SourceError, UsageError, quoted
from cityconv.formats import FORMATS
from cityconv.frame.reading import open_dataset, read_named_files, takes_boxes
from cityconv.options import ClassOptions, ShardOptions, SubsetOptions
from cityconv.source.classes import class_map_names, unlisted_label
from cityconv.source.disk_list import DiskList
from cityconv.source.images import find_images, name_images
from cityconv.source.labels.files import BUILT_IN
from cityconv.source.labels.text import table_toml
from cityconv.source.locations import file_state, is_file
from cityconv.source.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cityconv.formats.base import FormatOptions, Writer
    from cityconv.frame.reading import FrameReader, NamedFiles
    from cityconv.options import OutputOptions
    from cityconv.source.frame import Frame
    from cityconv.source.labels.table import LabelTable
    from cityconv.storage.url import Location, StoreUrl


def make_plan(
    output: OutputOptions, formats: Mapping[str, FormatOptions], *, in_folders: bool = False, part: str | None = None
) -> Plan:
    """Return what a conversion reads and writes.

    Args:
        output: which frames, where to, with which images.
        formats: the formats to write, by the name of the output.
        in_folders: whether each is written to a folder of its name below the output folder, or to the folder itself.
        part: I/N for the I-th of N parts of the frames.

    Raises:
        UsageError: options cannot be combined, the source has not what a format needs, several files would have one
            name, or the output folder is among the annotations.
        SourceError: the data set or its images cannot be found or read.
    """
    refuse_dash(output.out)
    frames_in_shard = output.frames_in_shard if isinstance(output, ShardOptions) else None
    if part and frames_in_shard:
        raise UsageError("--part cannot be combined with --archive tar")
    archives = [(str(output.source), file_state(str(output.source)))] if is_file(output.source) else []
    split_by = output.split_by if isinstance(output, SubsetOptions) else "split"
    files = read_named_files(output)
    dataset, reader = open_dataset(output, split_by, files)
    tasks = [(getattr(options, "task", None), getattr(options, "extent", None)) for options in formats.values()]
    reader = replace(reader, takes_boxes=all(takes_boxes(*task) for task in tasks))
    class_options = [options for options in formats.values() if isinstance(options, ClassOptions)]
    reader, groups = settle_labels(class_options, dataset.frames, reader)
    outputs = tuple(
        Output(
            name,
            _writer(name if in_folders else "", options, output, reader.table, groups),
            f"{name}/" if in_folders else "",
            format_name_of(options),
            recorded_options(output, options, files._replace(table=reader.table), groups),
        )
        for name, options in formats.items()
    )
    images = None
    if output.images != "none":
        photographs = find_images(dataset, output.image_root, output.image_suffix or ())
        images = SourceImages(
            output.images,
            {key: tuple(item.file for item in items) for key, items in photographs.items()},
            frozenset(item.file for items in photographs.values() for item in items if item.leads_out),
            resizes=output.size is not None,
        )
        frames = name_images(dataset.frames, output, photographs)
    else:
        frames = name_images(dataset.frames, output, {})
    for item in outputs:
        _check_needs(item, reader)
        _check_names(frames, item)
        if frames_in_shard:
            check_packable(item, frames[0], output.images)
            members = partial(member_paths, item.writer, with_images=output.images != "none")
            _refuse_common_paths(frames, members)
            check_paths(Path(item.folder), DiskList(chain.from_iterable(map(members, frames))))
        _check_sources(frames, output.out / item.folder, item)
        if images:
            images.check(frames, item.writer.image_files)
    refuse_source_folder(output.out, frames)
    frames, own_part = take_part(frames, part)
    images = images.of_frames(frames) if images else None
    outputs = tuple(item._replace(libraries=_libraries(item, frames, images)) for item in outputs)
    states = images.states() if images else []
    notes = [*dataset.notes, *(note for item in outputs for note in item.writer.notes(frames))]
    inputs = (*archives, *states)
    return Plan(frames, outputs, images, reader, tuple(notes), inputs, own_part, frames_in_shard)


def _libraries(output: Output, frames: Sequence[Frame], images: SourceImages | None) -> dict[str, str]:
    return library_versions(encodes_images=images is not None and images.are_encoded(frames, output.writer.image_files))


def _writer(
    name: str, options: FormatOptions, output: OutputOptions, table: LabelTable, groups: Sequence[str]
) -> Writer:
    """Return the writer of an output; errors begin with the name of the output if it has one."""
    try:
        return options.writer(output, table, groups)
    except UsageError as error:
        if not name:
            raise
        raise type(error)(f"{name}: {error}", error.hint) from None


def format_name_of(options: FormatOptions) -> str:
    """Return the name of the format that options are of."""
    return next(name for name, kind in FORMATS.items() if isinstance(options, kind))


def recorded_options(
    output: OutputOptions, options: FormatOptions, files: NamedFiles, drawn_groups: Sequence[str]
) -> dict[str, Any]:
    """Return the options that change the content of an output, as its manifest records them: without any path.

    A file that an option names is recorded with its content. With the preset `raw`, classes also depend on which groups
    are drawn.
    """
    shared = {item.name for item in fields(options.output)} - {"out", "source", "image_root"}
    recorded = {name: value for name, value in asdict(output).items() if name in shared} | asdict(options)
    if recorded.get("archive") == "none":
        del recorded["archive"], recorded["shard_frames"]
    if recorded["labels"] not in BUILT_IN:
        recorded["labels"] = {"name": files.table.name, "toml": table_toml(files.table)}
    if files.splits:
        recorded["splits"] = files.splits.content()
    if files.frame_names:
        recorded["frames"] = list(files.frame_names.names)
    if recorded.get("class_map") is not None:
        recorded["class_map"] = read_toml(recorded["class_map"])
    if recorded.get("classes") == "raw":
        recorded["drawn_groups"] = list(drawn_groups)
    return recorded


def settle_labels(
    options: Iterable[ClassOptions], frames: Sequence[Frame], reader: FrameReader
) -> tuple[FrameReader, tuple[str, ...]]:
    """Look up in the annotations what the options of classes need to know of them.

    Returns:
        The reader, whose label table has the further names of class maps, and the groups that are drawn, if the preset
        `raw` asks for these.

    Raises:
        UsageError: a class map has a name that is neither in the label table nor in an annotation.
    """
    table = reader.table
    paths = dict.fromkeys(item.class_map for item in options if item.class_map and item.classes is None)
    unlisted = {
        drawn_name: (path, name)
        for path in paths
        for drawn_name, name in class_map_names(path).items()
        if table.find(drawn_name) is None
    }
    wants_groups = any(item.classes == "raw" for item in options)
    if not unlisted and not wants_groups:
        return reader, ()
    drawn = count_drawn_names(frames, reader)
    for drawn_name, (path, name) in unlisted.items():
        if drawn_name not in drawn:
            raise UsageError(
                f"{path}: {quoted(drawn_name)} is neither in the label table {table.name} nor in an annotation - at "
                f"`classes.{name}`",
                "`cityconv labels` lists the known names",
            )
    groups = tuple(sorted(name for name in drawn if (found := table.find(name)) and found[1]))
    return replace(reader, table=table.including(map(unlisted_label, unlisted))), groups


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


def _refuse_common_paths(frames: Sequence[Frame], paths: Callable[[Frame], Iterable[str]], hint: str = "") -> None:
    doubled = doubled_hashes(path for frame in frames for path in paths(frame))
    owners: dict[str, Frame] = {}
    for frame in frames if doubled else ():
        for path in paths(frame):
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
