"""One frame, rasterized once: every format is a look-up over it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from cityconv.errors import AnnotationError
from cityconv.raster.objectmap import ObjectMap, resolve_front
from cityconv.raster.regions import Regions, full_regions, visible_regions
from cityconv.raster.sampling import Grid, every_pixel
from cityconv.raster.scanline import Spans, scan_convert
from cityconv.source.polygons import Annotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cityconv.source.frame import Frame
    from cityconv.vocabulary import Extent

UnseenReason = Literal["hidden", "outside", "size"]


class RasterizedFrame:
    """An annotation and the pixels it covers, each computed on first use.

    Attributes:
        frame: the frame.
        annotation: its objects, back to front.
        digest: SHA-256 of the file that it was read from, hexadecimal; empty if that is not known.
        height: rows of the pixels that are computed, which are fewer or more than those of the annotation if the frame
            is sampled in another size.
        width: columns of these pixels.
    """

    def __init__(
        self,
        frame: Frame,
        annotation: Annotation,
        source: ObjectMap | Spans | None = None,
        digest: str = "",
        grid: Grid | None = None,
    ) -> None:
        """Take an annotation.

        Args:
            frame: the frame.
            annotation: its objects.
            source: of a label map its object map, and of masks their spans, both in full size; None for polygons.
            digest: see the attribute.
            grid: the pixels that are computed; all by default.
        """
        self.frame = frame
        self.digest = digest
        self.annotation = annotation
        self._grid = grid or every_pixel(annotation.height, annotation.width)
        self.height, self.width = len(self._grid.rows), len(self._grid.columns)
        self._is_sampled = grid is not None
        self._source = source
        self._maps: dict[bool, ObjectMap] = {}

    @property
    def has_polygons(self) -> bool:
        """Whether the frame was read from polygons."""
        return self._source is None

    @property
    def tells_hidden(self) -> bool:
        """Whether it is known what others hide of each object: from polygons and masks, not from a map or boxes."""
        return not (isinstance(self._source, ObjectMap) or self.annotation.has_boxes)

    @cached_property
    def unsampled(self) -> RasterizedFrame:
        """The frame in its own size."""
        if not self._is_sampled:
            return self
        return RasterizedFrame(self.frame, self.annotation, self._source, self.digest)

    @cached_property
    def spans(self) -> Spans:
        """The spans of each object's full polygon or mask.

        Raises:
            AnnotationError: the frame was read from a label map, which shows only what is visible.
        """
        if isinstance(self._source, ObjectMap):
            raise AnnotationError(f"{self.frame.where}: the full extent of objects needs polygons, not a label map")
        if self._source is not None:
            return self._source.sampled(self._grid)
        return scan_convert(self.annotation.vertices, self.annotation.counts, self._grid)

    def object_map(self, with_plates: bool = False) -> ObjectMap:
        """Return the object in front at each pixel.

        Args:
            with_plates: whether license plates, which the released maps do not show, hide what is under them.
        """
        hides_plates = not with_plates and any(item.label.id < 0 for item in self.annotation.objects)
        if hides_plates not in self._maps:
            self._maps[hides_plates] = self._make_map(hides_plates)
        return self._maps[hides_plates]

    def _make_map(self, hides_plates: bool) -> ObjectMap:
        if isinstance(self._source, ObjectMap):
            return self._source.sampled(self._grid) if self._is_sampled else self._source
        spans = self.spans
        if hides_plates:
            drawn = np.array([item.label.id >= 0 for item in self.annotation.objects], np.bool_)
            spans = Spans(*(part[drawn[spans.polygon]] for part in spans))
        return resolve_front(spans, self.height, self.width)

    @property
    def overlap(self) -> int:
        """The number of pixels of masks that others hide; 0 for polygons, which are made to overlap, and for maps."""
        if not isinstance(self._source, Spans) or self.annotation.has_boxes:
            return 0
        front = self.object_map(with_plates=True)
        shown = int(np.diff(front.start)[front.polygon > 0].sum())
        return int((self.spans.stop - self.spans.start).sum()) - shown

    @cached_property
    def reaches_image(self) -> NDArray[np.bool_]:
        """Whether each object covers a pixel of the image, hidden or not: bool (N,)."""
        if isinstance(self._source, ObjectMap):
            return np.ones(len(self.annotation.objects), np.bool_)
        return np.bincount(self.spans.polygon, minlength=len(self.annotation.objects)) > 0

    def reasons_unseen(self, indices: Sequence[int], extent: Extent, with_plates: bool) -> list[UnseenReason]:
        """Return why each of some objects has no pixel, by the index of the object.

        In the frame's own size, others hide it (`hidden`), or it covers no pixel of the image (`outside`). In another
        size, it may also be that it has pixels in the frame's own size, but none that is sampled (`size`).
        """
        if not indices:
            return []
        whole = self._own_size_around(indices)
        shown, reaches_image = whole.shown(extent, with_plates), whole.reaches_image
        return ["size" if shown[index] else "hidden" if reaches_image[index] else "outside" for index in indices]

    def _own_size_around(self, indices: Sequence[int]) -> RasterizedFrame:
        """Return the frame in its own size; of polygons, only the rows and columns that some objects reach."""
        if not (self._is_sampled and self.has_polygons):
            return self.unsampled
        annotation = self.annotation
        rows, columns = np.zeros(annotation.height, np.bool_), np.zeros(annotation.width, np.bool_)
        rows[0] = columns[0] = True  # an image has at least one pixel
        ends = np.cumsum(annotation.counts)
        for index in indices:
            polygon = annotation.vertices[ends[index] - annotation.counts[index] : ends[index]]
            first, last = np.maximum(polygon.min(axis=0), 0), np.maximum(polygon.max(axis=0) + 1, 0)
            columns[first[0] : last[0]] = rows[first[1] : last[1]] = True
        own_rows, own_columns = (np.flatnonzero(side).astype(np.int32) for side in (rows, columns))
        grid = Grid(own_rows, own_columns, annotation.height, annotation.width)
        return RasterizedFrame(self.frame, annotation, grid=grid)

    def shown(self, extent: Extent, with_plates: bool) -> NDArray[np.bool_]:
        """Return whether each object has a pixel, visible or for the full extent inside the image: bool (N,)."""
        polygon = self.spans.polygon + 1 if extent == "full" else self.object_map(with_plates).polygon
        return np.bincount(polygon, minlength=len(self.annotation.objects) + 1)[1:] > 0

    def regions(self, segment_of: NDArray[np.int64], size: int, extent: Extent, with_plates: bool) -> Regions:
        """Return the regions of `size` segments. `segment_of`, int64 (N + 1,), is as in `raster.regions`."""
        if extent == "full":
            return full_regions(self.spans, segment_of, size, self.height, self.width)
        return visible_regions(self.object_map(with_plates), segment_of, size)
