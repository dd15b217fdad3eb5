"""Parts: shares of the frames that jobs convert on their own, and a merge joins.

The I-th of N parts has the I-th frame and every N-th after it, so that all parts have frames of all splits and cities.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import msgspec

from cityconv.engine.manifest import Part, source_digest
from cityconv.engine.records import FrameRecord, PartRecord
from cityconv.errors import UsageError, counted, quoted
from cityconv.source.disk_list import DiskList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.source.frame import Frame

Item = TypeVar("Item")

_PART = re.compile(r"([0-9]{1,99})/([0-9]{1,99})")


def take_part(frames: Sequence[Frame], text: str | None) -> tuple[Sequence[Frame], Part | None]:
    """Return the frames of a part, and what its manifest says of it; without a part all frames.

    Args:
        frames: those of all parts, sorted.
        text: I/N.

    Raises:
        UsageError: it is not a part, or there are fewer frames than parts.
    """
    if text is None:
        return frames, None
    match = _PART.fullmatch(text)
    number, of = map(int, match.groups()) if match else (0, 0)
    if not 1 <= number <= of:
        raise UsageError(f"--part: {quoted(text)} is not I/N", "parts are numbered from 1, such as 1/3, 2/3 and 3/3")
    if of > len(frames):
        raise UsageError(f"--part {text}: there {'is' if len(frames) == 1 else 'are'} {counted(len(frames), 'frame')}")
    digest = source_digest((frame.key, str(frame.stamp[:1])) for frame in frames)
    part = Part(number, of, len(frames), digest)
    return items_of(part, frames), part


def items_of(part: Part | None, items: Sequence[Item]) -> Sequence[Item]:
    """Return those items, one for each frame of all parts, that belong to a part; without a part, all."""
    return DiskList(islice(items, part.number - 1, None, part.of)) if part else items


def record_in_part(record: FrameRecord, frame: Frame, index: int, part: Part) -> PartRecord:
    """Return the record of a frame, given with its index in the part, with its place in the whole."""
    place = part.number - 1 + index * part.of
    own = msgspec.structs.asdict(record)
    return PartRecord(**own, index=place, tree=frame.tree, image_suffixes=frame.image_suffixes)
