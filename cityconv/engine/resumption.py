"""Which results of an interrupted run, or of an earlier output, a run takes over."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from cityconv.engine.frame_work import ConvertFrame
from cityconv.engine.intact import is_intact_file
from cityconv.engine.manifest import sha256
from cityconv.errors import AnnotationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cityconv.engine.journal import FrameResult, Journal
    from cityconv.engine.plan import Plan
    from cityconv.engine.staging import StagingArea
    from cityconv.source.frame import Frame


def changed_frames(plan: Plan, journal: Journal, *, checksum: bool) -> list[int]:
    """Return the indices of frames, converted or bad, whose annotation files have changed since."""
    stamps = chain(
        ((index, journal[index].stamp) for index in journal),
        ((index, result.stamp) for index, result in journal.bad.items()),
    )
    changed = {index for index, stamp in stamps if stamp != plan.frames[index].stamp}
    if checksum:
        changed |= {index for index in journal if not _has_digest(plan.frames[index], journal[index].digest)}
    return sorted(changed)


def _has_digest(frame: Frame, digest: str) -> bool:
    try:
        return sha256(frame.read()) == digest
    except AnnotationError:
        return False


def forget_changed_frames(plan: Plan, journal: Journal, *, checksum: bool) -> list[str]:
    """Forget the results of frames whose annotation files have changed; return notes for the summary."""
    changed = [index for index in changed_frames(plan, journal, checksum=checksum) if index in journal]
    for index in changed:
        journal.forget(index)
    return [f"frames converted again because their annotation files changed: {len(changed)}"] if changed else []


def forget_damaged_frames(plan: Plan, staging: StagingArea, journal: Journal) -> list[str]:
    """Forget the results of frames whose files are not what was written; return notes for the summary.

    A power failure can lose the content of files that an interrupted run wrote, and a person or a cleaner of temporary
    files can remove them.
    """
    if plan.frames_in_shard and staging.is_committed:
        return []  # they are not needed any more
    written = staging.out if staging.is_committed else plan.staged(staging)
    damaged = [
        index
        for index in journal
        if not _is_intact(plan, staging.out if (result := journal[index]).is_kept else written, result)
    ]
    for index in damaged:
        journal.forget(index)
    return [f"frames converted again because their staged files were lost: {len(damaged)}"] if damaged else []


def _is_intact(plan: Plan, folder: Path, result: FrameResult) -> bool:
    return all(
        is_intact_file(folder / (output.folder + entry.path), entry)
        for output, part in zip(plan.outputs, result.format_results, strict=True)
        for entry in part.files
    )


def add_unchanged(plan: Plan, staging: StagingArea, journal: Journal, unchanged: Mapping[int, FrameResult]) -> None:
    """Add the results of unchanged frames to the journal, and remove what an interrupted run staged for them."""
    clear = ConvertFrame(plan.outputs, plan.reader, plan.images, plan.staged(staging)).clear
    for index, result in unchanged.items():
        if index not in journal:
            clear(plan.frames[index])
            journal.add(result)
