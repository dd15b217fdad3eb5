"""The two kinds of source: frames read from polygons, and frames read from label maps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cityconv.errors import AnnotationError, UsageError
from cityconv.frame.rasterized import RasterizedFrame
from cityconv.raster.map_runs import find_runs
from cityconv.source.folders import has_places
from cityconv.source.labels.files import load_table
from cityconv.source.layout import ANNOTATION_SUFFIX, find_dataset
from cityconv.source.limits import excess
from cityconv.source.map_png import read_color_map, read_id_map
from cityconv.source.map_values import MAP_KINDS, DistinctValues, find_objects, map_encoding
from cityconv.source.polygons import Annotation, parse_annotation
from cityconv.vocabulary import DEFAULT_TABLE, LabelMapKind, ReadKind

if TYPE_CHECKING:
    from cityconv.options import SourceOptions
    from cityconv.source.labels.table import LabelTable
    from cityconv.source.layout import DataSet, Frame
    from cityconv.vocabulary import SubsetBy, UnknownLabels

_NO_VERTICES = np.empty((0, 2), np.int64)


@dataclass(frozen=True)
class FrameReader:
    """Reads and rasterizes frames. Picklable, without state.

    Attributes:
        table: the label table.
        kind: polygons, or the kind of label map.
        unknown_labels: whether labels that the table does not have are errors, or their objects are dropped.
        instance_divisor: for maps of instances that hold label * divisor + instance; None for Cityscapes' rule.
    """

    table: LabelTable = field(default_factory=partial(load_table, DEFAULT_TABLE))
    kind: ReadKind = "polygons"
    unknown_labels: UnknownLabels = "fail"
    instance_divisor: int | None = None

    def __call__(self, frame: Frame) -> RasterizedFrame:
        """Return a frame.

        Raises:
            AnnotationError: its file cannot be read, is damaged, or breaks a rule.
        """
        if self.kind == "polygons":
            return RasterizedFrame(frame, parse_annotation(frame.read(), frame.where, self.table, self.unknown_labels))
        return self._read_map(frame, LabelMapKind(self.kind))

    @property
    def has_instances(self) -> bool:
        """Whether the source tells the instances of a class apart."""
        return self.kind in ("polygons", "instanceIds")

    def _read_map(self, frame: Frame, kind: LabelMapKind) -> RasterizedFrame:
        read = read_color_map if kind is LabelMapKind.COLOR else read_id_map
        runs = find_runs(read(frame.read(), frame.where))
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
        return RasterizedFrame(frame, annotation, runs.object_map(found.is_object))


def open_dataset(options: SourceOptions, split_by: SubsetBy = "split") -> tuple[DataSet, FrameReader]:
    """Return the frames that options select, and what reads them: polygons where there are any, else the richest map.

    Raises:
        SourceError: as for `find_dataset`.
        UsageError: the options exclude each other, or the label table cannot be read.
    """
    table = load_table(options.labels)
    kind = _kind(options)
    if options.instance_divisor and kind != "instanceIds":
        raise UsageError("--instance-divisor: only maps of instances have one", "--read instanceIds")
    dataset = find_dataset(
        options.source,
        options.split or (),
        options.city or (),
        split_by,
        options.split_folder or (),
        _suffix(kind, options.map_suffix),
    )
    if options.read is None and kind != "polygons":
        dataset.notes.append(f"no polygons in {options.source}: reading {kind} maps")
    return dataset, FrameReader(table, kind, options.unknown_labels, options.instance_divisor)


def _kind(options: SourceOptions) -> ReadKind:
    if options.read is not None:
        if options.map_suffix is not None and options.read == "polygons":
            raise UsageError(
                "--map-suffix: polygons are not maps", "--read instanceIds, labelIds, labelTrainIds or color"
            )
        return options.read
    if options.map_suffix is not None:
        raise UsageError("--map-suffix without --read", "--read instanceIds, labelIds, labelTrainIds or color")
    kinds: list[ReadKind] = ["polygons", *(kind.value for kind in MAP_KINDS)]  # type: ignore[list-item]
    return next((kind for kind in kinds if has_places(options.source, _suffix(kind, None))), "polygons")


def _suffix(kind: ReadKind, map_suffix: str | None) -> str:
    return ANNOTATION_SUFFIX if kind == "polygons" else map_suffix or f"_{kind}.png"
