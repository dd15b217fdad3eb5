"""The XML files of Pascal VOC, read strictly: what should be there, once, in its place, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

from cityconv.check.png import DamagedError

if TYPE_CHECKING:
    from cityconv.check.bounded_mask import Box

_ELEMENTS = ("folder", "filename", "source", "size", "segmented")
_OBJECT = ("name", "pose", "truncated", "occluded", "difficult", "bndbox")
_SIDES = ("xmin", "ymin", "xmax", "ymax")
_WHOLE = re.compile(r"-?\d{1,9}")


class VocObject(NamedTuple):
    """An object.

    Attributes:
        name: its class.
        box: x0, y0, x1, y1 in pixels, half-open.
        flags: `truncated`, `occluded` and `difficult`.
    """

    name: str
    box: Box
    flags: dict[str, bool]


class VocAnnotation(NamedTuple):
    """What an XML file says; texts as they are."""

    folder: str
    filename: str
    width: int
    height: int
    depth: int
    segmented: bool
    objects: list[VocObject]


def read_xml(text: str) -> VocAnnotation:
    """Return what an XML file says.

    Raises:
        DamagedError: it is not well-formed, or lacks something, or has what the format does not know.
    """
    if "<!DOCTYPE" in text:  # entities could unfold without end
        raise DamagedError("XML with a document type")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - there can be no entities
    except ElementTree.ParseError as error:
        raise DamagedError(f"no well-formed XML: {error}") from None
    if root.tag != "annotation":
        raise DamagedError(f"<{root.tag}> where <annotation> is expected")
    objects = root.findall("object")
    for element in objects:
        root.remove(element)
    folder, filename, _, size, segmented = _children(root, _ELEMENTS)
    width, height, depth = (_number(item) for item in _children(size, ("width", "height", "depth")))
    return VocAnnotation(
        folder.text or "", filename.text or "", width, height, depth, _flag(segmented), list(map(_object, objects))
    )


def _object(element: ElementTree.Element) -> VocObject:
    name, _, truncated, occluded, difficult, box = _children(element, _OBJECT)
    x0, y0, x1, y1 = (_number(side) for side in _children(box, _SIDES))
    flags = {item.tag: _flag(item) for item in (truncated, occluded, difficult)}
    # VOC counts pixels from 1, and both ends are inside.
    return VocObject(name.text or "", (x0 - 1, y0 - 1, x1, y1), flags)


def _children(element: ElementTree.Element, tags: tuple[str, ...]) -> list[ElementTree.Element]:
    found = list(element)
    if tuple(child.tag for child in found) != tags:
        names = ", ".join(child.tag for child in found)
        raise DamagedError(f"<{element.tag}> has {names or 'nothing'} in it where {', '.join(tags)} are expected")
    return found


def _number(element: ElementTree.Element) -> int:
    if not _WHOLE.fullmatch(element.text or ""):
        raise DamagedError(f"<{element.tag}> is {element.text!r}, no whole number")
    return int(element.text or "")


def _flag(element: ElementTree.Element) -> bool:
    if element.text not in ("0", "1"):
        raise DamagedError(f"<{element.tag}> is {element.text!r}, neither 0 nor 1")
    return element.text == "1"
