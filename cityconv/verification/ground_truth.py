"""The released PNGs against the polygons that lie beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.png import pixel_findings
from cityconv.check.reading import DamagedError
from cityconv.check.reference import check_frame, expected_map
from cityconv.errors import SourceError
from cityconv.formats.labelmap.reader import describe_value, parse_label_map
from cityconv.source.classes import Selection, select_classes
from cityconv.source.files import READ_ERRORS, File, explain, list_archive
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.source.layout import Frame

GROUND_TRUTH_KINDS = (
    LabelMapKind.LABEL_IDS,
    LabelMapKind.INSTANCE_IDS,
    LabelMapKind.COLOR,
    LabelMapKind.LABEL_TRAIN_IDS,
    LabelMapKind.INSTANCE_TRAIN_IDS,
)
_ENDING = "_polygons.json"


def check_ground_truth(frames: list[Frame]) -> Check:
    """Compare the PNGs beside the annotations, whichever kinds of them there are.

    A kind that any of the frames has is expected of all of them.

    Raises:
        SourceError: no frame has any, or the folders or the zip cannot be read.
    """
    present = _files_around(frames)
    kinds = [kind for kind in GROUND_TRUTH_KINDS if any(_png_of(frame, kind) in present for frame in frames)]
    if not kinds:
        raise SourceError(
            f"{frames[0].where}: no released PNGs beside it, nor beside any other annotation here",
            "to verify an output, name it: cityconv verify SRC OUT",
        )
    missing = [
        Finding("missing", str(_png_of(frame, kind)), "missing, though others of its kind are here")
        for frame in frames
        for kind in kinds
        if _png_of(frame, kind) not in present
    ]
    there = {frame.file: [kind for kind in kinds if _png_of(frame, kind) in present] for frame in frames}
    work = _CompareFrame(there, select_classes("labels", "crowd"))
    return Check("released", frames, work, findings=missing + _without_polygons(present))


def _png_of(frame: Frame, kind: LabelMapKind) -> File:
    path = frame.file.path.removesuffix(_ENDING) + f"_{kind}.png"
    return frame.file._replace(path=path)


def _files_around(frames: list[Frame]) -> set[File]:
    """Return all files in the folders of the annotations."""
    folders = {(frame.file.archive, str(PurePosixPath(frame.file.path).parent)) for frame in frames}
    found: set[File] = set()
    archives = {archive: _members(archive) for archive in {archive for archive, _ in folders} if archive}
    for archive, folder in folders:
        if archive:
            found.update(file for file in archives[archive] if str(PurePosixPath(file.path).parent) == folder)
        else:
            found.update(File(str(path)) for path in Path(folder).iterdir())
    return found


def _members(archive: str) -> list[File]:
    try:
        return [File(member.filename, archive) for member in list_archive(Path(archive))]
    except READ_ERRORS as error:
        raise SourceError(f"{archive}: {explain(error)}") from None


def _without_polygons(present: set[File]) -> list[Finding]:
    """Return the PNGs of frames that have no annotation."""
    endings = tuple(f"_{kind}.png" for kind in GROUND_TRUTH_KINDS)
    strays = [
        file
        for file in present
        if file.path.endswith(endings) and file._replace(path=file.path.rpartition("_")[0] + _ENDING) not in present
    ]
    return [Finding("extra", str(file), "a PNG without polygons") for file in sorted(strays, key=str)]


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the PNGs of one frame.

    Attributes:
        kinds: which there are of each frame, by its annotation file.
        selection: the classes of the release.
    """

    kinds: dict[File, list[LabelMapKind]]
    selection: Selection

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self._compare)

    def _compare(self, drawn: RasterizedFrame) -> Checked:
        kinds = self.kinds[drawn.frame.file]
        findings: list[Finding] = []
        differing = 0
        for kind in kinds:
            file = _png_of(drawn.frame, kind)
            expected = expected_map(kind, drawn, self.selection)
            height, width = expected.shape
            try:
                actual = parse_label_map(file.read(), kind, height, width)
            except DamagedError as error:
                findings.append(error.finding(str(file)))
                continue
            except READ_ERRORS as error:
                findings.append(Finding("unreadable", str(file), explain(error)))
                continue
            found, number = pixel_findings(actual, expected, str(file), partial(describe_value, kind))
            findings += found
            differing += number
        return Checked(drawn.frame, {"PNGs": len(kinds), "differing pixels": differing}, findings)
