"""COCO files, read back: first the data set, then one annotation at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from cityconv.check.reading import DamagedError, check_box, decode_json
from cityconv.errors import quoted
from cityconv.frame.coco_masks import read_mask
from cityconv.frame.mask_allowance import MaskError
from cityconv.source.coco_annotations import Rings, RunLengthCode

if TYPE_CHECKING:
    from cityconv.check.allowance import MaskAllowance
    from cityconv.check.bounded_mask import Box
    from cityconv.raster.bounded_mask import BoundedMask
    from cityconv.vocabulary import Segmentation

_LONGEST_DESCRIPTION = 500  # characters


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


class _Annotation(msgspec.Struct):
    id: int
    image_id: int
    category_id: int
    iscrowd: Literal[0, 1]
    area: float
    bbox: tuple[float, float, float, float]
    segmentation: RunLengthCode | Rings


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
        mask = read_mask(fields.segmentation, height, width, allowance) if fields.segmentation else None
    except MaskError as error:
        raise DamagedError(f"{label}: {error}", error.kind) from None
    return CocoObject(
        fields.id, fields.category_id, bool(fields.iscrowd), fields.area, box, mask, segmentation_of(annotation)
    )
