"""What a conversion does before its output is published: complete it, describe it, and check it."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from functools import cached_property
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.engine.files import remove, translate_os_errors, write_file
from cityconv.engine.manifest import (
    FILE_NAME,
    FileEntry,
    Manifest,
    OutputRecord,
    Source,
    encode_manifest,
    hash_pieces,
    read_manifest,
    source_digest,
)
from cityconv.engine.parts import record_in_part
from cityconv.engine.records import FrameRecord, encode_records, records_name
from cityconv.engine.shards import Member, member_names, pack
from cityconv.errors import OutputError, SourceError, counted
from cityconv.source.disk_list import DiskList, sort_on_disk
from cityconv.source.listings import list_again
from cityconv.source.locations import file_state
from cityconv.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cityconv.engine.journal import FrameResult, Journal
    from cityconv.engine.plan import Output, Plan
    from cityconv.engine.staging import StagingArea
    from cityconv.source.frame import Frame


class JournalRecords:
    """The records of one output, read from the journal; see `formats.base.Records`."""

    def __init__(self, plan: Plan, journal: Journal, output_index: int) -> None:
        self._plan = plan
        self._journal = journal
        self._output_index = output_index

    @property
    def frames(self) -> Iterator[Frame]:
        """The converted frames."""
        return (self._plan.frames[index] for index in self._journal)

    def of(self, subset: str) -> Iterator[tuple[Frame, bytes]]:
        """Yield each frame of a subset with its record."""
        for index in self._indices.get(subset, ()):
            yield self._plan.frames[index], self._journal[index].format_results[self._output_index].record

    @property
    def subsets(self) -> list[str]:
        """The subsets of the converted frames, sorted."""
        return sorted(self._indices)

    def files_of(self, subset: str) -> Iterator[tuple[Frame, list[FileEntry]]]:
        """Yield each frame of a subset with its files."""
        for index in self._indices.get(subset, ()):
            yield self._plan.frames[index], self._journal[index].format_results[self._output_index].files

    @cached_property
    def _indices(self) -> dict[str, array[int]]:
        """The indices of the converted frames of each subset."""
        indices: dict[str, array[int]] = {}
        for index in self._journal:
            indices.setdefault(self._plan.frames[index].subset, array("q")).append(index)
        return indices


def complete_output(plan: Plan, staging: StagingArea, journal: Journal, *, overwrite: bool) -> set[str]:
    """Write the files of the whole data set and the manifests.

    Returns:
        The paths of obsolete files, relative to the output folder: those of earlier outputs that this one replaces, and
        does not have.

    Raises:
        OutputError: a file cannot be written, or a staged file has disappeared or changed its size.
    """
    with translate_os_errors(staging.dataset):
        for folder in (staging.dataset, staging.manifests):  # an interrupted run may have had other frames
            remove(folder)
    _remove_unlisted(plan, staging, journal)
    source = _source_of(plan, journal)
    obsolete: set[str] = set()
    staged: dict[str, Manifest] = {}
    for index, output in enumerate(plan.outputs):
        of_frames = DiskList(() if plan.frames_in_shard else _check_frame_files(plan, staging, journal, index))
        entries: list[FileEntry] = []
        folded = JournalRecords(plan, journal, index)
        for path, content in chain(output.writer.fold(folded), _shards(plan, staging, output, folded)):
            write_file(staging.dataset / (output.folder + path), hash_pieces(content, entries, path))
        if not output.format:
            continue
        records = records_name(output.format, dict(output.options))
        pieces = hash_pieces(encode_records(_frame_records(plan, journal, index)), entries, records)
        write_file(staging.dataset / (output.folder + records), pieces)
        files = sort_on_disk(chain(of_frames, entries), attrgetter("path"))
        before = read_manifest(staging.out / output.folder) or Manifest()
        is_first = all((other.folder, other.format) != (output.folder, output.format) for other in plan.outputs[:index])
        manifest = staged.get(output.folder, before).replacing(
            _record_of(plan, journal, index, source, files), overwrite=overwrite and is_first
        )
        staged[output.folder] = manifest
        path = output.folder + FILE_NAME
        write_file(staging.manifests / path, encode_manifest(manifest, str(staging.out / path)))
        if overwrite:
            obsolete |= _obsolete_files(plan, output, before, manifest, staging.out)
    return obsolete


def _shards(
    plan: Plan, staging: StagingArea, output: Output, records: JournalRecords
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the shards of an output and their indices, if there are any; see `pack`."""
    if not plan.frames_in_shard:
        return
    folder = staging.samples / output.folder
    with_images = plan.images is not None
    for subset in records.subsets:
        samples = (
            [
                Member(name, folder / entry.path, entry)
                for name, entry in zip(member_names(output.writer, frame, with_images=with_images), files, strict=True)
            ]
            for frame, files in records.files_of(subset)
        )
        yield from pack(subset, samples, plan.frames_in_shard)


