"""The image sets of Pascal VOC: the images in each, and the presence of a class in an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cityconv.check.expected_files import file_findings, list_files
from cityconv.check.findings import Finding, abridge, duplicates
from cityconv.check.reading import DamagedError, decode_text, read_dataset_file
from cityconv.formats.voc.reader import parse_image_set

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cityconv.formats.voc.reader import ImageSetRow
    from cityconv.source.frame import Frame


class StatedPresence(NamedTuple):
    """The presence of a class in an image, as the set of the class states it.

    Attributes:
        path: the file.
        class_index: the index of the class in the selection.
        presence: -1, 0, or 1; see `ImageSetRow`.
    """

    path: str
    class_index: int
    presence: int


def check_image_sets(
    out: Path, root: Path, folders: list[str], frames: Sequence[Frame], classes: list[str]
) -> tuple[dict[str, list[StatedPresence]], list[Finding]]:
    """Compare the members of the image sets.

    Args:
        out: the output folder.
        root: the folder of the year.
        folders: the expected folders of sets, `Main` and `Segmentation`.
        frames: all frames.
        classes: the names of the classes, of which `Main` has sets.

    Returns:
        The stated presences by the id of their image, and the findings.
    """
    findings: list[Finding] = []
    presences: dict[str, list[StatedPresence]] = {}
    sets = _image_sets(frames)
    for folder in folders:
        names = ["", *classes] if folder == "Main" else [""]
        findings += file_findings(
            root,
            list_files(root, f"ImageSets/{folder}"),
            [_set_path(folder, name, item) for name in sets for item in names],
        )
        for name, members in sets.items():
            for index, item in enumerate(names):
                path = root / _set_path(folder, name, item)
                rows = _read(out, path, len(members), findings, of_class=bool(index))
                if rows is None:
                    continue
                findings += abridge(_member_findings(str(path), [row.image for row in rows], members))
                stated = {row.image: row.presence for row in rows if row.presence is not None}
                for image, presence in stated.items():
                    presences.setdefault(image, []).append(StatedPresence(str(path), index - 1, presence))
    return presences, findings


def _set_path(folder: str, name: str, class_name: str = "") -> str:
    """Return the path of an image set, or of the set of a class, below the folder of the year."""
    return f"ImageSets/{folder}/{class_name}{'_' if class_name else ''}{name}.txt"


def _image_sets(frames: Sequence[Frame]) -> dict[str, list[str]]:
    """Return the ids of the images in each set: one per subset, and `trainval` for train and val together."""
    sets: dict[str, list[str]] = {}
    for frame in frames:
        sets.setdefault(frame.subset, []).extend(frame.image_ids)
    if parts := [name for name in ("train", "val") if name in sets]:
        sets["trainval"] = [image for name in parts for image in sets[name]]
    return sets


def _read(out: Path, path: Path, members: int, findings: list[Finding], *, of_class: bool) -> list[ImageSetRow] | None:
    """Return the rows of a set; None if it cannot be read, which is a finding."""
    try:
        return parse_image_set(decode_text(read_dataset_file(out, path, members)), of_class=of_class)
    except DamagedError as error:
        if error.kind != "missing":  # missing files are found by name
            findings.append(error.finding(str(path)))
        return None


def _member_findings(path: str, images: list[str], members: list[str]) -> list[Finding]:
    return [
        *(Finding("missing", path, "not listed", name) for name in sorted(set(members) - set(images))),
        *(Finding("extra", path, f"unexpected image {name!r}") for name in sorted(set(images) - set(members))),
        *(Finding("extra", path, f"image {name!r} is duplicated") for name in duplicates(images)),
    ]
