"""Label maps and masks, compared pixel by pixel."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cityconv.check.expected_files import file_findings, has_files, image_findings, list_files
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.png import pixel_findings
from cityconv.check.reading import DamagedError, read_png_file
from cityconv.check.reference import check_frame, class_masks, class_values, expected_map
from cityconv.formats.labelmap.reader import describe_value, parse_label_map
from cityconv.frame.map_kinds import available_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.map_kinds import MapKind
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame
    from cityconv.source.labels.table import LabelTable

_IMAGES = "leftImg8bit"
_TREE = re.compile(r"gt[A-Za-z]*")
_MAP = re.compile(r"\.png$|_masks/[^/]*$")


def is_present(out: Path) -> bool:
    """Return whether an output folder holds label maps."""
    return any(
        has_files(out, tree, lambda path, tree=tree: _MAP.search(path) is not None and f"_{tree}_" in path)  # type: ignore[misc]
        for tree in _trees(out)
    )


def has_images(out: Path) -> bool:
    """Return whether an output folder holds images where the release has them."""
    return (out / _IMAGES).is_dir()


def checks(out: Path, frames: Sequence[Frame], options: ExpectedOptions) -> list[Check]:
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
    files = {tree: list(list_files(out, tree)) for tree in {*trees, *(frame.tree for frame in frames)}}
    for kind in kinds:
        if kind.content == "masks":  # the expected masks depend on the content of each annotation
            continue
        if kind.content != "color":
            class_values(kind, selection)
        for tree in sorted(files):
            expected = [_path(frame, kind) for frame in frames if frame.tree == tree]
            findings += file_findings(out, filter(_belongs(tree, kind), files[tree]), expected)
    images = (f"{_IMAGES}/{frame.split}/{path}" for frame in frames for path in frame.image_paths)
    findings += image_findings(out, _IMAGES, images, options)
    return [Check("labelmap", frames, _CompareFrame(options.reader, out, selection, kinds), findings=findings)]


def _trees(out: Path) -> list[str]:
    """Return the folders of an output that may be trees of maps: gtFine and the like."""
    return sorted(path.name for path in out.glob("gt*") if path.is_dir() and _TREE.fullmatch(path.name))


def _kinds(out: Path, trees: list[str], table: LabelTable) -> tuple[MapKind, ...]:
    """Return the kinds of label map that an output has."""
    kinds = dict.fromkeys(kind for named in available_kinds(table).values() for kind in named)
    return tuple(kind for kind in kinds if any(has_files(out, tree, _belongs(tree, kind)) for tree in trees))


def _belongs(tree: str, kind: MapKind) -> Callable[[str], bool]:
    """Return what tells whether a file is a map of a kind, by its path."""
    ending = f"_{tree}_{kind.name}"
    if kind.content == "masks":
        return lambda path: path.rpartition("/")[0].endswith(ending)
    return lambda path: path.endswith(f"{ending}.png")


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
                findings += file_findings(self.out, list_files(self.out, _path(rasterized.frame, kind)), expected)
            for path, pixels in expected.items():
                if not os.path.lexists(self.out / path):  # already a finding
                    continue
                found, count = _compare_map(self.out, path, kind, pixels)
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


def _compare_map(out: Path, path: str, kind: MapKind, expected: NDArray[Any]) -> tuple[list[Finding], int]:
    height, width = expected.shape
    try:
        actual = parse_label_map(read_png_file(out, out / path, height, width), kind.content, height, width)
    except DamagedError as error:
        return [error.finding(str(out / path))], 0
    return pixel_findings(actual, expected, str(out / path), partial(describe_value, kind.content))
