"""From options to the plan of a conversion."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from cityconv.engine.check_plan import check_output
from cityconv.engine.drawn_names import count_drawn_names
from cityconv.engine.executors import LOCAL
from cityconv.engine.images import SourceImages
from cityconv.engine.libraries import library_versions
from cityconv.engine.output_folder import refuse_dash, refuse_source_folder
from cityconv.engine.parts import take_part
from cityconv.engine.plan import Output, Plan
from cityconv.errors import UsageError, quoted
from cityconv.formats import FORMATS
from cityconv.frame.reading import open_dataset, read_named_files, takes_boxes
from cityconv.options import ClassOptions, ShardOptions, SubsetOptions
from cityconv.source.classes import class_map_names, unlisted_label
from cityconv.source.images import find_images, name_images
from cityconv.source.labels.files import BUILT_IN
from cityconv.source.labels.text import table_toml
from cityconv.source.locations import file_state, is_file
from cityconv.source.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cityconv.engine.executors import Workers
    from cityconv.formats.base import FormatOptions, Writer
    from cityconv.frame.reading import FrameReader, NamedFiles
    from cityconv.options import OutputOptions
    from cityconv.source.frame import DataSet, Frame, FrameKey
    from cityconv.source.image_places import Photograph
    from cityconv.source.labels.table import LabelTable


def make_plan(
    output: OutputOptions,
    formats: Mapping[str, FormatOptions],
    *,
    in_folders: bool = False,
    part: str | None = None,
    workers: Workers = LOCAL,
) -> Plan:
    """Return what a conversion reads and writes.

    Args:
        output: which frames, where to, with which images.
        formats: the formats to write, by the name of the output.
        in_folders: whether each is written to a folder of its name below the output folder, or to the folder itself.
        part: I/N for the I-th of N parts of the frames.
        workers: where annotations are read, if options of classes depend on what is drawn.

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
    reader, groups = settle_labels(class_options, dataset.frames, reader, workers)
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
    images, photographs = _find_images(dataset, output)
    frames = name_images(dataset.frames, output, photographs)
    for item in outputs:
        check_output(item, frames, reader, output, images, in_shards=frames_in_shard is not None)
    refuse_source_folder(output.out, frames)
    frames, own_part = take_part(frames, part)
    images = images.of_frames(frames) if images else None
    outputs = tuple(item._replace(libraries=_libraries(item, frames, images)) for item in outputs)
    states = images.states() if images else []
    notes = [*dataset.notes, *(note for item in outputs for note in item.writer.notes(frames))]
    inputs = (*archives, *states)
    return Plan(frames, outputs, images, reader, tuple(notes), inputs, own_part, frames_in_shard)


def _find_images(
    dataset: DataSet, output: OutputOptions
) -> tuple[SourceImages | None, Mapping[FrameKey, Sequence[Photograph]]]:
    """Return the images to link or copy, and the photographs that they are; without images, None and nothing."""
    if output.images == "none":
        return None, {}
    photographs = find_images(dataset, output.image_root, output.image_suffix or ())
    images = SourceImages(
        output.images,
        {key: tuple(item.file for item in items) for key, items in photographs.items()},
        frozenset(item.file for items in photographs.values() for item in items if item.leads_out),
        resizes=output.size is not None,
    )
    return images, photographs


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
    options: Iterable[ClassOptions], frames: Sequence[Frame], reader: FrameReader, workers: Workers
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
    drawn = count_drawn_names(frames, reader, workers)
    for drawn_name, (path, name) in unlisted.items():
        if drawn_name not in drawn:
            raise UsageError(
                f"{path}: {quoted(drawn_name)} is neither in the label table {table.name} nor in an annotation - at "
                f"`classes.{name}`",
                "`cityconv labels` lists the known names",
            )
    groups = tuple(sorted(name for name in drawn if (found := table.find(name)) and found[1]))
    return replace(reader, table=table.including(map(unlisted_label, unlisted))), groups
