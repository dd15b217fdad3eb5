"""Label maps and masks, compared pixel by pixel."""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cityconv.check.expected_files import file_findings, image_findings
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.png import pixel_findings
from cityconv.check.reading import DamagedError, read_bytes
from cityconv.check.reference import check_frame, class_masks, class_values, expected_map
from cityconv.formats.labelmap.reader import describe_value, parse_label_map
from cityconv.frame.map_kinds import available_kinds

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.map_kinds import MapKind
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.classes import Selection
    from cityconv.source.labels.table import LabelTable
    from cityconv.source.layout import Frame

_IMAGES = "leftImg8bit"
_TREE = re.compile(r"gt[A-Za-z]*")


def is_present(out: Path) -> bool:
    """Return whether an output folder holds label maps."""
    patterns = (f"{tree}/**/*_{tree}_{rest}" for tree in _trees(out) for rest in ("*.png", "masks/*"))
    return any(next(out.glob(pattern), None) for pattern in patterns)


def has_images(out: Path) -> bool:
    """Return whether an output folder holds images where the release has them."""
    return (out / _IMAGES).is_dir()


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's label maps; see `Checker.checks`.

    Raises:
        UsageError: a selected class has no value in one of the kinds.
    """
    trees = _trees(out)
    present = _kinds(out, trees, options.reader.table)
    if not present:
        return []
    kinds = options.kinds or present
    selection = options.select("labels")
    findings: list[Finding] = []
    for kind in kinds:
        if kind.content == "masks":  # the expected masks depend on the content of each annotation
            continue
        if kind.content != "color":
            class_values(kind, selection)
        for tree in sorted({*trees, *(frame.tree for frame in frames)}):
            expected = [_path(frame, kind) for frame in frames if frame.tree == tree]
            findings += file_findings(out, _pattern(tree, kind), expected)
    images = (f"{_IMAGES}/{frame.split}/{path}" for frame in frames for path in frame.image_paths)
    findings += image_findings(out, _IMAGES, images)
    return [Check("labelmap", frames, _CompareFrame(options.reader, out, selection, kinds), findings=findings)]


def _trees(out: Path) -> list[str]:
    """Return the folders of an output that may be trees of maps: gtFine and the like."""
    return sorted(path.name for path in out.glob("gt*") if path.is_dir() and _TREE.fullmatch(path.name))


def _kinds(out: Path, trees: list[str], table: LabelTable) -> tuple[MapKind, ...]:
    """Return the kinds of label map that an output has."""
    kinds = dict.fromkeys(kind for named in available_kinds(table).values() for kind in named)
    return tuple(kind for kind in kinds if any(next(out.glob(_pattern(tree, kind)), None) for tree in trees))


def _pattern(tree: str, kind: MapKind) -> str:
    return f"{tree}/**/*_{tree}_{glob.escape(kind.name)}" + ("/*" if kind.content == "masks" else ".png")


def _path(frame: Frame, kind: MapKind) -> str:
    """Return the path of a map, or of the folder of masks, below the output."""
    ending = "" if kind.content == "masks" else ".png"
    return f"{frame.tree}/{frame.split}/{frame.folder_path}_{frame.tree}_{kind.name}{ending}"


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the maps of one frame. The attributes are the reader, the output folder, and the format's options."""

    reader: FrameReader
    out: Path
    selection: Selection
    kinds: tuple[MapKind, ...]

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self.reader, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        findings: list[Finding] = []
        compared = differing = 0
        for kind in self.kinds:
            expected = self._expected(kind, rasterized)
            if kind.content == "masks":
                findings += file_findings(self.out, f"{glob.escape(_path(rasterized.frame, kind))}/*", expected)
            for path, pixels in expected.items():
                if not (self.out / path).is_file():  # already a finding
                    continue
                found, count = _compare_map(self.out / path, kind, pixels)
                findings += found
                compared += 1
                differing += count
        return Checked(rasterized.frame, {"PNGs": compared, "differing pixels": differing}, findings)

    def _expected(self, kind: MapKind, rasterized: RasterizedFrame) -> dict[str, NDArray[Any]]:
        """Return the expected pixels by the path of their file below the output."""
        path = _path(rasterized.frame, kind)
        if kind.content == "masks":
            return {f"{path}/{name}.png": mask for name, mask in class_masks(rasterized, self.selection)}
        return {path: expected_map(kind, rasterized, self.selection)}


def _compare_map(path: Path, kind: MapKind, expected: NDArray[Any]) -> tuple[list[Finding], int]:
    height, width = expected.shape
    try:
        actual = parse_label_map(read_bytes(path), kind.content, height, width)
    except DamagedError as error:
        return [error.finding(str(path))], 0
    return pixel_findings(actual, expected, str(path), partial(describe_value, kind.content))
