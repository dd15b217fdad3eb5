"""COCO files, read back with pycocotools: first the data set, then one annotation at a time."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np

from cityconv.check.bounded_mask import bounded_mask
from cityconv.check.reading import DamagedError, check_box
from cityconv.errors import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.check.bounded_mask import BoundedMask, Box
    from cityconv.vocabulary import Segmentation

_COUNTS = re.compile("([P-o]{0,11}[0-O])+")  # no run of pixels needs more than 12 characters
_FEWEST_COORDINATES = 6  # of a polygon


class CocoCategory(msgspec.Struct, frozen=True):
    """A category, as COCO defines it."""

    id: int
    name: str
    supercategory: str


class CocoImage(msgspec.Struct, frozen=True):
    """An image, as COCO defines it."""

    id: int
    file_name: str
    width: int
    height: int


class CocoDataset(NamedTuple):
    """The content of a file.

    Attributes:
        images: the images.
        categories: the categories.
        annotations: the annotations as loaded, for `parse_annotation`; each has an `id` and an `image_id`.
        description: what the file says about itself; empty if it says nothing.
    """

    images: list[CocoImage]
    categories: list[CocoCategory]
    annotations: list[dict[str, Any]]
    description: str


class CocoObject(NamedTuple):
    """An annotation.

    Attributes:
        id: its id.
        category_id: the id of its category.
        is_crowd: whether it is a crowd.
        area: its area in pixels as stated.
        box: x0, y0, x1, y1 in pixels, half-open.
        mask: its pixels; None if it has no mask.
        segmentation: how the mask is encoded.
    """

    id: int
    category_id: int
    is_crowd: bool
    area: float
    box: Box
    mask: BoundedMask | None
    segmentation: Segmentation


class _Rle(msgspec.Struct):
    size: tuple[int, int]
    counts: str


class _Annotation(msgspec.Struct):
    id: int
    image_id: int
    category_id: int
    iscrowd: Literal[0, 1]
    area: float
    bbox: tuple[float, float, float, float]
    segmentation: _Rle | list[list[float]]


def read_coco(path: Path) -> CocoDataset:
    """Return the content of a file.

    Raises:
        DamagedError: the file cannot be read, or pycocotools does not accept it, or a field of an image or category is
            missing or of another type.
    """
    from pycocotools.coco import COCO

    if not path.is_file():
        raise DamagedError("not a regular file")
    try:
        with contextlib.redirect_stdout(None):  # pycocotools prints
            content = COCO(path).dataset
        info = content.get("info")
        return CocoDataset(
            msgspec.convert(content["images"], list[CocoImage]),
            msgspec.convert(content["categories"], list[CocoCategory]),
            msgspec.convert(content["annotations"], list[dict[str, Any]]),
            str(info.get("description", "")) if isinstance(info, dict) else "",
        )
    except Exception as error:  # pycocotools validates nothing, so any content may make it fail in any way
        raise DamagedError(f"not a COCO file: {type(error).__name__}: {error}") from None


def segmentation_of(annotation: dict[str, Any]) -> Segmentation:
    """Return how the mask of an annotation, as loaded, is encoded."""
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        return "rle"
    return "polygon" if segmentation else "none"


def parse_annotation(annotation: dict[str, Any], height: int, width: int) -> CocoObject:
    """Return the object of an annotation, as loaded, in an image of a given size.

    Raises:
        DamagedError: a field is missing, of another type, or breaks a rule; of kind `range` for a coordinate outside
            the image, of kind `size` for a mask of another size.
    """
    try:
        fields = msgspec.convert(annotation, _Annotation)
    except msgspec.ValidationError as error:
        raise DamagedError(f"annotation {quoted(str(annotation.get('id')))}: {error}") from None
    label = f"annotation {fields.id}"
    x, y, w, h = fields.bbox
    box = (x, y, x + w, y + h)
    check_box(label, box, height, width)
    mask = _mask(fields.segmentation, label, height, width)
    return CocoObject(
        fields.id, fields.category_id, bool(fields.iscrowd), fields.area, box, mask, segmentation_of(annotation)
    )


def _mask(segmentation: _Rle | list[list[float]], label: str, height: int, width: int) -> BoundedMask | None:
    from pycocotools import mask

    if not segmentation:
        return None
    if isinstance(segmentation, _Rle):
        _check_rle(segmentation, label, height, width)
        rle: Any = {"size": [height, width], "counts": segmentation.counts}
    else:
        for ring in segmentation:
            _check_ring(ring, label, height, width)
        rle = mask.merge(mask.frPyObjects(segmentation, height, width))
    pixels: NDArray[np.uint8] = mask.decode(rle)
    transposed = bounded_mask(pixels.T)  # pycocotools stores columns contiguously, OpenCV needs rows
    return transposed._replace(x=transposed.y, y=transposed.x, pixels=transposed.pixels.T)


def _check_rle(rle: _Rle, label: str, height: int, width: int) -> None:
    if rle.size != (height, width):
        message = f"a mask of {rle.size[1]} x {rle.size[0]} pixels in an image of {width} x {height}"
        raise DamagedError(f"{label}: {message}", "size")
    # pycocotools reads past the end of truncated counts, and leaves the pixels after the last run undefined.
    if _run_lengths_total(rle.counts) != height * width:
        raise DamagedError(f"{label}: run lengths that do not add up to the pixels of the image")


def _run_lengths_total(counts: str) -> int | None:
    """Return the sum of compressed run lengths; None if the text is not valid.

    Each length is written in groups of 5 bits, lowest first, as a character of code 48 + bits. Bit 5 is set if more
    groups follow. Bit 4 of the last group is the sign. From the fourth length on, the length before the previous one
    is subtracted. Source: `rleToString` in pycocotools' maskApi.c.
    """
    if not _COUNTS.fullmatch(counts):
        return None
    groups = np.frombuffer(counts.encode(), np.uint8).astype(np.int64) - 48
    last = np.flatnonzero(groups & 32 == 0)
    first = np.append(0, last[:-1] + 1)
    shift = 5 * (np.arange(len(groups)) - np.repeat(first, last - first + 1))
    lengths = np.add.reduceat((groups & 31) << shift, first)
    lengths -= np.where(groups[last] & 16, 32 << shift[last], 0)
    lengths[1::2] = np.cumsum(lengths[1::2])
    lengths[2::2] = np.cumsum(lengths[2::2])
    return None if (lengths < 0).any() else int(lengths.sum())


def _check_ring(ring: list[float], label: str, height: int, width: int) -> None:
    points = np.array(ring)
    if len(ring) < _FEWEST_COORDINATES or len(ring) % 2:
        raise DamagedError(f"{label}: a polygon of {len(ring)} coordinates")
    if not (np.isfinite(points).all() and (points >= 0).all() and (points.reshape(-1, 2) <= (width, height)).all()):
        raise DamagedError(f"{label}: a polygon that leaves the image", "range")
