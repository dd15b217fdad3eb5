"""One frame, rasterized once: every format is a look-up over it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

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
    """

    def __init__(self, frame: Frame, annotation: Annotation) -> None:
        self.frame = frame
        self.annotation = annotation
        self._maps: dict[bool, ObjectMap] = {}

    @cached_property
    def spans(self) -> Spans:
        """The spans of each object's full polygon."""
        annotation = self.annotation
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

    def shown(self, extent: Extent, with_plates: bool) -> NDArray[np.bool_]:
        """Return whether each object has a pixel, visible or for the full extent inside the image: bool (N,)."""
        polygon = self.spans.polygon + 1 if extent == "full" else self.object_map(with_plates).polygon
        return np.bincount(polygon, minlength=len(self.annotation.objects) + 1)[1:] > 0

    def regions(self, segment_of: NDArray[np.int64], size: int, extent: Extent, with_plates: bool) -> Regions:
        """Return the regions of `size` segments. `segment_of`, int64 (N + 1,), is as in `raster.regions`."""
        if extent == "full":
            return full_regions(self.spans, segment_of, size, self.annotation.height, self.annotation.width)
        return visible_regions(self.object_map(with_plates), segment_of, size)
