"""Pascal VOC files, read back strictly: every element exactly once, in its place, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

from cityconv.check.png import Png, PngForm, read_png
from cityconv.check.reading import DamagedError, decode_text, text_lines
from cityconv.errors import quoted

if TYPE_CHECKING:
    from cityconv.check.bounded_mask import Box

_ELEMENTS = ("folder", "filename", "source", "size", "segmented")
_OBJECT = ("name", "pose", "truncated", "occluded", "difficult", "bndbox")
_SIDES = ("xmin", "ymin", "xmax", "ymax")
_MOST_NAMED = 8  # of unexpected elements, in messages
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_DECLARED_ENCODING = re.compile(r"""<\?xml\s[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([^"']{0,99})""")
_PRESENCES = ("-1", "0", "1")


class VocObject(NamedTuple):
    """An object.

    Attributes:
        name: its class.
        box: x0, y0, x1, y1 in pixels, half-open.
        flags: `truncated`, `occluded`, and `difficult`.
    """

    name: str
    box: Box
    flags: dict[str, bool]


class VocAnnotation(NamedTuple):
    """The content of an XML file.

    Attributes:
        folder: the folder of the year.
        filename: the file name of the image.
        width: width of the image in pixels.
        height: height of the image in pixels.
        depth: number of channels of the image.
        segmented: whether there are segmentation PNGs.
        objects: the objects in order.
    """

    folder: str
    filename: str
    width: int
    height: int
    depth: int
    segmented: bool
    objects: list[VocObject]


class ImageSetRow(NamedTuple):
    """A line of an image set.

    Attributes:
        image: the name of the image.
        presence: in the set of a class, whether the image has objects of it: -1 for none, 0 for only difficult ones,
            1 for others; None in a set of all classes.
    """

    image: str
    presence: int | None


def parse_annotation(content: bytes) -> VocAnnotation:
    """Return the content of an XML file.

    Raises:
        DamagedError: the file is not well-formed UTF-8, or has missing, extra, or misplaced elements.
    """
    text = decode_text(content)
    if "<!DOCTYPE" in text:  # entities could expand to any size
        raise DamagedError("an XML file with a document type")
    declared = _DECLARED_ENCODING.match(text)
    if declared and declared[1].lower() != "utf-8":
        raise DamagedError(f"declared to be {quoted(declared[1])}, not UTF-8")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without a document type there are no entities
    except ElementTree.ParseError as error:
        raise DamagedError(f"not well-formed XML: {error}") from None
    if root.tag != "annotation":
        raise DamagedError(f"<{root.tag}> where <annotation> is expected")
    objects = root.findall("object")
    root[:] = [element for element in root if element.tag != "object"]
    folder, filename, _, size, segmented = _children(root, _ELEMENTS)
    width, height, depth = (_integer(item) for item in _children(size, ("width", "height", "depth")))
    return VocAnnotation(
        folder.text or "",
        filename.text or "",
        width,
        height,
        depth,
        _flag(segmented),
        [_object(element, index) for index, element in enumerate(objects, 1)],
    )


def _object(element: ElementTree.Element, index: int) -> VocObject:
    try:
        name, _, truncated, occluded, difficult, box = _children(element, _OBJECT)
        x0, y0, x1, y1 = (_integer(side) for side in _children(box, _SIDES))
        flags = {item.tag: _flag(item) for item in (truncated, occluded, difficult)}
    except DamagedError as error:
        raise DamagedError(f"object {index}: {error}") from None
    # VOC counts pixels from 1, and its boxes include both ends.
    return VocObject(name.text or "", (x0 - 1, y0 - 1, x1, y1), flags)


def _children(element: ElementTree.Element, tags: tuple[str, ...]) -> list[ElementTree.Element]:
    children = list(element)
    if tuple(child.tag for child in children) != tags:
        names = [child.tag for child in children[:_MOST_NAMED]] + ["..."] * (len(children) > _MOST_NAMED)
        actual = ", ".join(names) or "nothing"
        raise DamagedError(f"<{element.tag}> contains {actual} where {', '.join(tags)} are expected")
    return children


def _integer(element: ElementTree.Element) -> int:
    if not _INTEGER.fullmatch(element.text or ""):
        raise DamagedError(f"<{element.tag}> is {quoted(element.text or '')} where an integer is expected")
    return int(element.text or "")


def _flag(element: ElementTree.Element) -> bool:
    if element.text not in ("0", "1"):
        raise DamagedError(f"<{element.tag}> is {quoted(element.text or '')} where 0 or 1 is expected")
    return element.text == "1"


def parse_image_set(text: str, *, of_class: bool) -> list[ImageSetRow]:
    """Return the lines of an image set.

    Args:
        text: the content of the file.
        of_class: whether it is the set of one class, which states a presence for each image.

    Raises:
        DamagedError: a line has another form.
    """
    rows = []
    for number, line in enumerate(text_lines(text), 1):
        image, presence = line, ""
        if of_class:  # the name ends at the first blank; in other sets, a name may contain blanks
            cells = line.split(" ", 1)
            image, presence = (cells[0], cells[1].removeprefix(" ")) if len(cells) == 2 else ("", "")
        if not image.strip() or image != image.strip() or (of_class and presence not in _PRESENCES):
            form = "an image name and -1, 0, or 1" if of_class else "an image name"
            raise DamagedError(f"line {number}: not {form}")
        rows.append(ImageSetRow(image, int(presence) if of_class else None))
    return rows


def parse_segmentation(content: bytes, height: int, width: int) -> Png:
    """Return the indices, uint8 (H, W), and the palette of a segmentation PNG.

    Raises:
        DamagedError: see `read_png`.
    """
    return read_png(content, height, width, PngForm.INDEXED_8)
