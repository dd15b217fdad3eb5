"""Excerpts: what a COCO file says about one image, read without the rest of the file.

An excerpt is a COCO file itself: the categories of the file, one image, and its annotations. So a frame of a COCO file
has content of its own, as if it had an annotation file of its own, and whatever others change does not change it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cityconv.source.files import File

Range = tuple[int, int]  # the first byte, and one past the last

_END = b"\0"  # is in no JSON


class Excerpt(NamedTuple):
    """Where a COCO file has what it says about one image. Cheap to send to another process.

    Attributes:
        image_name: the `file_name` of the image.
        stamp: tells whether the file is still the one that was listed; see `File.read_ranges`.
        categories: the list of categories.
        image: the entry of the image.
        annotations: the entries of its annotations. A range may hold several, with commas between them.
        png: the map of segments of a panoptic file.
    """

    image_name: str
    stamp: tuple[int, ...]
    categories: Range
    image: Range
    annotations: tuple[Range, ...]
    png: File | None = None

    def read(self, file: File) -> bytes:
        """Return the excerpt of a file as JSON, and behind it the PNG if there is one; raises as `read_ranges` does."""
        pieces = file.read_ranges((self.categories, self.image, *self.annotations), self.stamp)
        annotations = b",".join(pieces[2:])
        json = b'{"categories":%s,"images":[%s],"annotations":[%s]}' % (pieces[0], pieces[1], annotations)
        return json + _END + self.png.read("annotation_bytes") if self.png else json


def split_excerpt(content: bytes) -> tuple[bytes, bytes | None]:
    """Return the JSON and the PNG, if there is one, of what `Excerpt.read` returned."""
    json, end, png = content.partition(_END)
    return json, png if end else None
