"""Where cityconv's own time goes: the stations of one frame's road, each timed on its own."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import TypeVar

from cityconv.engine.files import write_file
from cityconv.formats.coco.writer import Coco
from cityconv.formats.labelmap.writer import LabelMap
from cityconv.frame.map_kinds import map_kinds
from cityconv.frame.rasterized import RasterizedFrame
from cityconv.frame.segments import find_segments
from cityconv.raster.center_contours import center_contours
from cityconv.raster.corner_polygons import corner_polygons
from cityconv.raster.rle import encode_rle
from cityconv.source.classes import select_classes
from cityconv.source.frame import Frame
from cityconv.source.labels.files import load_table
from cityconv.source.layout import find_frames
from cityconv.source.polygons import parse_annotation
from cityconv.vocabulary import LabelMapKind

Result = TypeVar("Result")

_THINGS = select_classes("instances", "crowd")
_BOXES = Coco(_THINGS, tuple(item.ids["label"] for item in _THINGS.classes), segmentation="none")
_MAPS = {
    kind: LabelMap(select_classes("labels", "crowd"), map_kinds([kind], load_table("cityscapes")))
    for kind in (LabelMapKind.LABEL_IDS, LabelMapKind.INSTANCE_IDS, LabelMapKind.COLOR)
}


class _Walk:
    """One way along the stations, with a stopwatch: for each station the time that each frame took."""

    def __init__(self, out: Path) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self._out = out
        out.mkdir(parents=True)

    def _time(self, station: str, work: Callable[[], Result]) -> Result:
        begun = time.perf_counter()
        result = work()
        self.times[station].append(time.perf_counter() - begun)
        return result

    def visit(self, frame: Frame) -> None:
        """Take a frame along."""
        content = self._time("read the file", frame.read)
        annotation = self._time("decode and check the JSON", lambda: parse_annotation(content, frame.where))
        drawn = RasterizedFrame(frame, annotation)
        self._time("spans of all polygons", lambda: drawn.spans)
        self._time("who is in front", drawn.object_map)
        for kind, label_map in _MAPS.items():
            ((path, png),) = self._time(f"{kind}: PNG", partial(label_map.part, drawn)).files
        self._time("color: write the file", lambda: write_file(self._out / Path(path).name, [png]))
        self._time("COCO: areas, boxes, JSON", lambda: _BOXES.part(drawn))
        regions = find_segments(drawn, _THINGS, per_class=False).regions
        self._time("COCO: run-length codes", lambda: encode_rle(regions))
        self._time("COCO: polygons", lambda: corner_polygons(regions))
        self._time("YOLO: contours", lambda: center_contours(regions))


def stations(source: Path, out: Path, repetitions: int) -> list[tuple[str, float]]:
    """Return milliseconds a frame at each station: of each frame the median of its repetitions, of these the mean."""
    frames = find_frames(source)
    walks = [_Walk(out / str(repetition)) for repetition in range(repetitions + 1)]
    for walk in walks:
        for frame in frames:
            walk.visit(frame)
    del walks[0]  # it warmed up
    return [
        (station, 1000 * mean(map(median, zip(*(walk.times[station] for walk in walks), strict=True))))
        for station in walks[0].times
    ]
