"""The kinds of source: frames read from polygons, from COCO files, and from label maps."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cityconv.errors import AnnotationError, NothingFoundError, SourceError, UsageError
from cityconv.frame.coco_frames import draw_masks, draw_segments
from cityconv.frame.rasterized import RasterizedFrame
from cityconv.frame.target_size import TargetSize, parse_size, size_excess
from cityconv.raster.map_runs import find_runs
from cityconv.raster.sampling import nearest
from cityconv.source.coco_annotations import parse_coco_frame
from cityconv.source.coco_files import list_coco_frames
from cityconv.source.disk_list import DiskList
from cityconv.source.drawing import limit_frames, sample_frames
from cityconv.source.frame import DataSet
from cityconv.source.frame_names import read_frame_names
from cityconv.source.labels.files import load_table
from cityconv.source.layout import ANNOTATION_SUFFIX, list_frames, select_frames
from cityconv.source.limits import excess
from cityconv.source.listings import forget_listings
from cityconv.source.map_png import read_color_map, read_id_map
from cityconv.source.map_values import MAP_KINDS, DistinctValues, find_objects, map_encoding
from cityconv.source.polygons import Annotation, check_crossings, drawn_labels, parse_annotation
from cityconv.source.splits import read_splits
from cityconv.vocabulary import DEFAULT_TABLE, Front, LabelMapKind, ReadKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cityconv.options import SourceOptions
    from cityconv.raster.objectmap import ObjectMap
    from cityconv.raster.sampling import Grid
    from cityconv.raster.scanline import Spans
    from cityconv.source.frame import Frame
    from cityconv.source.frame_names import FrameNames
    from cityconv.source.labels.table import LabelTable
    from cityconv.source.splits import Splits
    from cityconv.vocabulary import SubsetBy, UnknownLabels

_NO_VERTICES = np.empty((0, 2), np.int64)


@dataclass(frozen=True)
class FrameReader:
    """Reads and rasterizes frames. Picklable, without state.

    Attributes:
        table: the label table.
        kind: polygons, COCO, or the kind of label map.
        unknown_labels: whether labels that the table does not have are errors, or their objects are dropped.
        instance_divisor: for maps of instances that hold label * divisor + instance; None for Cityscapes' rule.
        size: the size that frames are sampled in; None for their own.
        front: which of two COCO masks is in front.
        takes_boxes: whether COCO annotations without a mask are read, which cover their boxes.
    """

    table: LabelTable = field(default_factory=partial(load_table, DEFAULT_TABLE))
    kind: ReadKind = "polygons"
    unknown_labels: UnknownLabels = "fail"
    instance_divisor: int | None = None
    size: TargetSize | None = None
    front: Front = "last"
    takes_boxes: bool = False

    def __call__(self, frame: Frame) -> RasterizedFrame:
        """Return a frame.

        Raises:
            AnnotationError: its file cannot be read, is damaged, or breaks a rule, or the frame would become too large.
        """
        content = frame.read()
        digest = hashlib.sha256(content).hexdigest()
        if self.kind == "coco":
            return self._read_coco(frame, content, digest)
        if self.kind != "polygons":
            return self._read_map(frame, content, digest, LabelMapKind(self.kind))
        annotation = parse_annotation(content, frame.where, self.table, self.unknown_labels)
        grid = self._grid(annotation, frame)
        if grid and len(grid.rows) > grid.height:
            check_crossings(annotation, frame.where, len(grid.rows) / grid.height)
        return RasterizedFrame(frame, annotation, digest=digest, grid=grid)

    @property
    def has_instances(self) -> bool:
        """Whether the source tells the instances of a class apart."""
        return self.kind in ("polygons", "coco", "instanceIds")

    @property
    def has_full_extent(self) -> bool:
        """Whether the source may tell what others hide of an object."""
        return self.kind in ("polygons", "coco")

    def drawn_names(self, frame: Frame) -> list[str]:
        """Return the label of each object of a frame, those included that the table does not have.

        Raises:
            AnnotationError: the frame cannot be read.
        """
        if self.kind == "polygons":
            return drawn_labels(frame.read())
        if self.kind != "coco":
            return [item.name for item in self(frame).annotation.objects]
        found = parse_coco_frame(frame.read(), frame.where, self.table, "drop")
        unknown = Counter({name: count for (_, name), count in found.skipped.items()})
        return [*(item.label.name for item in found.objects), *unknown.elements()]

    def _read_coco(self, frame: Frame, content: bytes, digest: str) -> RasterizedFrame:
        found = parse_coco_frame(content, frame.where, self.table, self.unknown_labels)
        annotation: Annotation
        pixels: ObjectMap | Spans
        if found.png is None:
            annotation, pixels = draw_masks(found, frame.where, self.front, takes_boxes=self.takes_boxes)
        else:
            annotation, pixels = draw_segments(found, found.png, frame.where)
        return RasterizedFrame(frame, annotation, pixels, digest, self._grid(annotation, frame))

    def _read_map(self, frame: Frame, content: bytes, digest: str, kind: LabelMapKind) -> RasterizedFrame:
        read = read_color_map if kind is LabelMapKind.COLOR else read_id_map
        runs = find_runs(read(content, frame.where))
        if words := excess(len(runs.value), "runs of equal pixels", "crossings"):
            raise AnnotationError(f"{frame.where}: {words}")
        found = find_objects(
            DistinctValues(runs.values, runs.areas(), runs.first_pixels()),
            map_encoding(kind, self.table, self.instance_divisor),
            self.table,
            frame.where,
            drop_unknown=self.unknown_labels == "drop",
        )
        annotation = Annotation(
            runs.height,
            runs.width,
            found.objects,
            _NO_VERTICES,
            np.zeros(len(found.objects), np.int64),
            Counter(("unknown", name) for name in found.unknown),
            found.instances,
        )
        object_map = runs.object_map(found.is_object)
        return RasterizedFrame(frame, annotation, object_map, digest, self._grid(annotation, frame))

    def _grid(self, annotation: Annotation, frame: Frame) -> Grid | None:
        """Return the pixels of a frame that are sampled; None for all."""
        if self.size is None:
            return None
        own_size = annotation.height, annotation.width
        size = self.size.of(*own_size)
        if words := size_excess(*size):
            own = f"{annotation.width} x {annotation.height} pixels"
            raise AnnotationError(f"{frame.where}: --size {self.size.text} of {own}: {words}")
        return nearest(*own_size, *size) if size != own_size else None


def takes_boxes(task: str | None, extent: str | None) -> bool:
    """Return whether an output can be made of boxes without masks: one of boxes that nothing hides."""
    return task in ("detection", "detect") and extent == "full"


class NamedFiles(NamedTuple):
    """The content of the files that options of a source name.

    Attributes:
        table: the label table.
        splits: splits of the user's, if any.
        frame_names: the list of frames, if there is one.
    """

    table: LabelTable
    splits: Splits | None = None
    frame_names: FrameNames | None = None


def read_named_files(options: SourceOptions) -> NamedFiles:
    """Return the content of the files that options name.

    Raises:
        UsageError: one cannot be read, or breaks a rule.
    """
    return NamedFiles(
        load_table(options.labels),
        read_splits(options.splits) if options.splits else None,
        read_frame_names(options.frames) if options.frames else None,
    )


def open_dataset(
    options: SourceOptions, split_by: SubsetBy = "split", files: NamedFiles | None = None
) -> tuple[DataSet, FrameReader]:
    """Return the frames that options select, and what reads them: polygons where there are any, else the richest map.

    Args:
        options: the options.
        split_by: how outputs are divided.
        files: what stands for the files that the options name.

    Raises:
        SourceError: as for `find_dataset`, a store fails, or no frame has the annotations that are required.
        UsageError: the options cannot be combined, the size is not one, or a file that they name cannot be read or
            does not fit the data set.
    """
    if options.sample and options.limit:
        raise UsageError("--sample cannot be combined with --limit")
    files = files or read_named_files(options)
    forget_listings()  # of an earlier call, since when stores may have changed
    size = parse_size(options.size) if options.size is not None else None
    kinds = _kinds(options)
    errors: list[NothingFoundError] = []
    for kind in kinds:
        try:
            dataset = _find(options, split_by, kind, files)
        except NothingFoundError as error:
            errors.append(error)
            continue
        if errors:
            what = "COCO files" if kind == "coco" else f"{kind} maps"
            dataset.notes.append(f"no polygons in {options.source}: reading {what}")
        reader = FrameReader(files.table, kind, options.unknown_labels, options.instance_divisor, size, options.front)
        return _select(dataset, options, reader), reader
    raise errors[0]


def _kinds(options: SourceOptions) -> list[ReadKind]:
    """Return what may be read, the best first."""
    if options.map_suffix is not None and options.read in (None, "polygons"):
        raise UsageError("--map-suffix needs the kind of map", "--read instanceIds, labelIds, labelTrainIds or color")
    if options.instance_divisor and options.read != "instanceIds":
        raise UsageError("--instance-divisor needs maps of instances", "--read instanceIds")
    if options.front != "last" and options.read not in (None, "coco"):
        raise UsageError("--front is for COCO masks", "--read coco")
    return [options.read] if options.read else ["polygons", "coco", *(kind.value for kind in MAP_KINDS)]  # type: ignore[list-item]


def _find(options: SourceOptions, split_by: SubsetBy, kind: ReadKind, files: NamedFiles) -> DataSet:
    split_folders = options.split_folder or ()
    if kind == "coco":
        listed = list_coco_frames(options.source, split_folders)
    else:
        suffix = ANNOTATION_SUFFIX if kind == "polygons" else options.map_suffix or f"_{kind}.png"
        listed = list_frames(options.source, split_folders, suffix)
    splits, cities = options.split or (), options.city or ()
    return select_frames(listed, splits, cities, split_by, split_folders, files.splits, files.frame_names)


def _select(dataset: DataSet, options: SourceOptions, reader: FrameReader) -> DataSet:
    """Return the frames that are left by the options that follow on the names of frames, splits and cities."""
    frames, notes = dataset.frames, dataset.notes
    if options.require_annotations:
        frames = DiskList(frame for frame in frames if _has_annotations(frame, reader))
        notes = [*notes, *_left_out(dataset.frames, frames)]
    if options.sample:
        frames = sample_frames(frames, options.sample, options.seed)
    if options.limit:
        frames = limit_frames(frames, options.limit)
    if not frames:
        raise SourceError(f"{options.source}: no frame has an object that --require-annotations asks for")
    return DataSet(dataset.source, frames, notes)


def _has_annotations(frame: Frame, reader: FrameReader) -> bool:
    """Return whether a frame has an object of a class that is evaluated, or is bad, which the conversion reports."""
    try:
        # Names alone are read in a quarter of the time, and decide for nearly all frames that have annotations.
        names = reader.drawn_names(frame) if reader.kind == "polygons" else []
        if any((found := reader.table.find(name)) and not found[0].ignore_in_eval for name in names):
            return True
        return any(not item.label.ignore_in_eval for item in reader(frame).annotation.objects)
    except AnnotationError:
        return True


def _left_out(found: Iterable[Frame], kept: Iterable[Frame]) -> list[str]:
    """Return a note on the frames without annotations, with their number in each split."""
    counts = Counter(frame.split for frame in found) - Counter(frame.split for frame in kept)
    shown = ", ".join(f"{number:,} of {split}" for split, number in sorted(counts.items()))
    return [f"frames left out because they have no annotations: {shown}"] if counts else []
