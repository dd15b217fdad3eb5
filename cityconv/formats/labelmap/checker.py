"""Label maps and masks, decoded and compared pixel for pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.check.file_listing import file_findings, image_findings
from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.png import compare_png
from cityconv.check.reference import check_frame, class_masks, class_values, expected_map
from cityconv.source.files import READ_ERRORS, explain
from cityconv.source.layout import TREES
from cityconv.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cityconv.check.expected_options import Assumed
    from cityconv.frame.rasterized import DrawnFrame
    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame

_CHANNELS = {Kind.COLOR: 4}


def labelmap_kinds(out: Path) -> list[Kind]:
    """Return the kinds of label map that there are."""
    return [kind for kind in Kind if any(next(out.glob(_pattern(tree, kind)), None) for tree in TREES)]


def _pattern(tree: str, kind: Kind) -> str:
    return f"{tree}/*/*/*_{tree}_{kind}" + ("/*" if kind is Kind.MASKS else ".png")


def check_labelmap(out: Path, frames: list[Frame], assumed: Assumed) -> Check:
    """Compare the label maps of an output with the annotations.

    Raises:
        UsageError: a class that was selected can have no value in one of them.
    """
    kinds = list(assumed.kinds) or labelmap_kinds(out)
    selection = assumed.select("labels")
    for kind in kinds:
        if kind not in (Kind.COLOR, Kind.MASKS):
            class_values(kind, selection)
    findings: list[Finding] = []
    for kind in kinds:
        if kind is not Kind.MASKS:  # of which only a frame's annotation tells which there should be
            expected = [str(_path(frame, kind)) for frame in frames]
            for tree in sorted({frame.tree for frame in frames}):
                findings += file_findings(out, _pattern(tree, kind), expected)
    images = (f"leftImg8bit/{frame.split}/{frame.city}/{frame.name}{assumed.image_suffix}" for frame in frames)
    findings += image_findings(out, "leftImg8bit", images)
    return Check("labelmap", frames, _CompareFrame(out, selection, kinds), findings=findings)


def _path(frame: Frame, kind: Kind) -> str:
    ending = "" if kind is Kind.MASKS else ".png"
    return f"{frame.tree}/{frame.split}/{frame.city}/{frame.name}_{frame.tree}_{kind}{ending}"


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the maps of one frame; the attributes are the options of the format, and where the files are."""

    out: Path
    selection: Selection
    kinds: list[Kind]

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, drawn: DrawnFrame) -> Checked:
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
        self, kind: Kind, drawn: DrawnFrame, findings: list[Finding]
    ) -> Iterator[tuple[Path, NDArray[np.generic]]]:
        """Yield the files of a kind with their pixels; of masks also find those that are missing or too many."""
        path = _path(drawn.frame, kind)
        if kind is not Kind.MASKS:
            yield self.out / path, expected_map(kind, drawn, self.selection)
            return
        masks = {f"{path}/{name}.png": mask for name, mask in class_masks(drawn, self.selection)}
        findings += file_findings(self.out, f"{path}/*", masks)
        yield from ((self.out / file, mask) for file, mask in masks.items())
