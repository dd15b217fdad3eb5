"""COCO files, read back: first the data set, then one annotation at a time.

Run-length codes are read here, and pycocotools fills polygons. It is written in C and trusts its input: it reads past
the end of a truncated code, leaves pixels after the last run undefined, and crashes on polygons of very many points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np

from cityconv.check.allowance import ExhaustedError
from cityconv.check.bounded_mask import BoundedMask, mask_of_runs
from cityconv.check.reading import DamagedError, check_box, decode_json
from cityconv.errors import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.check.allowance import MaskAllowance
    from cityconv.check.bounded_mask import Box
    from cityconv.vocabulary import Segmentation

_FIRST_GROUP = 48  # the code of the first character
_GROUP_WORK = 20  # pixels that could be filled in the time that a group takes
_SPARE_GROUPS = 8  # beside two for each pixel, which is more than runs of at least one pixel need
_MOST_GROUPS = 7  # of a run length: 35 bits
_LONGEST_DESCRIPTION = 500  # characters
_FEWEST_COORDINATES = 6  # of a polygon
_RING_WORK = 500  # pixels of outline that could be filled in the time that a polygon takes in addition


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


class _File(msgspec.Struct):
    images: list[CocoImage]
    categories: list[CocoCategory]
    annotations: list[dict[str, Any]]
    info: Any = None


class _Rle(msgspec.Struct):
    size: tuple[int, int]
    counts: str | list[int]


class _Annotation(msgspec.Struct):
    id: int
    image_id: int
    category_id: int
    iscrowd: Literal[0, 1]
    area: float
    bbox: tuple[float, float, float, float]
    segmentation: _Rle | list[list[float]]


def parse_coco(content: bytes, images: int) -> CocoDataset:
    """Return the content of a file that should have a number of images.

    Raises:
        DamagedError: not JSON, or a field of an image or category is missing or of another type.
    """
    try:
        fields = msgspec.convert(decode_json(content, images), _File)
        _check_ids(fields.annotations)
    except (DamagedError, msgspec.ValidationError, ArithmeticError, ValueError) as error:
        raise DamagedError(f"not a COCO file: {error}") from None
    description = fields.info.get("description") if isinstance(fields.info, dict) else None
    stated = description[:_LONGEST_DESCRIPTION] if isinstance(description, str) else ""
    return CocoDataset(fields.images, fields.categories, fields.annotations, stated)


def _check_ids(annotations: list[dict[str, Any]]) -> None:
    for index, annotation in enumerate(annotations):
        for key in ("id", "image_id"):
            if type(annotation.get(key)) is not int:
                raise DamagedError(f"{key} is not an integer - at `$.annotations[{index}]`")


def segmentation_of(annotation: dict[str, Any]) -> Segmentation:
    """Return how the mask of an annotation, as loaded, is encoded."""
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        return "uncompressed-rle" if isinstance(segmentation.get("counts"), list) else "rle"
    return "polygon" if segmentation else "none"


def parse_annotation(annotation: dict[str, Any], height: int, width: int, allowance: MaskAllowance) -> CocoObject:
    """Return the object of an annotation, as loaded, in an image of a given size.

    Raises:
        ExhaustedError: the mask takes more than the allowance.
        DamagedError: a field is missing, of another type, or breaks a rule; of kind `range` for a coordinate outside
            the image, of kind `size` for a mask of another size.
    """
    try:
        fields = msgspec.convert(annotation, _Annotation)
    except (msgspec.ValidationError, ArithmeticError, ValueError) as error:
        raise DamagedError(f"annotation {quoted(str(annotation.get('id')))}: {error}") from None
    label = f"annotation {fields.id}"
    x, y, w, h = fields.bbox
    box = (x, y, x + w, y + h)
    check_box(label, box, height, width)
    try:
        mask = _mask(fields.segmentation, height, width, allowance)
    except ExhaustedError:
        raise
    except DamagedError as error:
        raise DamagedError(f"{label}: {error}", error.kind) from None
    return CocoObject(
        fields.id, fields.category_id, bool(fields.iscrowd), fields.area, box, mask, segmentation_of(annotation)
    )


def _mask(
    segmentation: _Rle | list[list[float]], height: int, width: int, allowance: MaskAllowance
) -> BoundedMask | None:
    if not segmentation:
        return None
    if isinstance(segmentation, _Rle):
        if segmentation.size != (height, width):
            message = f"a mask of {segmentation.size[1]} x {segmentation.size[0]} pixels"
            raise DamagedError(f"{message} in an image of {width} x {height}", "size")
        counts: str | list[int] = segmentation.counts
        allowance.take(_GROUP_WORK * len(counts))
    else:
        counts = _fill(segmentation, height, width, allowance)
    pixels = height * width
    lengths = run_lengths(counts, pixels) if isinstance(counts, str) else _checked_lengths(counts, pixels)
    if lengths is None:
        raise DamagedError("run lengths that do not add up to the pixels of the image")
    return _mask_of_lengths(lengths, height, allowance)


def _checked_lengths(counts: list[int], pixels: int) -> NDArray[np.int64] | None:
    """Return the run lengths of an uncompressed code of an image; None if it is not a valid code of it."""
    if min(counts, default=0) < 0 or sum(counts) != pixels:
        return None
    return np.array(counts, np.int64)


def run_lengths(counts: str, pixels: int) -> NDArray[np.int64] | None:
    """Return the run lengths that a compressed code of an image holds, int64; None if it is not a valid code of it.

    Each length is written in groups of 5 bits, lowest first, as a character of code 48 + bits. Bit 5 is set if more
    groups follow. Bit 4 of the last group is the sign. From the fourth length on, the length before the previous one
    is subtracted. A code with more groups than a length needs is not valid. Source: `rleToString` in pycocotools'
    maskApi.c.
    """
    if not counts or len(counts) > 2 * pixels + _SPARE_GROUPS or not counts.isascii():
        return None
    groups = np.frombuffer(counts.encode(), np.uint8).astype(np.int64) - _FIRST_GROUP
    last = np.flatnonzero(groups & 32 == 0)
    if groups.min() < 0 or groups.max() > 63 or not len(last) or last[-1] != len(groups) - 1:
        return None
    first = np.append(0, last[:-1] + 1)
    size = last - first + 1
    if size.max() > _MOST_GROUPS:
        return None
    before_last = np.where(size > 1, groups[last - 1] & 16, -1)  # the sign as of the group before the last
    if ((groups[last] == 0) & (before_last == 0) | (groups[last] == 31) & (before_last == 16)).any():
        return None
    shift = 5 * (np.arange(len(groups)) - np.repeat(first, size))
    lengths = np.add.reduceat((groups & 31) << shift, first)
    lengths -= np.where(groups[last] & 16, 32 << shift[last], 0)
    lengths[1::2] = np.cumsum(lengths[1::2])
    lengths[2::2] = np.cumsum(lengths[2::2])
    return None if (lengths < 0).any() or int(lengths.sum()) != pixels else lengths


def _mask_of_lengths(lengths: NDArray[np.int64], height: int, allowance: MaskAllowance) -> BoundedMask:
    """Return the mask of alternating runs outside and inside it, from pixel to pixel down each column in turn."""
    ends = np.cumsum(lengths)
    start, stop = ends[: len(ends) // 2 * 2 : 2], ends[1::2]
    start, stop = start[stop > start], stop[stop > start]
    first, columns = start // height, -(-stop // height) - start // height
    run = np.repeat(np.arange(len(start)), columns)
    column = first[run] + np.arange(len(run)) - np.repeat(np.cumsum(columns) - columns, columns)
    top, bottom = np.maximum(start[run], column * height), np.minimum(stop[run], (column + 1) * height)
    turned = mask_of_runs(top, bottom, height, allowance.take)
    return BoundedMask(turned.y, turned.x, turned.pixels.T, turned.area)


def _fill(rings: list[list[float]], height: int, width: int, allowance: MaskAllowance) -> str:
    """Return the run-length code of polygons, as pycocotools fills them."""
    from pycocotools import mask

    most = 2 * (height + 1) * (width + 1)  # the sides of all pixels: longer than any outline of pixels
    allowance.take_outline(_RING_WORK * len(rings))
    total = 0.0
    for ring in rings:
        if len(ring) < _FEWEST_COORDINATES or len(ring) % 2:
            raise DamagedError(f"a polygon of {len(ring)} coordinates")
        points = np.array(ring).reshape(-1, 2)
        if not (np.isfinite(points).all() and (points >= 0).all() and (points <= (width, height)).all()):
            raise DamagedError("a polygon that leaves the image", "range")
        # pycocotools makes points along each side: in memory of this size, times a hundred bytes.
        total += len(points) + float(np.abs(np.roll(points, -1, axis=0) - points).max(axis=1).sum())
        if total > most:
            raise DamagedError(f"polygons with more than {most:,} pixels of outline")
    allowance.take_outline(total)
    code: bytes = mask.merge(mask.frPyObjects(rings, height, width))["counts"]
    return code.decode()
