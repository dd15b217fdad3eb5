"""Statistics of classes for training: which frames show rare classes, and weights for loss functions."""

from __future__ import annotations

import math
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cityconv.formats.labelmap.lists import map_path
from cityconv.frame.label_values import class_values
from cityconv.source.labels.table import VOID_TRAIN_ID
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cityconv.formats.base import Records
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame

FILES = ("sample_class_stats.json", "sample_class_stats_dict.json", "samples_with_class.json", "class_weights.json")
_TRAINING_SPLITS = ("train", "training")
_ENET_OFFSET = 1.02  # ENet (Paszke et al., 2016): weights of 1 / log(1.02 + frequency)

ClassPixels = dict[str, int]  # by train id, as JSON has it

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(ClassPixels).decode


def count_pixels(rasterized: RasterizedFrame, selection: Selection, train_ids: list[int]) -> bytes:
    """Return the number of pixels of each train id that a frame shows, void excepted, as JSON.

    Args:
        rasterized: the frame.
        selection: the classes.
        train_ids: the train id of each class.
    """
    objects = rasterized.object_map(selection.has_plates)
    table = np.array(class_values(rasterized, selection, train_ids, VOID_TRAIN_ID))
    pixels = np.bincount(table[objects.polygon], weights=np.diff(objects.start), minlength=VOID_TRAIN_ID + 1)
    pixels[VOID_TRAIN_ID] = 0
    return _encode({str(train_id): int(pixels[train_id]) for train_id in np.flatnonzero(pixels).tolist()})


def write_class_stats(
    records: Records, selection: Selection, train_ids: list[int]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the files of statistics, over the frames of the training split, or over all if there is none.

    The first three have the form that DAFormer's tools write. The fourth has for each train id its pixels, its share of
    all pixels that are not void (`frequency`), and three weights: `enet` (1 / log(1.02 + frequency)), `inverse`
    (1 / frequency) and `median_frequency` (Eigen and Fergus, 2015: the share of a class in the frames that show it, and
    the median of these shares divided by it).

    Args:
        records: the counts of `count_pixels`.
        selection: the classes.
        train_ids: the train id of each class.
    """
    by_file = (({**counts, "file": path}) for path, counts in _counts(records))
    yield FILES[0], _json_list(map(_encode, by_file))
    yield FILES[1], _json_object((path, _encode(counts)) for path, counts in _counts(records))
    known = sorted({train_id for train_id in train_ids if train_id != VOID_TRAIN_ID})
    yield FILES[2], _json_object(_samples_with_class(records, known))
    names = {train_id: item.name for item, train_id in reversed(list(zip(selection.classes, train_ids, strict=True)))}
    yield FILES[3], iter([msgspec.json.format(_encode(_weights(records, names)), indent=2) + b"\n"])


def _counts(records: Records) -> Iterator[tuple[str, ClassPixels]]:
    """Yield the path of each training frame's map, and its counts."""
    splits = {frame.split for frame in records.frames}
    training = [split for split in splits if split.lower() in _TRAINING_SPLITS] or splits
    for subset in sorted({frame.subset for frame in records.frames if frame.split in training}):
        for frame, record in records.of(subset):
            yield _path(frame), _decode(record)


def _path(frame: Frame) -> str:
    return f"{map_path(frame, LabelMapKind.LABEL_TRAIN_IDS)}.png"


def _samples_with_class(records: Records, train_ids: list[int]) -> Iterator[tuple[str, bytes]]:
    for train_id in map(str, train_ids):
        samples = [[path, counts[train_id]] for path, counts in _counts(records) if train_id in counts]
        if samples:
            yield train_id, _encode(samples)


def _weights(records: Records, names: dict[int, str]) -> dict[str, dict[str, object]]:
    pixels: Counter[str] = Counter()
    shown: Counter[str] = Counter()  # pixels, void excepted, of the frames that show the class
    for _, counts in _counts(records):
        pixels.update(counts)
        shown.update(dict.fromkeys(counts, sum(counts.values())))
    total = pixels.total()
    where_shown = {train_id: pixels[train_id] / shown[train_id] for train_id in pixels}
    middle = median(where_shown.values()) if where_shown else 0.0
    return {
        train_id: {
            "name": names[int(train_id)],
            "pixels": pixels[train_id],
            "frequency": pixels[train_id] / total,
            "median_frequency": middle / where_shown[train_id],
            "enet": 1 / math.log(_ENET_OFFSET + pixels[train_id] / total),
            "inverse": total / pixels[train_id],
        }
        for train_id in sorted(pixels, key=int)
    }


def _json_list(items: Iterator[bytes]) -> Iterator[bytes]:
    yield b"["
    separator = b"\n"
    for item in items:
        yield separator + item
        separator = b",\n"
    yield b"\n]\n"


def _json_object(items: Iterator[tuple[str, bytes]]) -> Iterator[bytes]:
    yield b"{"
    separator = b"\n"
    for key, value in items:
        yield separator + _encode(key) + b": " + value
        separator = b",\n"
    yield b"\n}\n"
