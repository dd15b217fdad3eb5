"""One frame, rasterized once: every format is a look-up over it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from cityconv.errors import AnnotationError
from cityconv.raster.objectmap import ObjectMap, resolve_front
from cityconv.raster.regions import Regions, full_regions, visible_regions
from cityconv.raster.scanline import Spans, scan_convert
from cityconv.source.polygons import Annotation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cityconv.source.layout import Frame
    from cityconv.vocabulary import Extent


class RasterizedFrame:
    """An annotation and the pixels it covers, each computed on first use.

    Attributes:
        frame: the frame.
        annotation: its objects, back to front.
        digest: SHA-256 of the file that it was read from, hexadecimal; empty if that is not known.
    """

    def __init__(
        self, frame: Frame, annotation: Annotation, object_map: ObjectMap | None = None, digest: str = ""
    ) -> None:
        """Take an annotation of polygons, or of a label map with its object map."""
        self.frame = frame
        self.digest = digest
        self.annotation = annotation
        self._is_map = object_map is not None
        self._maps: dict[bool, ObjectMap] = {} if object_map is None else {False: object_map, True: object_map}

    @property
    def has_polygons(self) -> bool:
        """Whether the frame was read from polygons, not from a label map."""
        return not self._is_map

    @cached_property
    def spans(self) -> Spans:
        """The spans of each object's full polygon.

        Raises:
            AnnotationError: the frame was read from a label map, which shows only what is visible.
        """
        annotation = self.annotation
        if self._is_map:
            raise AnnotationError(f"{self.frame.where}: the full extent of objects needs polygons, not a label map")
        return scan_convert(annotation.vertices, annotation.counts, annotation.height, annotation.width)

    def object_map(self, with_plates: bool = False) -> ObjectMap:
        """Return the object in front at each pixel.

        Args:
            with_plates: whether license plates, which the released maps do not show, hide what is under them.
        """
        if with_plates not in self._maps:
            spans = self.spans
            if not with_plates:
                drawn = np.array([item.label.id >= 0 for item in self.annotation.objects], np.bool_)
                spans = Spans(*(part[drawn[spans.polygon]] for part in spans))
            self._maps[with_plates] = resolve_front(spans, self.annotation.height, self.annotation.width)
        return self._maps[with_plates]

    @cached_property
    def reaches_image(self) -> NDArray[np.bool_]:
        """Whether each object covers a pixel of the image, hidden or not: bool (N,)."""
        if self._is_map:
            return np.ones(len(self.annotation.objects), np.bool_)
        return np.bincount(self.spans.polygon, minlength=len(self.annotation.objects)) > 0

    def reason_unseen(self, index: int) -> Literal["hidden", "outside"]:
        """Return why an object has no pixel: others hide it, or no pixel of the image is inside its polygon."""
        return "hidden" if self.reaches_image[index] else "outside"

    def shown(self, extent: Extent, with_plates: bool) -> NDArray[np.bool_]:
        """Return whether each object has a pixel, visible or for the full extent inside the image: bool (N,)."""
        polygon = self.spans.polygon + 1 if extent == "full" else self.object_map(with_plates).polygon
        return np.bincount(polygon, minlength=len(self.annotation.objects) + 1)[1:] > 0

    def regions(self, segment_of: NDArray[np.int64], size: int, extent: Extent, with_plates: bool) -> Regions:
        """Return the regions of `size` segments. `segment_of`, int64 (N + 1,), is as in `raster.regions`."""
        if extent == "full":
            return full_regions(self.spans, segment_of, size, self.annotation.height, self.annotation.width)
        return visible_regions(self.object_map(with_plates), segment_of, size)
