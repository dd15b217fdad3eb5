"""Label maps and masks, decoded and compared pixel for pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.check.file_listing import file_findings, image_findings
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.png import compare_png
from cityconv.check.reference import check_frame, class_masks, class_values, expected_map
from cityconv.source.files import READ_ERRORS, explain
from cityconv.source.folders import TREES
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame

_CHANNELS = {LabelMapKind.COLOR: 4}


def labelmap_kinds(out: Path) -> list[LabelMapKind]:
    """Return the kinds of label map that there are."""
    return [kind for kind in LabelMapKind if any(next(out.glob(_pattern(tree, kind)), None) for tree in TREES)]


def _pattern(tree: str, kind: LabelMapKind) -> str:
    return f"{tree}/*/*/*_{tree}_{kind}" + ("/*" if kind is LabelMapKind.MASKS else ".png")


def check_labelmap(out: Path, frames: list[Frame], options: ExpectedOptions) -> Check:
    """Compare the label maps of an output with the annotations.

    Raises:
        UsageError: a class that was selected can have no value in one of them.
    """
    kinds = list(options.kinds) or labelmap_kinds(out)
    selection = options.select("labels")
    for kind in kinds:
        if kind not in (LabelMapKind.COLOR, LabelMapKind.MASKS):
            class_values(kind, selection)
    findings: list[Finding] = []
    for kind in kinds:
        if kind is not LabelMapKind.MASKS:  # of which only a frame's annotation tells which there should be
            expected = [str(_path(frame, kind)) for frame in frames]
            for tree in sorted({frame.tree for frame in frames}):
                findings += file_findings(out, _pattern(tree, kind), expected)
    images = (f"leftImg8bit/{frame.split}/{frame.city}/{frame.name}{options.image_suffix}" for frame in frames)
    findings += image_findings(out, "leftImg8bit", images)
    return Check("labelmap", frames, _CompareFrame(out, selection, kinds), findings=findings)


def _path(frame: Frame, kind: LabelMapKind) -> str:
    ending = "" if kind is LabelMapKind.MASKS else ".png"
    return f"{frame.tree}/{frame.split}/{frame.city}/{frame.name}_{frame.tree}_{kind}{ending}"


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the maps of one frame; the attributes are the options of the format, and where the files are."""

    out: Path
    selection: Selection
    kinds: list[LabelMapKind]

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, drawn: RasterizedFrame) -> Checked:
        findings: list[Finding] = []
        compared = differing = 0
        for kind in self.kinds:
            for path, expected in self._expected(kind, drawn, findings):
                if not path.is_file():  # which is found already
                    continue
                try:
                    found, number = compare_png(path.read_bytes(), expected, str(path), channels=_CHANNELS.get(kind, 1))
                except READ_ERRORS as error:
                    found, number = [Finding("unreadable", str(path), explain(error))], 0
                compared += 1
                differing += number
                findings += found
        return Checked(drawn.frame, {"PNGs": compared, "differing pixels": differing}, findings)

    def _expected(
        self, kind: LabelMapKind, drawn: RasterizedFrame, findings: list[Finding]
    ) -> Iterator[tuple[Path, NDArray[np.generic]]]:
        """Yield the files of a kind with their pixels; of masks also find those that are missing or too many."""
        path = _path(drawn.frame, kind)
        if kind is not LabelMapKind.MASKS:
            yield self.out / path, expected_map(kind, drawn, self.selection)
            return
        masks = {f"{path}/{name}.png": mask for name, mask in class_masks(drawn, self.selection)}
        findings += file_findings(self.out, f"{path}/*", masks)
        yield from ((self.out / file, mask) for file, mask in masks.items())
