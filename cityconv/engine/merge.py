"""Merges: parts of an output, which jobs have made on their own, become the output that one run makes.

A merge is an update whose unchanged frames come from the parts: their records hold all that the files of the whole data
set need, and their files are linked or copied.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from cityconv.engine.convert import summary_of
from cityconv.engine.destinations import local_copy, make_at
from cityconv.engine.executors import Workers, execute, workers_of
from cityconv.engine.files import make_file
from cityconv.engine.intact import is_intact_file
from cityconv.engine.journal import Journal
from cityconv.engine.lock import open_staging_area
from cityconv.engine.manifest import is_inside
from cityconv.engine.output_folder import refuse_dash
from cityconv.engine.progress import track
from cityconv.engine.publishing import complete_output
from cityconv.engine.records import frame_result
from cityconv.engine.settings import Settings
from cityconv.engine.whole import read_whole
from cityconv.errors import OutputError, UsageError
from cityconv.source.disk_list import DiskList

if TYPE_CHECKING:
    from collections.abc import Generator

    from cityconv.engine.journal import FrameResult
    from cityconv.engine.manifest import FileEntry
    from cityconv.engine.merge_options import MergeOptions, MergeRunOptions
    from cityconv.engine.records import PartRecord
    from cityconv.engine.report import Summary
    from cityconv.engine.staging import StagingArea
    from cityconv.engine.whole import Whole
    from cityconv.storage.url import Location


def merge(options: MergeOptions, run: MergeRunOptions) -> Summary:
    """Join parts to the output that one run makes. The parts stay as they are.

    Raises:
        UsageError: OUT is a part, or above or below one.
        OutputError: a part is missing, doubled, damaged, not a part, or does not fit the others; or OUT cannot be
            written, or contains a file to be written.
        WorkerError: a worker died or hit an internal error.
    """
    refuse_dash(options.out)
    workers_of(run).check()
    for part in options.parts:
        _refuse_nested(options.out, part)
    with ExitStack() as stack:
        whole = read_whole([stack.enter_context(local_copy(part)) for part in options.parts])
        settings = Settings(overwrite=run.overwrite, progress=run.shows_progress, is_resumable=False)
        return make_at(options.out, whole.plan, settings, lambda folder, _: _merge_into(folder, whole, run))


def _merge_into(out: Path, whole: Whole, run: MergeRunOptions) -> Summary:
    start = time.monotonic()
    with open_staging_area(out) as staging:
        if staging.is_unfinished and not run.overwrite:
            raise OutputError(f"{out}: contains an unfinished run", "--overwrite discards it")
        paths = DiskList(chain(whole.plan.paths(), whole.plan.records_paths()))
        staging.begin(paths, overwrite=run.overwrite, resume=False)
        with staging.discarded_on_error():
            summary = _merge(whole, staging, run)
    summary.seconds = time.monotonic() - start
    return summary


def _refuse_nested(out: Location, part: Location) -> None:
    real_out, real_part = _real(out), _real(part)
    if real_out.is_relative_to(real_part) or real_part.is_relative_to(real_out):
        raise UsageError(f"{out}: one of the parts, or a folder in or around one", "choose a folder beside them")


def _real(location: Location) -> PurePath:
    return PurePath(os.path.realpath(location) if isinstance(location, Path) else str(location))


def _merge(whole: Whole, staging: StagingArea, run: MergeRunOptions) -> Summary:
    plan = whole.plan
    with Journal(staging.journal, plan.fingerprint()) as journal:
        with closing(_take_frames(whole, staging.frames, workers_of(run))) as results:
            for result in track(results, len(plan.frames), 0, run.shows_progress):
                journal.add(result)
        summary = summary_of(plan, journal)
        staging.publish(complete_output(plan, staging, journal, overwrite=staging.may_replace))
    summary.is_published = True
    return summary


def _take_frames(whole: Whole, folder: Path, workers: Workers) -> Generator[FrameResult]:
    """Yield the results of all frames, one part after the other."""
    folders = tuple(output.folder for output in whole.plan.outputs)
    for part in whole.parts:
        take = _TakeFiles(folders, part.folder, folder)
        items = DiskList(_Item(index, records) for index, records in whole.records(part))
        with closing(execute(take, items, workers, lambda item: "/".join(item.records[0].key))) as results:
            yield from results


class _Item(NamedTuple):
    number: int
    records: tuple[PartRecord, ...]


@dataclass(frozen=True)
class _TakeFiles:
    """Links or copies the files of a frame of a part, and returns the frame's result. Picklable.

    Attributes:
        folders: the folder of each output, below the part and below the output.
        part: the folder of the part.
        target: the folder that stands for the output folder.
    """

    folders: tuple[str, ...]
    part: Path
    target: Path

    def __call__(self, item: _Item, /) -> FrameResult:
        for folder, record in zip(self.folders, item.records, strict=True):
            for entry in record.result.files:
                self._take(folder + entry.path, entry)
        return frame_result(item.records, item.number)

    def _take(self, path: str, entry: FileEntry) -> None:
        source, target = self.part / path, self.target / path
        is_own = is_inside(path) and not (entry.sha256 and source.is_symlink())
        if not (is_own and is_intact_file(source, entry)):
            raise OutputError(
                f"{source}: not the file that was written", f"cityconv verify {self.part} checks all files"
            )
        make_file(target, lambda: _link_or_copy(source, target))


def _link_or_copy(source: Path, target: Path) -> None:
    """Create a hard link, or a copy where the file system has none, as between two. A symbolic link stays one."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileNotFoundError:  # there is no folder yet
        raise
    except OSError:
        shutil.copyfile(source, target, follow_symlinks=False)
