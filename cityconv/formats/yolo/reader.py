"""YOLO files, read back as Ultralytics understands them: `data.yaml`, and the rows of text files."""

from __future__ import annotations

import math
import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import yaml

from cityconv.check.bounded_mask import Box, bounded_mask
from cityconv.check.png import PngForm, read_png
from cityconv.check.reading import DamagedError, text_lines
from cityconv.errors import quoted
from cityconv.raster.bounded_mask import BoundedMask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

MAX_DESCRIPTION = 100_000  # bytes of `data.yaml`; PyYAML may take seconds for as many
_MERGE_TAG = "tag:yaml.org,2002:merge"
RESERVED_KEYS = (  # of Ultralytics, beside splits
    *("channels", "download", "label_mapping", "masks_dir", "names", "nc", "path", "yaml_file"),
)
RESOLVED_SPLITS = ("train", "val", "test", "minival")
_CLASS = re.compile(r"0|[1-9][0-9]{0,8}")
_CHARACTERS = frozenset("0123456789.+-eEnaif")
_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?|nan|[+-]?inf")  # `float` reads other scripts, too
_COORDINATES = {"detect": 4, "obb": 8}
_FEWEST_COORDINATES = 6  # of an outline
_EXCHANGES_PER_PIXEL = 8  # take as long as filling a pixel
_HALF_DECIMAL = 0.5e-6  # the largest error of rounding to six decimals


class Description(NamedTuple):
    """The content of `data.yaml`.

    Attributes:
        path: the root of the folders; None for the folder of `data.yaml`.
        folders: the image folders of each split.
        names: the class names in the order of their numbers; empty if there are none.
        masks: the folder of masks; None for a data set of text files.
        mapping: the number of the class of each value in masks; empty if they are the same.
    """

    path: str | None
    folders: dict[str, list[str]]
    names: list[str]
    masks: str | None
    mapping: dict[int, int]


class Row(NamedTuple):
    """A line of a text file.

    Attributes:
        class_index: the number of the class.
        coordinates: float64 (K,), fractions of the image's width and height, 0 to 1.
    """

    class_index: int
    coordinates: NDArray[np.float64]


def parse_description(text: str) -> Description:
    """Return the content of `data.yaml`.

    Of the keys, only those that Ultralytics reads matter. Source: `check_det_dataset` in ultralytics/data/utils.py.

    Raises:
        DamagedError: not YAML that describes a data set; the message has the line or the key.
    """
    content = _load_yaml(text)
    if content is None:
        raise DamagedError("the file is empty")
    if not isinstance(content, dict):
        raise DamagedError("not a mapping of keys to values")
    root = content.get("path")
    if root is not None and not isinstance(root, str):
        raise DamagedError("path: not text")
    names = _class_names(content.get("names", []))
    if "nc" in content and content["nc"] != len(names):
        raise DamagedError(f"nc: not the number of names, {len(names)}")
    folders = {key: _folders(key, value) for key, value in content.items() if _is_split(key, value)}
    masks = content.get("masks_dir")
    if masks is not None and not isinstance(masks, str):
        raise DamagedError("masks_dir: not text")
    return Description(root or None, folders, names, masks or None, _mapping(content.get("label_mapping")))


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader without duplicate keys, nor merge keys, which nested aliases can make grow exponentially."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            problem = "merge keys are not supported" if key.tag == _MERGE_TAG else ""
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    problem = problem or f"the key {quoted(key.value)} is duplicated"
                seen.add((key.tag, key.value))
            if problem:
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)


def _load_yaml(text: str) -> object:
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DamagedError(f"line {mark.line + 1 if mark else 1}: not valid YAML: {error.problem}") from None
    except Exception as error:  # numbers, dates, explicit tags, and deep nesting make PyYAML fail in many ways
        raise DamagedError(f"not valid YAML: {type(error).__name__}") from None


def _is_split(key: object, value: object) -> bool:
    """Return whether a key names a split: one that Ultralytics resolves, or another one with folders."""
    if not isinstance(key, str) or key in RESERVED_KEYS:
        return False
    return (
        key in RESOLVED_SPLITS
        or isinstance(value, str)
        or (isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value))
    )


def _folders(key: str, value: object) -> list[str]:
    folders = value if isinstance(value, list) else [value]
    texts = [item for item in folders if isinstance(item, str)]
    if len(texts) < len(folders) or not texts:
        raise DamagedError(f"{key}: not a folder or a list of folders")
    return texts


def _class_names(value: object) -> list[str]:
    """Return the names in the order of their numbers, given a list, or a mapping of numbers to names."""
    if isinstance(value, dict):
        by_number = {_class_number(key): name for key, name in value.items()}
        if set(by_number) != set(range(len(value))):
            raise DamagedError(f"names: not numbered from 0 to {len(value) - 1}")
        value = [by_number[index] for index in range(len(value))]
    if not isinstance(value, list):
        raise DamagedError("names: not a list or a mapping")
    names = [item for item in value if isinstance(item, str)]
    if len(names) < len(value):
        raise DamagedError("names: a name that is not text")
    return names


