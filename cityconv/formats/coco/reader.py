"""The annotations of one image in a COCO file, checked one by one and decoded by pycocotools."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from cityconv.check.bounded_mask import bounded_mask
from cityconv.check.findings import FindingKind
from cityconv.check.matching import MatchedObject, place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.check.bounded_mask import BoundedMask

_COUNTS = re.compile("([P-o]{0,11}[0-O])+")  # more than 12 characters for one length cannot be meant
_FEWEST_COORDINATES = 6


class _Rle(msgspec.Struct):
    size: tuple[int, int]
    counts: str


class CocoAnnotation(msgspec.Struct):
    """One annotation, as COCO defines it."""

    id: int
    image_id: int
    category_id: int
    iscrowd: Literal[0, 1]
    area: float
    bbox: tuple[float, float, float, float]
    segmentation: _Rle | list[list[float]]

    @property
    def form(self) -> str:
        """How the mask is written."""
        return form_of(self.segmentation)


class BadAnnotationError(Exception):
    """An annotation breaks a rule; carries the kind of finding and what is wrong."""

    def __init__(self, kind: FindingKind, what: str) -> None:
        super().__init__(what)
        self.kind: FindingKind = kind


def form_of(segmentation: object) -> str:
    """Return how a mask is written: `rle`, `polygon` or `none`."""
    if isinstance(segmentation, (dict, _Rle)):
        return "rle"
    return "polygon" if segmentation else "none"


def read_annotation(
    raw: object, height: int, width: int, names: dict[int, str]
) -> tuple[CocoAnnotation, MatchedObject]:
    """Return an annotation, typed, and the object that it stands for.

    Args:
        raw: as pycocotools loaded it.
        height: rows of the image.
        width: columns of the image.
        names: the name of each category id.

    Raises:
        BadAnnotationError: something in it breaks a rule.
    """
    try:
        annotation = msgspec.convert(raw, CocoAnnotation)
    except msgspec.ValidationError as error:
        raise BadAnnotationError("unreadable", str(error)) from None
    label = f"annotation {annotation.id}"
    if annotation.category_id not in names:
        raise BadAnnotationError("class", f"{label}: category {annotation.category_id} is none of the file's")
    x, y, w, h = annotation.bbox
    box = (x, y, x + w, y + h)
    check_box(label, box, height, width)
    mask = _mask(annotation, label, height, width)
    return annotation, MatchedObject(names[annotation.category_id], bool(annotation.iscrowd), box, mask, label)


def check_box(label: str, box: tuple[float, float, float, float], height: int, width: int) -> None:
    """Raise BadAnnotationError when a box is none, or reaches out of the image."""
    if not all(map(math.isfinite, box)):
        raise BadAnnotationError("range", f"{label}: a box of {', '.join(map(str, box))}")
    if not (0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height):
        raise BadAnnotationError("range", f"{label}: the box {place(box)} is not within {width} x {height} pixels")


def _mask(annotation: CocoAnnotation, label: str, height: int, width: int) -> BoundedMask | None:
    from pycocotools import mask

    segmentation = annotation.segmentation
    if isinstance(segmentation, _Rle):
        if segmentation.size != (height, width):
            rows, columns = segmentation.size
            what = f"a mask for {columns} x {rows} pixels in an image of {width} x {height}"
            raise BadAnnotationError("size", f"{label}: {what}")
        # pycocotools reads on behind a code that is cut off, and leaves pixels unset that a short one does not reach.
        if _pixels_of(segmentation.counts) != height * width:
            raise BadAnnotationError("unreadable", f"{label}: a run-length code that does not fill the image")
        code: Any = {"size": [height, width], "counts": segmentation.counts}
    elif segmentation:
        for ring in segmentation:
            _check_ring(ring, label, height, width)
        code = mask.merge(mask.frPyObjects(segmentation, height, width))
    else:
        return None
    # pycocotools stores columns one after the other, and OpenCV wants rows.
    pixels: NDArray[np.uint8] = mask.decode(code)
    across = bounded_mask(pixels.T)
    return across._replace(x=across.y, y=across.x, pixels=across.pixels.T)


def _pixels_of(counts: str) -> int | None:
    """Return how many pixels the runs of a compressed code add up to; None when it is no code.

    Each length is written in groups of 5 bits, lowest first, bit 5 set when more follow, bit 4 of the last group the
    sign, plus 48; from the fourth length on less the one two before.
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
        raise BadAnnotationError("unreadable", f"{label}: a polygon of {len(ring)} numbers")
    if not (np.isfinite(points).all() and (points >= 0).all() and (points.reshape(-1, 2) <= (width, height)).all()):
        raise BadAnnotationError("range", f"{label}: a polygon that leaves the image")
