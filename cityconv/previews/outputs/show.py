"""Outputs are found by themselves, and their images become frames that are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np

from cityconv.engine.recorded import find_recorded
from cityconv.engine.shards import has_shards
from cityconv.errors import CityconvError, NothingFoundError, SourceError, UsageError, quoted, suggestion
from cityconv.formats import FORMATS
from cityconv.frame.reading import read_named_files
from cityconv.previews.dataset import find_photographs, show_dataset
from cityconv.previews.outputs import IMAGES_OF
from cityconv.previews.outputs.images import Output
from cityconv.previews.scene import Scene, Shown
from cityconv.source.classes import parse_class_map
from cityconv.source.drawing import limit_frames, sample_frames
from cityconv.source.files import File
from cityconv.source.frame import DataSet
from cityconv.source.frame_names import pick_frames, read_frame_names
from cityconv.source.labels.table import VOID_TRAIN_ID, Label, LabelTable
from cityconv.source.layout import filter_frames, find_dataset
from cityconv.source.listings import forget_listings
from cityconv.verification.options import ContentOptions, TargetOptions
from cityconv.verification.recorded import recorded_options
from cityconv.vocabulary import Preset

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cityconv.engine.recorded import RecordedOutput
    from cityconv.frame.reading import NamedFiles
    from cityconv.previews.options import PreviewOutputOptions, PreviewSourceOptions
    from cityconv.previews.outputs.images import OutputImage
    from cityconv.previews.scene import ReadScene
    from cityconv.source.frame import Frame
    from cityconv.verification.recorded import RecordedContent

_LABEL_MAPS = "labelmap"
_OF_DATA_SETS = ("splits", "require_annotations", "split_folder", "read", "map_suffix", "instance_divisor")


class Found(NamedTuple):
    """An output that was found.

    Attributes:
        format: the name of its format.
        folder: its folder.
        recorded: what its manifest says; None without one.
    """

    format: str
    folder: Path
    recorded: RecordedOutput | None = None


def find_output(options: PreviewSourceOptions, wanted: str | None) -> Found | None:
    """Return the output that a folder holds, as its manifest says, or else as its files tell; None for a data set.

    A folder with polygons is a data set, unless a format is wanted: outputs may be in it.

    Args:
        options: the options of the source.
        wanted: the name of a format, if one is wanted.

    Raises:
        OutputError: a manifest is damaged.
        UsageError: there are several outputs, or none of the wanted format; or its frames are in shards.
    """
    folder = options.source
    if not isinstance(folder, Path):  # an output in a store was copied to a folder
        return None
    if options.read is not None or not folder.is_dir() or (wanted is None and _has_polygons(folder)):
        return None
    recorded = find_recorded(folder)
    found = [Found(output.record.format, output.folder, output) for output in recorded]
    if not found:
        present = [name for name, kind in FORMATS.items() if kind.checker().is_present(folder)]
        found = [Found(name, folder) for name in present if name != _LABEL_MAPS]
    chosen = [item for item in found if wanted in (None, item.format)]
    if len(chosen) > 1:
        names = ", ".join(dict.fromkeys(str(item.folder) if item.folder != folder else item.format for item in chosen))
        raise UsageError(f"{folder}: holds several outputs: {names}", "pass one of these folders, or --format")
    if wanted and not chosen:
        raise UsageError(f"{folder}: holds no output of the format {wanted}")
    if chosen and chosen[0].recorded and has_shards(chosen[0].recorded.record):
        raise UsageError(f"{chosen[0].folder}: the frames are in shards, which cannot be shown")
    return chosen[0] if chosen else None


def _has_polygons(source: Path) -> bool:
    try:
        find_dataset(source)
    except NothingFoundError:
        return False
    except CityconvError:
        pass  # which reading the data set tells
    return True


def show_output(
    found: Found, source: PreviewSourceOptions, output: PreviewOutputOptions
) -> tuple[list[Shown], list[str]]:
    """Return the images of an output as frames, and what the user should know of them, a sentence each.

    Raises:
        SourceError: a file of the output cannot be read, or is damaged; the message names it.
        UsageError: options cannot be combined, or name something that does not exist.
    """
    for name in _OF_DATA_SETS:
        if getattr(source, name):
            raise UsageError(f"--{name.replace('_', '-')}: does not apply to an output")
    if source.sample and source.limit:
        raise UsageError("--sample cannot be combined with --limit")
    target = TargetOptions(source=found.folder, labels=source.labels)
    if found.recorded:
        _, content, files = recorded_options(found.recorded, target, ContentOptions())
    else:
        content, files = None, read_named_files(target)
    if found.format == _LABEL_MAPS:
        return _show_maps(found, source, output, files._replace(table=_table_of(content, files.table)))
    record = found.recorded.record if found.recorded else None
    listed = {entry.path for entry in record.files} if record else None
    images = list(IMAGES_OF[found.format](Output(found.folder, record.options if record else {}, files.table, listed)))
    if not images:
        raise SourceError(f"{found.folder}: the {found.format} files have no images")
    return _show_images(found, images, source, output, files.table)


def _show_maps(
    found: Found, source: PreviewSourceOptions, output: PreviewOutputOptions, files: NamedFiles
) -> tuple[list[Shown], list[str]]:
    """Return the label maps of an output, read as a data set of maps is."""
    try:
        return show_dataset(replace(source, source=found.folder), output, output.classes, files)
    except NothingFoundError:
        raise SourceError(
            f"{found.folder}: label maps of kinds that cannot be shown",
            "instanceIds, labelIds, labelTrainIds and color can",
        ) from None


def _table_of(content: RecordedContent | None, table: LabelTable) -> LabelTable:
    """Return the label table of the classes that an output was made with, if these are not those of its own table."""
    if content is None or content.mapping is None:
        return table
    selection = parse_class_map(content.mapping, "cityconv.json", content.groups, table)
    labels = [
        Label(item.name, item.ids["label"], item.ids["train"], item.category, 0, item.has_instances, False, item.color)
        for item in selection.classes
    ]
    return LabelTable(table.name, (Label("unlabeled", 0, VOID_TRAIN_ID, "void", 0, False, True, (0, 0, 0)), *labels))


def _show_images(
    found: Found,
    images: Sequence[OutputImage],
    source: PreviewSourceOptions,
    output: PreviewOutputOptions,
    table: LabelTable,
) -> tuple[list[Shown], list[str]]:
    frames = _select([image.frame for image in images], source)
    known = dict.fromkeys(name for image in images for name in image.classes)
    wanted = _wanted_classes(output.classes, known, table) if output.classes is not None else None
    notes: list[str] = []
    photographs = {image.frame.key: File(str(image.photograph)) for image in images if image.photograph.is_file()}
    if output.image_root is not None or output.image_suffix:
        forget_listings()
        photographs, notes = find_photographs(
            DataSet(source.source, frames, []), output.image_root, output.image_suffix
        )
    elif missing := sum(frame.key not in photographs for frame in frames):
        notes = [f"images that the output does not have, which show label colors: {missing:,}"]
    if found.format == "yolo" and notes and not (found.folder / "masks").is_dir():
        notes.append("without its image, the size of a frame is unknown and taken to be 2048 x 1024 pixels")
    readers = {image.frame.key: image.read for image in images}
    shown = [
        Shown(
            frame,
            _Some(readers[frame.key], wanted) if wanted is not None else readers[frame.key],
            photographs.get(frame.key),
        )
        for frame in frames
    ]
    return shown, notes


def _select(frames: Sequence[Frame], options: PreviewSourceOptions) -> Sequence[Frame]:
    """Return the frames that options select, sorted by split, city and name."""
    frames = sorted(frames, key=lambda frame: frame.key)
    frames = filter_frames("split", frames, options.split or (), options.source)
    frames = filter_frames("city", frames, options.city or (), options.source)
    if options.frames:
        frames = pick_frames(frames, read_frame_names(options.frames))
    if options.sample:
        frames = sample_frames(frames, options.sample, options.seed)
    return limit_frames(frames, options.limit) if options.limit else frames


def _wanted_classes(classes: str, known: Collection[str], table: LabelTable) -> frozenset[str]:
    """Return the names of classes that are shown, given a preset or names."""
    if classes in get_args(Preset):
        return frozenset(label.name for label in table.preset(classes)) & frozenset(known)  # type: ignore[arg-type]
    names = [name.strip() for name in classes.split(",")]
    for name in names:
        if name not in known:
            raise UsageError(f"--classes: unknown class {quoted(name)}", suggestion(name, known))
    return frozenset(names)


@dataclass(frozen=True)
class _Some:
    """Reads the objects of some classes."""

    read: ReadScene
    classes: frozenset[str]

    def __call__(self, width: int, photograph: File | None) -> Scene:
        scene = self.read(width, photograph)
        is_wanted = [item.name in self.classes for item in scene.objects]
        objects = [item for item, wanted in zip(scene.objects, is_wanted, strict=True) if wanted]
        return scene._replace(objects=objects, regions=scene.regions.select(np.array(is_wanted, np.bool_)))
