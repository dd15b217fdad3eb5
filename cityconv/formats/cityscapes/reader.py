"""Polygon JSON, read back strictly: what the release has, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cityconv.check.reading import DamagedError, decode_json
from cityconv.errors import AnnotationError
from cityconv.source.polygons import parse_annotation

if TYPE_CHECKING:
    from cityconv.source.labels.table import LabelTable
    from cityconv.source.polygons import Annotation

_DOCUMENT = ["imgHeight", "imgWidth", "objects"]
_OBJECT = ["label", "polygon"]


def parse_polygons(content: bytes, table: LabelTable) -> Annotation:
    """Return the content of a file.

    Raises:
        DamagedError: other keys or another order than in the release, a coordinate that is no integer, an empty
            polygon, or what makes an annotation unreadable (see `parse_annotation`).
    """
    document = decode_json(content, images=1)
    _check_keys(document, _DOCUMENT, "$")
    if not isinstance(document["objects"], list):
        raise DamagedError("not a list - at `$.objects`")
    for index, item in enumerate(document["objects"]):
        where = f"$.objects[{index}]"
        _check_keys(item, _OBJECT, where)
        polygon = item["polygon"]
        if not isinstance(polygon, list) or not polygon or not all(map(_is_point, polygon)):
            raise DamagedError(f"not a list of points of two integers each - at `{where}.polygon`")
    try:
        return parse_annotation(content, "", table)
    except AnnotationError as error:
        raise DamagedError(str(error).removeprefix(": ")) from None


def _check_keys(item: object, keys: list[str], where: str) -> None:
    if not isinstance(item, dict) or list(item) != keys:
        raise DamagedError(f"expected the keys {', '.join(keys)}, in this order - at `{where}`")


def _is_point(point: Any) -> bool:  # noqa: ANN401 - JSON can hold anything
    return isinstance(point, list) and [type(number) for number in point] == [int, int]
