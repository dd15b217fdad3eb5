"""COCO panoptic files, read back: the JSON as typed values, and the PNGs as segment ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cityconv.check.png import PngForm, read_png
from cityconv.check.reading import DamagedError, decode_json

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PanopticCategory(msgspec.Struct, frozen=True):
    """A category, as COCO defines it."""

    id: int
    name: str
    color: tuple[int, int, int]
    supercategory: str
    isthing: int


class PanopticImage(msgspec.Struct, frozen=True):
    """An image, as COCO defines it; Cityscapes has names for ids."""

    id: int | str
    file_name: str
    width: int
    height: int


class PanopticSegment(msgspec.Struct, frozen=True):
    """A segment, as COCO defines it; `bbox` is x, y, width, height in pixels."""

    id: int
    category_id: int
    area: float
    bbox: tuple[float, float, float, float]
    iscrowd: int


class PanopticAnnotation(msgspec.Struct, frozen=True):
    """The segments of an image, as COCO defines it; `file_name` is the PNG."""

    image_id: int | str
    file_name: str
    segments_info: list[PanopticSegment]


class PanopticDataset(msgspec.Struct, frozen=True):
    """The content of a JSON file."""

    categories: list[PanopticCategory]
    images: list[PanopticImage]
    annotations: list[PanopticAnnotation]


def parse_panoptic(content: bytes, images: int) -> PanopticDataset:
    """Return the content of a JSON file that should have a number of images.

    Raises:
        DamagedError: not JSON, or a field is missing or of another type; the message has the path of the field.
    """
    try:
        return msgspec.convert(decode_json(content, images), PanopticDataset)
    except (DamagedError, msgspec.ValidationError, ArithmeticError, ValueError) as error:
        raise DamagedError(f"not a COCO panoptic file: {error}") from None


def parse_segment_ids(content: bytes, height: int, width: int) -> NDArray[np.uint32]:
    """Return the segment ids in a PNG: uint32 (H, W), red + 256 * green + 65,536 * blue, 0 for no segment.

    Raises:
        DamagedError: see `read_png`.
    """
    import cv2

    pixels = read_png(content, height, width, PngForm.RGB_8).pixels
    with_alpha: NDArray[np.uint32] = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGBA).view("<u4")[..., 0]
    return with_alpha & np.uint32(0xFFFFFF)
