"""What `data.yaml` says, against what it should say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.check.findings import Finding
from cityconv.formats.yolo.reader import RESERVED_KEYS, RESOLVED_SPLITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cityconv.formats.yolo.reader import Description
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame

DESCRIPTION = "data.yaml"
MASKS = "masks"  # the folder of masks
_REQUIRED_SPLITS = ("train", "val")  # by Ultralytics
_SPLIT_KEYS = {  # what folders of splits are called in `data.yaml`, by their name in lower case
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


def description_findings(
    out: Path, description: Description, frames: Sequence[Frame], selection: Selection, values: tuple[int, ...] | None
) -> Iterator[Finding]:
    """Yield what is wrong in `data.yaml`.

    Args:
        out: the output folder.
        description: the content of the file.
        frames: all frames.
        selection: the classes.
        values: what the masks hold for each class; None if there are text files instead of masks.
    """
    file = str(out / DESCRIPTION)
    yield from _path_findings(out, description)
    yield from _split_findings(file, description.folders, frames)
    yield from _name_findings(file, description.names, selection)
    if values is None:
        if description.masks is not None:
            yield Finding("value", file, f"masks_dir: {description.masks!r}, but there are text files")
        return
    if description.masks != MASKS:
        yield Finding("value", file, f"masks_dir: {description.masks!r} where {MASKS!r} is expected")
    expected = {value: index for index, value in enumerate(values) if values != tuple(range(len(values)))}
    if description.mapping != expected:
        yield Finding("value", file, f"label_mapping: {description.mapping} where {expected} is expected")


def _path_findings(out: Path, description: Description) -> Iterator[Finding]:
    """Yield a finding if the folders are not below the output. A relative path depends on Ultralytics' settings."""
    if description.path is not None and description.path not in (str(out.absolute()), str(out.resolve())):
        yield Finding("value", str(out / DESCRIPTION), f"path: {description.path!r} is not the folder of this file")


def _split_findings(file: str, folders: dict[str, list[str]], frames: Sequence[Frame]) -> Iterator[Finding]:
    """Yield the splits of `data.yaml` that are missing or have other folders than those of their images.

    If there are no frames of train, the split has the folders of val, and vice versa; if there are none of both, both
    have those of the first split. Splits that Ultralytics does not know and that have no frames do not matter.
    """
    expected: dict[str, list[str]] = {}
    for frame in frames:
        own = expected.setdefault(_SPLIT_KEYS.get(frame.split.lower(), frame.split), [])
        if (folder := f"images/{frame.subset}") not in own:
            own.append(folder)
    first = next(iter(expected.values()))
    stand_in = expected.get("train", expected.get("val", first))
    expected = dict.fromkeys(_REQUIRED_SPLITS, stand_in) | expected
    known = {split for split in folders if split in RESOLVED_SPLITS}
    for split in sorted({*expected, *known}.difference(RESERVED_KEYS)):
        if split not in folders:
            yield Finding("missing", file, f"missing split {split}")
        elif split not in expected:
            yield Finding("value", file, f"unexpected split {split}: {', '.join(folders[split])}")
        elif [folder.rstrip("/") for folder in folders[split]] != expected[split]:
            message = f"{split}: {', '.join(folders[split])} where {', '.join(expected[split])} is expected"
            yield Finding("value", file, message)


def _name_findings(file: str, names: list[str], selection: Selection) -> Iterator[Finding]:
    expected = [item.name for item in selection.classes]
    if not names:
        yield Finding("missing", file, "missing names")
        return
    for index in range(max(len(names), len(expected))):
        found, wanted = (side[index] if index < len(side) else None for side in (names, expected))
        if found is None:
            yield Finding("class", file, f"missing class {index}, {wanted!r}")
        elif wanted is None:
            yield Finding("class", file, f"extra class {index}, {found!r}")
        elif found != wanted:
            yield Finding("class", file, f"class {index} is {found!r} where {wanted!r} is expected")
