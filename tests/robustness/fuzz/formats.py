"""Every format: a random document is rasterized, converted, and compared with the oracle.

The rules after the object map are those of the checkers in the package. This module adds what no checker sees: the
object map, the order of objects in files, and the numbers in reports.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import fields
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as ET

import numpy as np

from cityconv.check.reference import ExpectedObject, expected_objects, instance_ids, object_masks
from cityconv.engine.convert import convert
from cityconv.engine.make_plan import make_plan
from cityconv.engine.settings import Settings
from cityconv.errors import UsageError
from cityconv.formats import FORMATS
from cityconv.formats.yolo.reader import fill as fill_outline
from cityconv.formats.yolo.reader import parse_row, row_box, row_points
from cityconv.frame.label_values import segment_class_ids
from cityconv.frame.rasterized import RasterizedFrame
from cityconv.source.layout import find_frames
from cityconv.source.polygons import parse_annotation
from cityconv.verification.options import ContentOptions, TargetOptions
from cityconv.verification.verify import verify
from tests.builders import data_of, tree_of, write_dataset
from tests.raster.slow_fill import fill
from tests.robustness.fuzz.documents import random_document
from tests.robustness.fuzz.options import random_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from numpy.typing import NDArray

    from cityconv.check.bounded_mask import Box
    from cityconv.engine.plan import Plan
    from cityconv.formats.base import FormatOptions
    from cityconv.source.classes import Selection
    from cityconv.vocabulary import Extent
    from tests.builders import Document

FRAME = "train/ulm/ulm_000000_000019"
FEWEST_REFUSED = 254  # objects: more than a palette PNG can tell apart
OPTIONS = 3  # random options tried per format
ATTEMPTS = 50  # to find options that do not contradict each other


class Scene(NamedTuple):
    """A document and its pixels.

    Attributes:
        rasterized: the document as the package rasterizes it.
        full: the mask of each object, bool (H, W), from the slow fill.
        front: by whether license plates are drawn, the object in front at each pixel, int64 (H, W); 0 for none.
    """

    rasterized: RasterizedFrame
    full: list[NDArray[np.bool_]]
    front: dict[bool, NDArray[np.int64]]

    def shown(self, extent: Extent, with_plates: bool) -> list[bool]:
        """Return whether each object has a pixel."""
        if extent == "full":
            return [bool(mask.any()) for mask in self.full]
        visible = set(np.unique(self.front[with_plates]).tolist())
        return [number in visible for number in range(1, len(self.full) + 1)]


def check(chance: Random) -> None:
    """Convert a random document to every format; raise an error if an output is wrong."""
    document = random_document(chance)
    with TemporaryDirectory() as folder:
        source = write_dataset(Path(folder, "source"), {FRAME: document})
        scene = _scene(document, source)
        _check_pixels(scene)
        for name, number in product(FORMATS, range(OPTIONS)):
            _check_format(chance, name, scene, source, Path(folder, f"{name}{number}"))


# Pixels


def _scene(document: Document, source: Path) -> Scene:
    (frame,) = find_frames(source)
    height, width = document["imgHeight"], document["imgWidth"]
    objects = [item for item in document["objects"] if not item.get("deleted")]
    full = [fill([(int(x), int(y)) for x, y in item["polygon"]], height, width) for item in objects]
    front = {with_plates: np.zeros((height, width), np.int64) for with_plates in (False, True)}
    for number, (item, mask) in enumerate(zip(objects, full, strict=True), 1):
        front[True][mask] = number
        if item["label"] != "license plate":
            front[False][mask] = number
    return Scene(RasterizedFrame(frame, parse_annotation(frame.read(), frame.where)), full, front)


def _check_pixels(scene: Scene) -> None:
    """The spans and the object maps equal what the slow fill paints."""
    rasterized = scene.rasterized
    for with_plates, expected in scene.front.items():
        objects = rasterized.object_map(with_plates)
        np.testing.assert_array_equal(objects.through(np.arange(len(scene.full) + 1)), expected)
    drawn = np.zeros((len(scene.full), rasterized.annotation.height * rasterized.annotation.width), np.bool_)
    for polygon, start, stop in zip(*(part.tolist() for part in rasterized.spans), strict=True):
        drawn[polygon, start:stop] = True
    for mask, expected_mask in zip(drawn, scene.full, strict=True):
        np.testing.assert_array_equal(mask, expected_mask.ravel())


# Formats


def _check_format(chance: Random, name: str, scene: Scene, source: Path, out: Path) -> None:
    options, plan = _random_plan(chance, name, source, out)
    summary = convert(plan, out, Settings())
    if summary.bad:
        assert len(scene.full) >= FEWEST_REFUSED, summary.bad
        return
    content = ContentOptions(**_shared_fields(options, ContentOptions))
    result = verify(TargetOptions(source=source, out=out), content)
    findings = [str(finding) for finding in result.findings]
    assert not findings, [options, *findings]
    selection: Selection = vars(plan.outputs[0].writer)["selection"]
    assert selection.has_plates == ("license plate" in selection.members)
    (output,) = summary.outputs
    if getattr(plan.outputs[0].writer, "keeps_polygons", False):
        assert (output.written, output.skipped) == (len(scene.full), {}), options
        return
    expected = _expected(name, options, selection, scene)
    listed = _listed_boxes(name, options, out, scene.rasterized)
    assert listed is None or listed == [item.mask.box for item in expected], options
    paths = [path for path in data_of(tree_of(out)) if path != "data.yaml"]
    assert summary.objects == len(scene.full)
    assert output.written == (len(paths) if output.unit in {"files", "masks"} else len(expected)), options
    skipped = _skipped(scene, selection, getattr(options, "extent", "visible"), expected)
    if name == "labelmap" and "class" in skipped:  # which does not count license plates that are not selected
        del skipped["class"]["license plate"]
        skipped = {reason: names for reason, names in skipped.items() if names}
    assert output.skipped == skipped, options


def _random_plan(chance: Random, name: str, source: Path, out: Path) -> tuple[FormatOptions, Plan]:
    """Return random options that do not contradict each other, and the plan of a conversion with them."""
    for _ in range(ATTEMPTS):
        options = random_options(chance, FORMATS[name])
        try:
            return options, make_plan(options.output(source=source, out=out), {name: options})
        except UsageError:  # a class has no value in this format
            continue
    raise AssertionError(f"{name}: no options are accepted")


def _shared_fields(options: FormatOptions, other: type) -> dict[str, Any]:
    return {field.name: vars(options)[field.name] for field in fields(other) if field.name in vars(options)}


def _expected(name: str, options: FormatOptions, selection: Selection, scene: Scene) -> list[ExpectedObject]:
    """Return what an output shows, in its order. In a label map, every object stands for itself."""
    min_area: int = getattr(options, "min_area", 1)
    rasterized = scene.rasterized
    if name == "panoptic":
        ids = np.array(instance_ids(rasterized, selection, segment_class_ids(selection), 0))
        members = [np.flatnonzero(ids[1:] == number).tolist() for number in np.unique(ids[1:]) if number]
        masks = object_masks(rasterized, members, "visible", selection.has_plates)
        segments = (ExpectedObject(0, False, mask, own) for mask, own in zip(masks, members, strict=True))
        return [segment for segment in segments if segment.mask.area >= min_area]
    extent: Extent = getattr(options, "extent", "visible")
    expected = expected_objects(
        rasterized,
        selection,
        per_class=getattr(options, "task", None) == "semantic",
        merge_crowds=name == "coco",
        extent=extent,
        min_area=min_area,
    )
    shown = scene.shown(extent, selection.has_plates)
    return sorted(expected, key=lambda item: next(index for index in item.members if shown[index]))


# Reports


def _skipped(
    scene: Scene, selection: Selection, extent: Extent, expected: list[ExpectedObject]
) -> dict[str, Counter[str]]:
    """Return the number of skipped objects by reason and name."""
    shown = scene.shown(extent, selection.has_plates)
    written = {index for item in expected for index in item.members}
    skipped: dict[str, Counter[str]] = {}
    for index, item in enumerate(scene.rasterized.annotation.objects):
        assignment = selection.assign(item)
        if isinstance(assignment, str):
            skipped.setdefault(assignment, Counter())[item.name] += 1
        elif not shown[index]:
            reason = "hidden" if scene.full[index].any() else "outside"
            skipped.setdefault(reason, Counter())[item.name] += 1
        elif index not in written:
            skipped.setdefault("min_area", Counter())[item.name] += 1
    return skipped


# The order of objects in files


def _listed_boxes(name: str, options: FormatOptions, out: Path, rasterized: RasterizedFrame) -> list[Box] | None:
    """Return the boxes in the order of the file, half-open; None if the output has none."""
    match name, getattr(options, "task", None):
        case "coco", _:
            (path,) = out.rglob("annotations/*.json")
            return [_corners(item["bbox"]) for item in json.loads(path.read_bytes())["annotations"]]
        case "panoptic", _:
            (path,) = out.rglob("*panoptic_*.json")
            (annotation,) = json.loads(path.read_bytes())["annotations"]
            return [_corners(item["bbox"]) for item in annotation["segments_info"]]
        case "csv", _:
            (path,) = out.rglob("*.csv")
            rows = csv.DictReader(path.read_text().splitlines())
            return [(float(row["x0"]), float(row["y0"]), float(row["x1"]), float(row["y1"])) for row in rows]
        case "voc", "detection" | "instance":
            (path,) = out.rglob("*.xml")
            return list(_voc_boxes(path))
        case "yolo", "detect" | "segment" as task:
            (path,) = out.rglob("*.txt")
            return list(_yolo_boxes(path, task, rasterized))
        case _:
            return None


def _corners(bbox: list[int]) -> Box:
    x, y, width, height = bbox
    return x, y, x + width, y + height


def _voc_boxes(path: Path) -> Iterator[Box]:
    for item in ET.parse(path).iter("bndbox"):
        xmin, ymin, xmax, ymax = (int(item.findtext(side, "")) for side in ("xmin", "ymin", "xmax", "ymax"))
        yield xmin - 1, ymin - 1, xmax, ymax


def _yolo_boxes(path: Path, task: str, rasterized: RasterizedFrame) -> Iterator[Box]:
    height, width = rasterized.annotation.height, rasterized.annotation.width
    for line in path.read_text().splitlines():
        row = parse_row(line, task)
        yield row_box(row, height, width) if task == "detect" else fill_outline(row_points(row, height, width)).box
