"""XML of annotations that is not what it says it is."""

from __future__ import annotations

import pytest

from cityconv.check.reading import DamagedError
from cityconv.formats.voc.reader import parse_annotation

ANNOTATION = (
    "<annotation><folder>VOC2012</folder><filename>a.png</filename><source><database>x</database></source>"
    "<size><width>4</width><height>3</height><depth>3</depth></size><segmented>0</segmented></annotation>"
)


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-8"])
def test_a_file_may_say_that_it_is_utf_8(encoding: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'
    assert parse_annotation(f"{declaration}{ANNOTATION}".encode()) == parse_annotation(ANNOTATION.encode())


@pytest.mark.parametrize("encoding", ["latin-1", "UTF-16"])
def test_a_file_that_says_it_is_of_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(DamagedError, match=f"declared to be '{encoding}', not UTF-8"):
        parse_annotation(f"<?xml version='1.0' encoding='{encoding}'?>{ANNOTATION}".encode())