def _mapping(value: object) -> dict[int, int]:
    """Return the number of the class by value in masks. Source: `SemanticDataset` in ultralytics/data/dataset.py."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DamagedError("label_mapping: not a mapping")
    if not all(type(number) is int for pair in value.items() for number in pair):
        raise DamagedError("label_mapping: a key or value that is not a number")
    return value


def _class_number(key: object) -> int | None:
    """Return the number that a key of names is; None if it is not one. Ultralytics takes text as well."""
    if isinstance(key, str):
        return int(key) if _CLASS.fullmatch(key) else None
    return key if type(key) is int else None


def parse_mask(content: bytes, height: int, width: int) -> NDArray[np.uint8]:
    """Return the pixels of a mask, uint8 (H, W).

    Args:
        content: the bytes of the PNG.
        height: the height that it should have, in pixels.
        width: the width that it should have, in pixels.

    Raises:
        DamagedError: see `read_png`.
    """
    return read_png(content, height, width, PngForm.GRAY_8).pixels


def task_of(texts: Iterable[str]) -> str:
    """Return the task of text files: by the number of coordinates in most of their rows."""
    sizes = Counter(line.count(" ") for text in texts for line in text_lines(text))
    if not sizes:
        return "detect"
    return next((task for task, size in _COORDINATES.items() if sizes[size] > sizes.total() / 2), "segment")


def parse_row(line: str, task: str) -> Row:
    """Return a row of a file for a task.

    Raises:
        DamagedError: the row has another form; of kind `range` for a coordinate that is not a number from 0 to 1.
    """
    first, *others = line.split(" ")
    if not _CLASS.fullmatch(first):
        raise DamagedError(f"class {quoted(first)} is not a number")
    fixed = _COORDINATES.get(task)
    if len(others) != fixed if fixed else len(others) < _FEWEST_COORDINATES or len(others) % 2:
        raise DamagedError(f"{len(others)} coordinates are invalid for task {task}")
    return Row(int(first), _coordinates(others))


def _coordinates(texts: list[str]) -> NDArray[np.float64]:
    if _CHARACTERS.issuperset("".join(texts)):  # there may be millions
        with suppress(ValueError):
            coordinates = np.fromiter(map(float, texts), np.float64, len(texts))
            if ((coordinates >= 0) & (coordinates <= 1)).all():
                return coordinates
    return np.array([_coordinate(text) for text in texts])  # which says what is wrong


def _coordinate(text: str) -> float:
    try:
        coordinate = float(text if _NUMBER.fullmatch(text) else "")
    except ValueError:
        raise DamagedError(f"coordinate {quoted(text)} is not a number") from None
    if not (math.isfinite(coordinate) and 0 <= coordinate <= 1):
        raise DamagedError(f"coordinate {coordinate} is not between 0 and 1", "range")
    return coordinate


def row_box(row: Row, height: int, width: int) -> Box:
    """Return the box x0, y0, x1, y1 of a detection row in pixels, half-open.

    Sides are integers if the distance from one is explained by rounding to six decimals.
    """
    x, y, w, h = row.coordinates.tolist()
    return (
        _snapped((x - w / 2) * width, width),
        _snapped((y - h / 2) * height, height),
        _snapped((x + w / 2) * width, width),
        _snapped((y + h / 2) * height, height),
    )


def _snapped(side: float, size: int) -> float:
    # Rounding shifts the center by up to half a decimal, and half of the extent by up to half of that.
    return float(round(side)) if abs(side - round(side)) <= 1.5 * _HALF_DECIMAL * size + 1e-9 else side


def row_points(row: Row, height: int, width: int) -> NDArray[np.float64]:
    """Return the points x, y of a row in pixels, float64 (K, 2)."""
    return row.coordinates.reshape(-1, 2) * (width, height)


def fill(points: NDArray[np.float64], take: Callable[[int], None] | None = None) -> BoundedMask:
    """Return the mask of an outline as Ultralytics fills it: coordinates truncated to integers, then `cv2.fillPoly`.

    Args:
        points: the points x, y in pixels, float64 (K, 2).
        take: is told the work in pixels before it takes memory or time; may raise an error.
    """
    import cv2

    truncated = points.astype(np.int32)
    corner = truncated.min(axis=0)
    width, height = (truncated.max(axis=0) - corner + 1).tolist()
    if take:
        take(width * height + _filling_work(truncated - corner))
    canvas = np.zeros((height, width), np.uint8)
    cv2.fillPoly(canvas, [truncated - corner], 1)
    filled = bounded_mask(canvas)
    return filled._replace(x=filled.x + int(corner[0]), y=filled.y + int(corner[1]))


def _filling_work(points: NDArray[np.int32]) -> int:
    """Return about how many pixels could be filled in the time that OpenCV needs for the sides of an outline.

    It draws them, and in each row sorts those that cross it by exchanging neighbors.
    """
    following = np.roll(points, -1, axis=0)
    length = int(np.abs(following - points).max(axis=1).sum()) + len(points)
    rows = np.sort(np.stack((points[:, 1], following[:, 1])), axis=0)
    first, last = (np.bincount(ends, minlength=int(rows.max()) + 1) for ends in rows)
    crossing = np.cumsum(first - last)
    return length + int((crossing**2).sum()) // _EXCHANGES_PER_PIXEL
