"""Pascal VOC's XML, read by a validating parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.consumers.conftest import Convert

# The elements of the VOC devkit's files, in their order.
GRAMMAR = """
<!ELEMENT annotation (folder, filename, source, size, segmented, object*)>
<!ELEMENT source (database)>
<!ELEMENT size (width, height, depth)>
<!ELEMENT object (name, pose, truncated, occluded, difficult, bndbox)>
<!ELEMENT bndbox (xmin, ymin, xmax, ymax)>
""" + "".join(
    f"<!ELEMENT {name} (#PCDATA)>"
    for name in (
        *("folder", "filename", "database", "width", "height", "depth", "segmented"),
        *("name", "pose", "truncated", "occluded", "difficult", "xmin", "ymin", "xmax", "ymax"),
    )
)


def test_every_file_is_valid(convert: Convert) -> None:
    etree = pytest.importorskip("lxml.etree", reason="lxml is not installed")
    from io import StringIO

    grammar = etree.DTD(StringIO(GRAMMAR))
    strict = etree.XMLParser(recover=False, resolve_entities=False)
    paths = list((convert("voc", "--task", "instance") / "VOCdevkit/VOC2012/Annotations").iterdir())
    assert paths
    objects = 0
    for path in paths:
        tree = etree.parse(str(path), strict)
        grammar.assertValid(tree)
        objects += len(tree.findall("object"))
        for box in tree.iter("bndbox"):
            x0, y0, x1, y1 = (int(side.text) for side in box)
            assert 1 <= x0 <= x1 <= 2048
            assert 1 <= y0 <= y1 <= 1024
    assert objects > 50
