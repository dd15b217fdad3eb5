"""Conversions: each frame is rasterized once for all outputs, which go to one output folder."""

from __future__ import annotations

import time
from array import array
from contextlib import closing
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from cityconv.engine.executors import Numbered, execute
from cityconv.engine.frame_work import ConvertFrame
from cityconv.engine.journal import FrameResult, Journal, is_journal_of
from cityconv.engine.lock import open_staging_area
from cityconv.engine.progress import track
from cityconv.engine.publishing import check_inputs, complete_output
from cityconv.engine.report import FormatSummary, Summary
from cityconv.engine.resumption import add_unchanged, changed_frames, forget_changed_frames, forget_damaged_frames
from cityconv.engine.shards import refuse_shards_of_others
from cityconv.engine.update import compare_with_earlier, has_manifest
from cityconv.errors import AnnotationError, OutputError, SourceError, UsageError, WorkerError
from cityconv.source.disk_list import DiskList

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cityconv.engine.executors import Workers
    from cityconv.engine.plan import Plan
    from cityconv.engine.settings import Settings
    from cityconv.engine.staging import StagingArea


_SHOWN = 3  # differences in a message


def convert(plan: Plan, out: Path, settings: Settings) -> Summary:
    """Convert the frames of a plan.

    `out` stays as it is until all files are complete. If `on_error` is "fail" and there are bad frames, nothing is
    written; the summary then names all of them.

    Raises:
        OutputError: `out` cannot be written, contains a file to be written, or another run is writing to it.
        WorkerError: a worker died or hit an internal error.
        UsageError: what goes into shards cannot be updated.
    """
    start = time.monotonic()
    if settings.update and plan.frames_in_shard:
        raise UsageError("--update cannot be combined with --archive tar")
    for output in plan.outputs if plan.frames_in_shard else ():
        refuse_shards_of_others(out, output)
    settings.workers.check()
    with open_staging_area(out) as staging:
        if settings.resume and staging.is_committed:
            summary = _resume_committed(plan, staging, settings)
        elif settings.resume and not staging.is_unfinished and has_manifest(plan, out):
            summary = _resume_complete(plan, staging, settings)
        elif settings.update:
            summary = _update(plan, staging, settings)
        else:
            summary = _convert_and_publish(plan, staging, settings, list(plan.notes))
    summary.seconds = time.monotonic() - start
    return summary


def _resume_committed(plan: Plan, staging: StagingArea, settings: Settings) -> Summary:
    """Move the files of an interrupted run into place; if the plan has changed since, convert it."""
    staging.commit()
    is_same = is_journal_of(staging.journal, plan.fingerprint())
    may_replace = is_same or staging.may_replace or settings.overwrite
    if is_same:
        with Journal(staging.journal, plan.fingerprint()) as journal:
            changed = changed_frames(plan, journal, checksum=settings.checksum)
            if not changed and not forget_damaged_frames(plan, staging, journal):
                summary = summary_of(plan, journal)
                summary.resumed = summary.converted
                summary.is_published = True
                staging.close()
                return summary
    staging.close()
    note = "the unfinished run was complete, but options or files have changed since: converting all frames again"
    return _convert_and_publish(
        plan, staging, replace(settings, resume=False, overwrite=may_replace), [*plan.notes, note]
    )


def _resume_complete(plan: Plan, staging: StagingArea, settings: Settings) -> Summary:
    """Return the summary of an output that is complete already, as a job finds it that was started again.

    With --overwrite, one that is not what the plan would make is converted again.

    Raises:
        OutputError: it is not what the plan would make, and may not be replaced.
    """
    earlier = compare_with_earlier(plan, staging.out, settings.workers)
    bad = _try_frames(plan, staging, earlier.new, settings.workers) if settings.on_error == "skip" else []
    new = [f"new frames: {len(earlier.new) - len(bad):,}"] if len(bad) < len(earlier.new) else []
    differences = new + earlier.differences
    if differences and settings.overwrite:
        return _convert_and_publish(plan, staging, settings, list(plan.notes))
    if differences:
        shown = "; ".join(differences[:_SHOWN])
        raise OutputError(
            f"{staging.out}: is complete, but not what this command makes: {shown}",
            "--update converts what has changed, --overwrite converts all frames again",
        )
    summary = Summary(len(plan.frames), [FormatSummary(output.name, output.writer.unit) for output in plan.outputs])
    for index in sorted(earlier.results):
        summary.add(earlier.results[index], plan.frames[index].split)
    _add_bad(summary, plan, bad)
    summary.resumed, summary.notes, summary.is_published = summary.converted, [*plan.notes, "already complete"], True
    return summary


