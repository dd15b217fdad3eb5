"""Updates: which frames of an earlier output need not be converted again."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cityconv.engine.executors import execute
from cityconv.engine.intact import intact_records, is_intact_file
from cityconv.engine.manifest import OutputRecord, read_manifest, sha256
from cityconv.engine.records import FrameRecord, frame_result, read_records, records_name
from cityconv.errors import AnnotationError, ImageError
from cityconv.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cityconv.engine.executors import Workers
    from cityconv.engine.images import SourceImages
    from cityconv.engine.journal import FrameResult
    from cityconv.engine.manifest import FileEntry
    from cityconv.engine.plan import Output, Plan
    from cityconv.source.frame import Frame, FrameKey


_DIFFERENCE = {"drawn_groups": "other groups are drawn"}  # of what is recorded, but not an option


class Earlier(NamedTuple):
    """An earlier output at the place of a new one.

    Attributes:
        results: the results of frames that are unchanged, by index in the plan.
        new: indices of frames that it does not have.
        differences: in which other ways it differs, a few words each.
    """

    results: dict[int, FrameResult]
    new: list[int]
    differences: list[str]


def has_manifest(plan: Plan, out: Path) -> bool:
    """Return whether there is a complete output at the place of any output of a plan."""
    return any(_record_of(output, out) is not None for output in plan.outputs)


def compare_with_earlier(plan: Plan, out: Path, workers: Workers) -> Earlier:
    """Compare a plan with the output that is there, by reading all annotations and all files of the output.

    Raises:
        OutputError: a manifest is damaged.
    """
    records = [_record_of(output, out) for output in plan.outputs]
    if any(record is None for record in records):
        return Earlier({}, [], ["there is no complete output of this kind"])
    found = [record for record in records if record is not None]
    differences = [
        text for output, record in zip(plan.outputs, found, strict=True) for text in _options(plan, output, record)
    ]
    if differences:
        return Earlier({}, [], differences)
    by_output = [
        _frame_records(plan, out / output.folder, record) for output, record in zip(plan.outputs, found, strict=True)
    ]
    items: list[_Item] = []
    new: list[int] = []
    for index, frame in enumerate(plan.frames):
        if all(frame.key in records for records in by_output):
            items.append(_Item(index, frame, tuple(records[frame.key] for records in by_output)))
        else:
            new.append(index)
    work = _FindUnchanged(out, plan.outputs, plan.images, are_loose=not plan.frames_in_shard)
    with closing(execute(work, items, workers, lambda item: item.frame.where)) as results:
        unchanged = {result.index: result for result in results if result is not None}
    gone = sum(found[0].source.frames.values()) - len(items)
    changed = len(items) - len(unchanged)
    counts = ((gone, "gone frames"), (changed, "frames changed in the data set or in the output"))
    differences = [f"{words}: {number:,}" for number, words in counts if number]
    differences += [
        f"{output.folder}{entry.path} has changed"
        for output, record in zip(plan.outputs, found, strict=True)
        for entry in _dataset_files(plan, output, record)
        if not is_intact_file(out / output.folder / entry.path, entry)
    ]
    return Earlier(unchanged, new, differences)


def _record_of(output: Output, out: Path) -> OutputRecord | None:
    """Return the record of an earlier output: of the same options, or else of the same format."""
    manifest = read_manifest(out / output.folder)
    own = [record for record in manifest.outputs if record.format == output.format] if manifest else []
    same = [record for record in own if record.options == dict(output.options)]
    return next(iter(same or own), None)


def option_differences(options: Mapping[str, Any], others: Mapping[str, Any]) -> list[str]:
    """Return how recorded options differ, a few words for each that does."""
    names = sorted(options.keys() | others)
    changed = [name for name in names if options.get(name) != others.get(name)]
    return [_DIFFERENCE.get(name) or f"made with another --{name.replace('_', '-')}" for name in changed]


def _options(plan: Plan, output: Output, record: OutputRecord) -> list[str]:
    differences = [f"{output.name}: {words}" for words in option_differences(output.options, record.options)]
    if record.tool_version != __version__:
        differences.append(f"{output.name}: made by version {record.tool_version}")
    if record.part != plan.part:
        differences.append(f"{output.name}: {record.part or 'not a part'}")
    if record.libraries != output.libraries:
        versions = ", ".join(f"{name} {version}" for name, version in record.libraries.items())
        differences.append(f"{output.name}: made with {versions}")
    return differences


def _frame_records(plan: Plan, folder: Path, record: OutputRecord) -> dict[FrameKey, FrameRecord]:
    """Return the records of the frames of a plan by their keys; none if they are damaged."""
    path = intact_records(folder, record)
    if path is None:
        return {}
    keys = {frame.key for frame in plan.frames}
    return {item.key: item for item in read_records(path, FrameRecord) if item.key in keys}


def _dataset_files(plan: Plan, output: Output, record: OutputRecord) -> list[FileEntry]:
    if plan.frames_in_shard:
        return list(record.files)
    names = {*output.writer.dataset_files(plan.frames), records_name(output.format, dict(output.options))}
    return [entry for entry in record.files if entry.path in names]


class _Item(NamedTuple):
    number: int
    frame: Frame
    records: tuple[FrameRecord, ...]


@dataclass(frozen=True)
class _FindUnchanged:
    """Returns the result of a frame if its annotation, split, photographs and files are what they were. Picklable.

    Attributes:
        out: the output folder.
        outputs: the outputs.
        images: the images, if any.
        are_loose: whether the files of frames are there, not in shards.
    """

    out: Path
    outputs: tuple[Output, ...]
    images: SourceImages | None
    are_loose: bool

    def __call__(self, item: _Item, /) -> FrameResult | None:
        try:
            digest = sha256(item.frame.read())
            images = [image.digest() for image in self.images.of(item.frame)] if self.images else []
        except (AnnotationError, ImageError):
            return None
        now = (item.frame.split, digest, images)  # a frame that is added may move others to another split
        if any((record.split, record.digest, record.image_digests) != now for record in item.records):
            return None
        for output, record in zip(self.outputs, item.records, strict=True):
            if self.are_loose and not self._are_intact(output, record):
                return None
            if not self._has_images(output, record, item.frame):
                return None
        return frame_result(item.records, item.number, item.frame.stamp, is_kept=True)

    def _are_intact(self, output: Output, record: FrameRecord) -> bool:
        folder = self.out / output.folder
        return all(is_intact_file(folder / entry.path, entry) for entry in record.result.files)

    def _has_images(self, output: Output, record: FrameRecord, frame: Frame) -> bool:
        """Return whether the images have the names that they would get now, and links lead to them."""
        if self.images is None:
            return True
        names = output.writer.image_files(frame)
        linked = zip(self.images.of(frame), names, strict=True)
        return {*names} <= {entry.path for entry in record.result.files} and all(
            image.is_linked_at(self.out / (output.folder + name)) for image, name in linked
        )
