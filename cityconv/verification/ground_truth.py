"""The PNGs of a data set, compared with what its annotations give: those of the release with its polygons."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.check.findings import Check, Checked, Finding
from cityconv.check.png import pixel_findings
from cityconv.check.reading import DamagedError
from cityconv.check.reference import check_frame, class_values, expected_map
from cityconv.errors import SourceError, UsageError
from cityconv.formats.labelmap.reader import describe_value, parse_label_map
from cityconv.frame.map_kinds import MapKind, available_kinds
from cityconv.source.archives import list_archive
from cityconv.source.classes import Selection, select_classes
from cityconv.source.files import READ_ERRORS, File, explain
from cityconv.source.labels.table import VOID_TRAIN_ID
from cityconv.source.layout import ANNOTATION_SUFFIX
from cityconv.source.listings import list_below
from cityconv.source.map_values import map_encoding
from cityconv.storage.url import is_url, location_of, url_of
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.frame import Frame
    from cityconv.source.labels.table import Color, Label, LabelTable


def check_ground_truth(frames: Sequence[Frame], reader: FrameReader, suffix: str = ANNOTATION_SUFFIX) -> Check:
    """Compare the PNGs next to the annotations, whichever kinds there are.

    If one frame has a kind, all frames must have it. If the annotations are label maps, kinds that cannot be derived
    from these are left out.

    Args:
        frames: the frames.
        reader: what reads them.
        suffix: what the names of annotation files end with.

    Raises:
        SourceError: there are no PNGs to compare, or the folders or the zip cannot be read.
    """
    files = _FrameFiles(suffix)
    selection = select_classes("labels", "crowd", reader.table)
    present = _files_around(frames)
    kinds = _map_kinds(reader.table)
    found = [kind for kind in kinds if any(files.png(frame, kind) in present for frame in frames)]
    compared = [kind for kind in found if _can_derive(kind, reader, selection)]
    notes = [
        f"{kind.name} was not compared: it does not follow from {reader.kind}"
        for kind in found
        if kind not in compared and kind.name != reader.kind
    ]
    if not compared:
        raise SourceError(
            f"{frames[0].where}: no PNGs to compare next to the annotations",
            notes[0] if notes else "to verify an output, name it: cityconv verify SRC OUT",
        )
    pngs = {
        frame.key: {kind: file for kind in compared if (file := files.png(frame, kind)) in present} for frame in frames
    }
    findings = [
        Finding("missing", str(files.png(frame, kind)), "missing, though other frames have this kind of PNG")
        for frame in frames
        for kind in compared
        if kind not in pngs[frame.key]
    ]
    work = _CompareFrame(reader, {frame.file: pngs[frame.key] for frame in frames}, selection)
    return Check("released", frames, work, findings=findings + files.strays(present, kinds), notes=notes)


def _map_kinds(table: LabelTable) -> list[MapKind]:
    """Return the kinds of map with one PNG per frame."""
    kinds = dict.fromkeys(kind for named in available_kinds(table).values() for kind in named)
    return [kind for kind in kinds if kind.content != "masks"]


@dataclass(frozen=True)
class _FrameFiles:
    """The files next to each other that belong to one frame.

    Attributes:
        suffix: what the names of annotation files end with.
    """

    suffix: str

    def png(self, frame: Frame, kind: MapKind) -> File:
        """Return the PNG of a kind; the annotation itself if that is of this kind."""
        path = frame.file.path.removesuffix(self.suffix) + f"_{kind.name}.png"
        return frame.file._replace(path=path)

    def strays(self, present: set[File], kinds: Iterable[MapKind]) -> list[Finding]:
        """Return the PNGs that belong to no annotation."""
        strays = {
            file
            for kind in kinds
            for file in present
            if file.path.endswith(ending := f"_{kind.name}.png")
            and not file.path.endswith(self.suffix)
            and file._replace(path=file.path.removesuffix(ending) + self.suffix) not in present
        }
        what = "polygons" if self.suffix == ANNOTATION_SUFFIX else f"*{self.suffix}"
        return [Finding("extra", str(file), f"a PNG without {what}") for file in sorted(strays, key=str)]


def _can_derive(kind: MapKind, reader: FrameReader, selection: Selection) -> bool:
    """Return whether the annotations determine the pixels of a kind of map.

    Polygons determine all that label maps can hold. A map determines those whose values follow from its own.
    """
    if kind.content != "color":
        try:
            class_values(kind, selection)
        except UsageError:
            return False
    if reader.kind == "polygons":
        return True
    source = LabelMapKind(reader.kind)
    scheme = map_encoding(source, reader.table).scheme
    if kind.name == source.value:  # the annotation itself
        return False
    values = _values_by_value(reader.table, scheme, kind.scheme)
    if any(len(targets) > 1 for targets in values.values()):
        return False
    return kind.content != "instance" or (source == LabelMapKind.INSTANCE_IDS and _tells_things_apart(kind, selection))


def _values_by_value(table: LabelTable, source: str, target: str) -> dict[int | Color, set[int | Color]]:
    """Return the values that labels and background have in one scheme, by their value in another.

    A scheme that is not one of the table's stands for colors.
    """
    values: dict[int | Color, set[int | Color]] = {}
    for label in (None, *(label for label in table.labels if label.id >= 0)):
        values.setdefault(_value(table, label, source), set()).add(_value(table, label, target))
    return values


def _value(table: LabelTable, label: Label | None, scheme: str) -> int | Color:
    """Return the value of a label, or for None that of the background. Negative values are void."""
    if scheme not in table.schemes:
        return label.color if label else table.background_color
    value = table.value(label, scheme) if label else table.background(scheme)
    return value if value >= 0 else VOID_TRAIN_ID


def _tells_things_apart(kind: MapKind, selection: Selection) -> bool:
    """Return whether no two classes with instances share a value: otherwise the numbers of instances would collide."""
    pairs = zip(selection.classes, class_values(kind, selection), strict=True)
    values = [value for item, value in pairs if item.has_instances and value != VOID_TRAIN_ID]
    return len(set(values)) == len(values)


def _files_around(frames: Sequence[Frame]) -> set[File]:
    """Return all files in the folders of the annotations."""
    folders = {(frame.file.archive, _folder(frame.file)) for frame in frames}
    found: set[File] = set()
    archives = {archive: _members(archive) for archive in {archive for archive, _ in folders} if archive}
    for archive, folder in folders:
        if archive:
            found.update(file for file in archives[archive] if _folder(file) == folder)
        elif is_url(folder):
            paths = (path for path, _ in list_below(url_of(folder)) if "/" not in path)
            found.update(File(f"{folder}/{path}") for path in paths)
        else:
            found.update(File(str(path)) for path in Path(folder).iterdir())
    return found


def _folder(file: File) -> str:
    return os.path.dirname(file.path)  # noqa: PTH120 - of URLs too


def _members(archive: str) -> list[File]:
    try:
        return [File(member.filename, archive) for member in list_archive(location_of(archive))]
    except READ_ERRORS as error:
        raise SourceError(f"{archive}: {explain(error)}") from None


@dataclass(frozen=True)
class _CompareFrame:
    """Compares the PNGs of one frame.

    Attributes:
        reader: what reads the frame.
        pngs: the PNGs to compare, by annotation file and kind.
        selection: the classes of the label table.
    """

    reader: FrameReader
    pngs: dict[File, dict[MapKind, File]]
    selection: Selection

    def __call__(self, frame: Frame) -> Checked:
        return check_frame(frame, self.reader, self._compare)

    def _compare(self, rasterized: RasterizedFrame) -> Checked:
        pngs = self.pngs[rasterized.frame.file]
        findings: list[Finding] = []
        differing = 0
        for kind, file in pngs.items():
            expected = expected_map(kind, rasterized, self.selection)
            height, width = expected.shape
            try:
                actual = parse_label_map(file.read(), kind.content, height, width)
            except DamagedError as error:
                findings.append(error.finding(str(file)))
                continue
            except READ_ERRORS as error:
                findings.append(Finding("unreadable", str(file), explain(error)))
                continue
            found, number = pixel_findings(actual, expected, str(file), partial(describe_value, kind.content))
            findings += found
            differing += number
        return Checked(rasterized.frame, {"PNGs": len(pngs), "differing pixels": differing}, findings)