def _try_frames(plan: Plan, staging: StagingArea, indices: list[int], workers: Workers) -> list[FrameResult]:
    """Convert frames, discard their files, and return the results of bad ones, which an output leaves out."""
    if not indices:
        return []
    work = ConvertFrame(plan.outputs, plan.reader, plan.images, plan.staged(staging))
    items = Numbered(plan.frames, indices)
    try:
        with closing(execute(work, items, workers, lambda item: item[1].where)) as results:
            return sorted((result for result in results if result.error), key=lambda result: result.index)
    finally:
        staging.discard()


def _update(plan: Plan, staging: StagingArea, settings: Settings) -> Summary:
    """Convert what is new or changed since the earlier output, and replace it."""
    if staging.is_committed:
        staging.commit()
        staging.close()
    settings = replace(settings, overwrite=True, resume=staging.is_unfinished)
    earlier = compare_with_earlier(plan, staging.out, settings.workers)
    note = f"frames unchanged since the earlier output: {len(earlier.results):,} of {len(plan.frames):,}"
    return _convert_and_publish(plan, staging, settings, [*plan.notes, note], earlier.results)


def _convert_and_publish(
    plan: Plan,
    staging: StagingArea,
    settings: Settings,
    notes: list[str],
    unchanged: Mapping[int, FrameResult] | None = None,
) -> Summary:
    """Convert the frames that are not done yet, and move the output into place.

    Args:
        plan: what to convert.
        staging: where files are written first.
        settings: how the conversion runs.
        notes: what the user should know, a sentence each.
        unchanged: the results of frames whose files in the output folder are kept, by index in the plan.
    """
    if plan.images and (settings.overwrite or settings.resume):
        plan.images.refuse_targets(staging.out / path for path in plan.paths())
    fingerprint = plan.fingerprint()
    paths = DiskList(chain(plan.paths(), plan.records_paths()))
    staging.begin(paths, overwrite=settings.overwrite, resume=settings.resume)
    try:
        if settings.resume and not is_journal_of(staging.journal, fingerprint):
            if staging.journal.exists():
                notes.append("options, files, or the version of cityconv have changed: starting over")
            staging.reset()
        with Journal(staging.journal, fingerprint) as journal:
            notes += forget_changed_frames(plan, journal, checksum=settings.checksum)
            notes += forget_damaged_frames(plan, staging, journal)
            add_unchanged(plan, staging, journal, unchanged or {})
            resumed = len(journal)
            _convert_frames(plan, staging, journal, settings)
            summary = summary_of(plan, journal)
            summary.resumed, summary.notes = resumed, notes
            if summary.bad and (settings.on_error == "fail" or not summary.converted):
                staging.discard()
            else:
                check_inputs(plan)
                staging.publish(complete_output(plan, staging, journal, overwrite=staging.may_replace))
                summary.is_published = True
    except (OutputError, SourceError, WorkerError) as error:
        if "--resume" not in error.hint:
            error.hint = "; ".join(filter(None, (error.hint, "--resume continues")))
        raise
    return summary


def _convert_frames(plan: Plan, staging: StagingArea, journal: Journal, settings: Settings) -> None:
    """Convert the frames that are not done yet, bad ones included, and add their results to the journal."""
    remaining = array("q", (index for index in range(len(plan.frames)) if index not in journal))
    done = len(plan.frames) - len(remaining)
    work = ConvertFrame(plan.outputs, plan.reader, plan.images, plan.staged(staging))
    items = Numbered(plan.frames, remaining)
    with closing(execute(work, items, settings.workers, lambda item: item[1].where)) as results:
        for result in track(results, len(plan.frames), done, settings.progress):
            journal.add(result)


def summary_of(plan: Plan, journal: Journal) -> Summary:
    """Return the summary of a plan whose frames are in a journal."""
    summary = Summary(len(plan.frames), [FormatSummary(output.name, output.writer.unit) for output in plan.outputs])
    for index in journal:
        summary.add(journal[index], plan.frames[index].split)
    _add_bad(summary, plan, [journal.bad[index] for index in sorted(journal.bad)])
    return summary


def _add_bad(summary: Summary, plan: Plan, results: Iterable[FrameResult]) -> None:
    for result in results:
        summary.bad.append((plan.frames[result.index].where, AnnotationError(result.error, result.hint)))
        summary.unknown_labels.update(result.unknown_labels)
