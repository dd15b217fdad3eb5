"""Label maps and masks, compared pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cityconv.check.expected_files import file_findings, image_findings
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.png import pixel_findings
from cityconv.check.reading import DamagedError, read_bytes
from cityconv.check.reference import check_frame, class_masks, class_values, expected_map
from cityconv.formats.labelmap.reader import describe_value, parse_label_map
from cityconv.source.folders import TREES
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame


def is_present(out: Path) -> bool:
    """Return whether an output folder holds label maps."""
    return bool(_kinds(out))


def checks(out: Path, frames: list[Frame], options: ExpectedOptions) -> list[Check]:
    """Return the check of an output's label maps; see `Checker.checks`.

    Raises:
        UsageError: a selected class has no value in one of the kinds.
    """
    present = _kinds(out)
    if not present:
        return []
    kinds = list(options.kinds) or present
    selection = options.select("labels")
    for kind in kinds:
        if kind not in (LabelMapKind.COLOR, LabelMapKind.MASKS):
            class_values(kind, selection)
    findings: list[Finding] = []
    for kind in kinds:
        if kind is not LabelMapKind.MASKS:  # the expected masks depend on the content of each annotation
            expected = [_path(frame, kind) for frame in frames]
            for tree in sorted({frame.tree for frame in frames}):
                findings += file_findings(out, _pattern(tree, kind), expected)
    images = (f"leftImg8bit/{frame.split}/{frame.city}/{frame.name}{options.image_suffix}" for frame in frames)
    findings += image_findings(out, "leftImg8bit", images)
    return [Check("labelmap", frames, _CompareFrame(out, selection, kinds), findings=findings)]


def _kinds(out: Path) -> list[LabelMapKind]:
    """Return the kinds of label map that an output has."""
    return [kind for kind in LabelMapKind if any(next(out.glob(_pattern(tree, kind)), None) for tree in TREES)]


def _pattern(tree: str, kind: LabelMapKind) -> str:
    return f"{tree}/*/*/*_{tree}_{kind}" + ("/*" if kind is LabelMapKind.MASKS else ".png")


def _path(frame: Frame, kind: LabelMapKind) -> str:
    """Return the path of a map, or of the folder of masks, below the output."""
    ending = "" if kind is LabelMapKind.MASKS else ".png"
    return f"{frame.tree}/{frame.split}/{frame.city}/{frame.name}_{frame.tree}_{kind}{ending}"


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the maps of one frame. The attributes are the output folder and the options of the format."""

    out: Path
    selection: Selection
    kinds: list[LabelMapKind]

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        findings: list[Finding] = []
        compared = differing = 0
        for kind in self.kinds:
            expected = self._expected(kind, rasterized)
            if kind is LabelMapKind.MASKS:
                findings += file_findings(self.out, f"{_path(rasterized.frame, kind)}/*", expected)
            for path, pixels in expected.items():
                if not (self.out / path).is_file():  # already a finding
                    continue
                found, count = _compare_map(self.out / path, kind, pixels)
                findings += found
                compared += 1
                differing += count
        return Checked(rasterized.frame, {"PNGs": compared, "differing pixels": differing}, findings)

    def _expected(self, kind: LabelMapKind, rasterized: RasterizedFrame) -> dict[str, NDArray[Any]]:
        """Return the expected pixels by the path of their file below the output."""
        path = _path(rasterized.frame, kind)
        if kind is LabelMapKind.MASKS:
            return {f"{path}/{name}.png": mask for name, mask in class_masks(rasterized, self.selection)}
        return {path: expected_map(kind, rasterized, self.selection)}


def _compare_map(path: Path, kind: LabelMapKind, expected: NDArray[Any]) -> tuple[list[Finding], int]:
    height, width = expected.shape
    try:
        actual = parse_label_map(read_bytes(path), kind, height, width)
    except DamagedError as error:
        return [error.finding(str(path))], 0
    return pixel_findings(actual, expected, str(path), partial(describe_value, kind))
