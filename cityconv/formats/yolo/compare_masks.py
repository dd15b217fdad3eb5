"""The masks of Ultralytics' semantic segmentation, compared pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cityconv.check.findings import Checked, Finding
from cityconv.check.png import pixel_findings
from cityconv.check.reading import DamagedError, read_png_file
from cityconv.check.reference import check_frame, expected_objects, mapped_image
from cityconv.formats.yolo.reader import parse_mask

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame, FrameKey

_IGNORED = 255


@dataclass(frozen=True)
class CompareMasks:
    """Compares the masks of the images of one frame.

    The attributes are the reader, the output folder, the masks by frame, the classes, what the masks hold for each
    class, and the fewest pixels of a class in a frame.
    """

    reader: FrameReader
    out: Path
    paths: dict[FrameKey, list[str]]
    selection: Selection
    values: tuple[int, ...]
    min_area: int

    def __call__(self, frame: Frame) -> Checked:
        """Return the comparison of a frame."""
        return check_frame(frame, self.reader, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        expected = self._expected(rasterized)
        height, width = expected.shape
        findings: list[Finding] = []
        differing = 0
        paths = self.paths[rasterized.frame.key]
        for path in paths:
            file = str(self.out / path)
            try:
                pixels = parse_mask(read_png_file(self.out, self.out / path, height, width), height, width)
            except DamagedError as error:
                findings.append(error.finding(file))
                continue
            found, number = pixel_findings(pixels, expected, file)
            findings += found
            differing += number
        return Checked(rasterized.frame, {"PNGs": len(paths), "differing pixels": differing}, findings)

    def _expected(self, rasterized: RasterizedFrame) -> NDArray[np.uint8]:
        """Return what the masks should hold: uint8 (H, W)."""
        table = np.full(len(rasterized.annotation.objects) + 1, _IGNORED, np.uint8)
        for item in expected_objects(rasterized, self.selection, per_class=True, min_area=self.min_area):
            table[np.array(item.members) + 1] = self.values[item.class_index]
        return mapped_image(rasterized, table, self.selection.has_plates)
