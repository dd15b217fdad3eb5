"""Lists of frames that users write, one name per line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cityconv.errors import UsageError, quoted, suggestion
from cityconv.source.files import explain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cityconv.source.frame import Frame

_LONGEST_FILE = 2**24  # bytes: far more than all names of the release


class FrameNames(NamedTuple):
    """Names of frames, and where a user wrote them.

    Attributes:
        file: the file that has them.
        names: `<name>`, `<city>/<name>` or `<split>/<city>/<name>`, as the folders of the data set say.
        places: where each is in the file, such as `line 3`.
    """

    file: str
    names: Sequence[str]
    places: Sequence[str]


def read_frame_names(path: Path) -> FrameNames:
    """Return the names in a text file, one per line. Blank lines are skipped.

    Raises:
        UsageError: the file cannot be read, is not UTF-8 text, or has no names.
    """
    try:
        with path.open("rb") as file:  # may be a pipe
            content = file.read(_LONGEST_FILE + 1)
        if len(content) > _LONGEST_FILE:
            raise UsageError(f"{path}: more than {_LONGEST_FILE:,} bytes")
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}: not UTF-8 text: {error.reason} - at line {number}") from None
    except OSError as error:
        raise UsageError(f"{path}: {explain(error)}") from None
    named = [(line.strip(), f"line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not named:
        raise UsageError(f"{path}: no frame names")
    names, places = zip(*named, strict=True)
    return FrameNames(str(path), names, places)


def pick_frames(frames: Sequence[Frame], wanted: FrameNames) -> list[Frame]:
    """Return the frames that a list names, in their own order.

    Raises:
        UsageError: a name belongs to no frame, or to several.
    """
    by_name: dict[str, list[Frame]] = {name: [] for name in wanted.names}
    for frame in frames:
        for name in by_name.keys() & _names(frame):
            by_name[name].append(frame)
    picked = set()
    for name, place in zip(wanted.names, wanted.places, strict=True):
        found = by_name[name]
        if not found:
            hint = suggestion(name, (known for frame in frames for known in _names(frame)))
            raise UsageError(f"{wanted.file}: no frame is called {quoted(name)} - at {place}", hint)
        if len(found) > 1:
            longer = ", ".join("/".join(filter(None, frame.key)) for frame in found[:2])
            raise UsageError(
                f"{wanted.file}: {len(found)} frames are called {quoted(name)} - at {place}",
                f"write the split and the city too, such as {longer}",
            )
        picked.add(found[0])
    return sorted(picked)


def _names(frame: Frame) -> set[str]:
    """Return what a list may call a frame."""
    return {frame.name, frame.folder_path, "/".join(filter(None, frame.key))}
