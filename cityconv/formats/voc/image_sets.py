"""The image sets of Pascal VOC: which images each lists, and what it says of a class in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cityconv.check.coco_files import repeated
from cityconv.check.file_listing import file_findings, read_text
from cityconv.check.findings import Finding
from cityconv.check.png import DamagedError

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.source.layout import Frame

_STATES = ("-1", "0", "1")  # no object of the class, only difficult ones, at least one other


class Said(NamedTuple):
    """What a file about a class says of an image: the file, the index of the class, and the state."""

    path: str
    class_index: int
    state: str


def set_name(folder: str, name: str, about: str = "") -> str:
    """Return the path of a file of an image set, below the folder of the year."""
    return f"ImageSets/{folder}/{about}{'_' if about else ''}{name}.txt"


def read_sets(
    root: Path, folders: list[str], frames: list[Frame], classes: list[str]
) -> tuple[dict[str, list[Said]], list[Finding]]:
    """Return what is said of classes in each frame, and what is wrong with the sets as such.

    Args:
        root: the folder of the year.
        folders: which of `Main` and `Segmentation` there should be.
        frames: all frames.
        classes: the names of the classes that `Main` has files about.
    """
    findings: list[Finding] = []
    said: dict[str, list[Said]] = {}
    sets = _image_sets(frames)
    for folder in folders:
        about = ["", *classes] if folder == "Main" else [""]
        paths = [set_name(folder, name, item) for name in sets for item in about]
        findings += file_findings(root, f"ImageSets/{folder}/*", paths)
        for name, members in sets.items():
            for index, item in enumerate(about):
                rows, wrong = _read(root / set_name(folder, name, item), members, has_states=bool(index))
                findings += wrong
                for image, state in rows.items():
                    said.setdefault(image, []).append(state._replace(class_index=index - 1))
    return said, findings


def _image_sets(frames: list[Frame]) -> dict[str, list[str]]:
    """Return the frames of each set: of every subset, and of train and val together."""
    sets: dict[str, list[str]] = {}
    for frame in frames:
        sets.setdefault(frame.subset, []).append(frame.name)
    if both := [name for name in ("train", "val") if name in sets]:
        sets["trainval"] = [frame for name in both for frame in sets[name]]
    return sets


def _read(path: Path, members: list[str], *, has_states: bool) -> tuple[dict[str, Said], list[Finding]]:
    """Return what a file says of each image, if it is about a class, and which images are missing or too many."""
    if not path.exists():  # which is found already
        return {}, []
    try:
        rows = [line.split() for line in read_text(path).splitlines()]
    except DamagedError as error:
        return {}, [Finding("unreadable", str(path), str(error))]
    size = 2 if has_states else 1
    findings = [
        Finding("unreadable", str(path), f"line {number} is not a name{' and -1, 0 or 1' if has_states else ''}")
        for number, row in enumerate(rows, 1)
        if len(row) != size or (has_states and row[-1] not in _STATES)
    ]
    listed = [row[0] for row in rows if row]
    findings += [Finding("missing", str(path), "not listed", name) for name in sorted(set(members) - set(listed))]
    findings += [Finding("extra", str(path), f"lists {name!r}") for name in sorted(set(listed) - set(members))]
    findings += [Finding("extra", str(path), f"lists {name!r} twice") for name in repeated(listed)]
    return {row[0]: Said(str(path), 0, row[1]) for row in rows if has_states and len(row) == size}, findings