def _check_frame_files(plan: Plan, staging: StagingArea, journal: Journal, output_index: int) -> Iterator[FileEntry]:
    """Yield the files of all frames in one output, after checking that each is where the run put it."""
    for is_kept, parent in ((False, staging.frames), (True, staging.out)):
        folder = parent / plan.outputs[output_index].folder
        for frame in journal:
            for entry in _files(journal[frame], output_index, is_kept=is_kept):
                _check_file(folder / entry.path, entry)
                yield entry


def _files(result: FrameResult, output_index: int, *, is_kept: bool) -> list[FileEntry]:
    return result.format_results[output_index].files if result.is_kept == is_kept else []


def check_inputs(plan: Plan) -> None:
    """Refuse inputs that changed since they were listed: the output would mix two data sets.

    Raises:
        SourceError: one has changed.
    """
    list_again(path for path, _ in plan.inputs)
    changed = [path for path, state in plan.inputs if file_state(path)[: len(state)] != state or not state]
    list_again(file.path for frame in plan.frames for file in frame.files if not file.archive)
    changed += [frame.where for frame in plan.frames if frame.has_changed()]
    if changed:
        others = f", and {counted(len(changed) - 1, 'more file')}" if len(changed) > 1 else ""
        raise SourceError(f"{changed[0]}: changed during the run{others}", "--resume converts what changed again")


def _source_of(plan: Plan, journal: Journal) -> Source:
    frames = DiskList((plan.frames[index].key, journal[index].digest) for index in journal)
    counts = Counter(split for (split, _, _), _ in frames)
    return Source(dict(sorted(counts.items())), source_digest(frames))


def _check_file(path: Path, entry: FileEntry) -> None:
    """Refuse to publish when a file that was written or is kept is not there any more, or was cut."""
    try:
        size = os.stat(path).st_size  # noqa: PTH116 - of many
    except OSError:
        raise OutputError(f"{path}: has disappeared since it was written") from None
    if size != entry.size:
        raise OutputError(f"{path}: has {size} bytes, and {entry.size} were written")


def _remove_unlisted(plan: Plan, staging: StagingArea, journal: Journal) -> None:
    """Remove staged files of interrupted runs, which a power failure may have brought back."""
    with translate_os_errors(staging.frames):
        if plan.frames_in_shard:
            remove(staging.frames)  # all are in another folder
            return
        if _count_files(staging.frames) == sum(1 for _ in _staged_files(plan, journal)):
            return  # a file that is listed and missing is noticed next
        listed = {*_staged_files(plan, journal)}
        start = len(f"{staging.frames}/")
        for parent, _, names in os.walk(staging.frames):
            for name in names:
                if f"{parent}/{name}"[start:] not in listed:
                    Path(parent, name).unlink()


def _staged_files(plan: Plan, journal: Journal) -> Iterator[str]:
    for frame in journal:
        result = journal[frame]
        for index, output in enumerate(plan.outputs):
            yield from (output.folder + entry.path for entry in _files(result, index, is_kept=False))


def _count_files(folder: str | Path) -> int:
    if not os.path.isdir(folder):  # noqa: PTH112 - also text
        return 0
    with os.scandir(folder) as entries:
        return sum(_count_files(entry.path) if entry.is_dir(follow_symlinks=False) else 1 for entry in entries)


def _frame_records(plan: Plan, journal: Journal, output_index: int) -> Iterator[FrameRecord]:
    for index in journal:
        frame, result = plan.frames[index], journal[index]
        of_output = result.format_results[output_index]
        record = FrameRecord(
            frame.key,
            frame.split,
            result.digest,
            result.image_digests,
            result.objects,
            of_output,
            result.overlap,
        )
        yield record_in_part(record, frame, index, plan.part) if plan.part else record


def _record_of(plan: Plan, journal: Journal, index: int, source: Source, files: Sequence[FileEntry]) -> OutputRecord:
    output = plan.outputs[index]
    written = 0
    skipped: dict[str, Counter[str]] = {}
    for frame in journal:
        result = journal[frame].format_results[index]
        written += result.written
        for reason, name, count in result.skipped:
            skipped.setdefault(reason, Counter())[name] += count
    return OutputRecord(
        output.format,
        __version__,
        dict(output.libraries),
        dict(output.options),
        source,
        {output.writer.unit: written},
        {reason: dict(sorted(names.items())) for reason, names in sorted(skipped.items())},
        files,
        plan.part,
    )


def _obsolete_files(plan: Plan, output: Output, before: Manifest, now: Manifest, out: Path) -> set[str]:
    """Return the files of an earlier output of the format that are not in the new one, as far as they exist."""
    earlier = (entry.path for entry in before.files_of(output.format))
    # An output without a manifest: what this plan would have written for frames that turned out bad.
    planned = (path.removeprefix(output.folder) for path in plan.frame_paths(output))
    candidates = ((path, True) for path in chain(earlier, planned))
    kept = ((entry.path, False) for record in now.outputs for entry in record.files)
    by_path = groupby(sort_on_disk(chain(candidates, kept)), itemgetter(0))
    gone = (output.folder + path for path, items in by_path if next(items)[1])  # what is kept comes first
    return {path for path in gone if _is_file(out / path)}


def _is_file(path: Path) -> bool:
    """Return whether a path is a file or a link, not a folder, which a user may have put there."""
    return path.is_symlink() or path.is_file()
