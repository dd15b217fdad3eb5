"""The whole that parts make, and the checks that they do make one."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import islice, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cityconv.engine.images import SourceImages
from cityconv.engine.intact import intact_records
from cityconv.engine.libraries import library_versions
from cityconv.engine.plan import Output, Plan
from cityconv.engine.recorded import find_recorded, recorded_writer, unlisted_names
from cityconv.engine.records import PartRecord, read_records, records_name
from cityconv.engine.update import option_differences
from cityconv.errors import OutputError, UnknownNameError, counted
from cityconv.options import SubsetOptions
from cityconv.source.disk_list import DiskList, sort_on_disk
from cityconv.source.files import File
from cityconv.source.frame import Frame
from cityconv.source.layout import subset_of
from cityconv.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cityconv.engine.manifest import Part
    from cityconv.engine.recorded import RecordedOutput

_Key = tuple[str, str, bytes]  # folder below the part, format and options
_SHOWN = 8  # missing parts in a message


class PartOutput(NamedTuple):
    """A part: its folder, which part it is, and its outputs."""

    folder: Path
    part: Part
    outputs: dict[_Key, RecordedOutput]


class Whole(NamedTuple):
    """The output that parts make.

    Attributes:
        parts: all parts, in their order.
        plan: what is written; its frames have no files.
        indices: the index of each frame of the plan among the frames of all parts, bad ones included; sorted.
    """

    parts: list[PartOutput]
    plan: Plan
    indices: array[int]

    def records(self, part: PartOutput) -> Iterator[tuple[int, tuple[PartRecord, ...]]]:
        """Yield the index in the plan and the records, one for each output, of the frames of a part.

        Raises:
            OutputError: the records of two outputs are not of the same frames.
        """
        by_output = [_records(output) for output in part.outputs.values()]
        for records in zip(*by_output, strict=True):
            if any(record.index != records[0].index for record in records):
                raise OutputError(f"{part.folder}: its outputs have different frames")
            yield bisect_left(self.indices, records[0].index), records


def read_whole(folders: Sequence[Path]) -> Whole:
    """Return what parts make.

    Args:
        folders: the parts, in any order.

    Raises:
        UnknownNameError: there is no such folder.
        OutputError: a part is missing, doubled, damaged, not a part, or of another version, data set or with other
            options than the others.
    """
    parts = [_read_part(folder) for folder in folders]
    for part in parts:
        _check_fit(parts[0], part)
    parts.sort(key=lambda part: part.part.number)
    _check_complete(parts)
    first = parts[0]
    unlisted = _unlisted(first)
    writers = [recorded_writer(output, unlisted) for output in first.outputs.values()]
    options = writers[0].output
    split_by = options.split_by if isinstance(options, SubsetOptions) else "split"
    records = (record for part in parts for record in _records(next(iter(part.outputs.values()))))
    found = sort_on_disk(((record.index, _frame(record)) for record in records), itemgetter(0))
    outputs = tuple(
        Output(
            key[0].rstrip("/") or record.format,
            item.writer,
            key[0],
            record.format,
            record.options,
            _libraries(parts, key),
        )
        for (key, (_, record)), item in zip(first.outputs.items(), writers, strict=True)
    )
    plan = Plan(
        DiskList(frame._replace(subset=subset_of(frame, split_by)) for _, frame in found),
        outputs,
        None if options.images == "none" else SourceImages(options.images, {}),
    )
    return Whole(parts, plan, array("q", (index for index, _ in found)))


def _read_part(folder: Path) -> PartOutput:
    if not folder.is_dir():
        raise UnknownNameError(f"{folder}: no such folder")
    recorded = find_recorded(folder)
    if not recorded:
        raise OutputError(f"{folder}: found no output of cityconv")
    for output in recorded:
        if output.record.tool_version != __version__:
            raise OutputError(f"{output.folder}: made by version {output.record.tool_version}; this is {__version__}")
        if output.record.part is None:
            raise OutputError(f"{output.folder}: not a part", "--part makes one")
    parts = {output.record.part for output in recorded}
    if len(parts) > 1:
        raise OutputError(f"{folder}: holds {' and '.join(sorted(map(str, parts)))}")
    outputs = {_key(folder, output): output for output in recorded}
    return PartOutput(folder, next(part for part in parts if part), dict(sorted(outputs.items())))


def _key(part: Path, output: RecordedOutput) -> _Key:
    folder = "" if output.folder == part else f"{output.folder.name}/"
    return folder, output.record.format, msgspec.json.encode(output.record.options, order="deterministic")


def _check_fit(first: PartOutput, other: PartOutput) -> None:
    """Refuse a part that has other outputs, options or frames than the first."""
    if first.outputs.keys() != other.outputs.keys():
        raise OutputError(f"{other.folder}: {_difference(first, other)}")
    if (first.part.frames, first.part.digest) != (other.part.frames, other.part.digest):
        frames = [counted(part.frames, "frame") for part in (other.part, first.part)]
        raise OutputError(
            f"{other.folder}: made from another data set than {first.folder}", f"{frames[0]} and {frames[1]}"
        )
    if first.part.of != other.part.of:
        raise OutputError(f"{other.folder}: {other.part}, and {first.folder} is {first.part}")
    for ours, theirs in zip(first.outputs.values(), other.outputs.values(), strict=True):
        _check_libraries(theirs, ours)


def _check_libraries(output: RecordedOutput, first: RecordedOutput) -> None:
    """Refuse an output made with another version of a library than the first one, or than the one that is here."""
    here = library_versions(encodes_images=False)
    for name, version in output.record.libraries.items():
        for expected, where in (
            (first.record.libraries.get(name), first.folder),
            (here.get(name), "this installation"),
        ):
            if expected not in (None, version):
                raise OutputError(f"{output.folder}: made with {name} {version}, and {where} has {expected}")


def _difference(first: PartOutput, other: PartOutput) -> str:
    names = [sorted(folder + kind for folder, kind, _ in part.outputs) for part in (first, other)]
    if names[0] != names[1]:
        return f"has {', '.join(names[1])}, and {first.folder} has {', '.join(names[0])}"
    pairs = zip(first.outputs.values(), other.outputs.values(), strict=True)
    words = [
        words for ours, theirs in pairs for words in option_differences(ours.record.options, theirs.record.options)
    ]
    return f"{'; '.join(dict.fromkeys(words))} than {first.folder}"


def _check_complete(parts: Sequence[PartOutput]) -> None:
    """Refuse parts, sorted by number, of which one is doubled or missing."""
    for one, other in pairwise(parts):
        if one.part.number == other.part.number:
            if other.folder == one.folder:
                raise OutputError(f"{other.folder}: is given twice")
            raise OutputError(f"{other.folder}: {other.part}, as {one.folder} is")
    numbers = {part.part.number for part in parts}
    missing = (number for number in range(1, parts[0].part.of + 1) if number not in numbers)
    if shown := [f"{number:,}" for number in islice(missing, _SHOWN)]:
        more = ", ..." if next(missing, None) else ""
        hint = "a part of which all frames are bad is not written"
        raise OutputError(f"of {counted(parts[0].part.of, 'part')}, these are missing: {', '.join(shown)}{more}", hint)


def _unlisted(part: PartOutput) -> tuple[str, ...]:
    """Return the names that class maps have added to the label table of all outputs.

    Raises:
        OutputError: several class maps have, in an order that manifests do not tell.
    """
    added = dict.fromkeys(filter(None, map(unlisted_names, part.outputs.values())))
    if len(added) > 1:
        raise OutputError(
            f"{part.folder}: different class maps have names that the label table does not have",
            "parts of a recipe can have one such class map; --labels takes a table that has the names",
        )
    return next(iter(added), ())


def _records(output: RecordedOutput) -> Iterator[PartRecord]:
    """Yield the records of a part.

    Raises:
        OutputError: they are missing or damaged.
    """
    folder, record = output
    path = intact_records(folder, record)
    if path is None:
        name = records_name(record.format, record.options)
        raise OutputError(f"{folder / name}: missing or damaged", "make this part again with --overwrite")
    for item in read_records(path, PartRecord):
        if record.part is None or item.index % record.part.of != record.part.number - 1:
            raise OutputError(f"{path}: has a frame of another part")
        yield item


def _frame(record: PartRecord) -> Frame:
    """Return the frame of a record, without its file."""
    source_split, city, name = record.key
    frame = Frame(source_split, city, name, record.tree, File(""), "", (), record.image_suffixes)
    return frame if record.split == source_split else frame.in_split(record.split)


def _libraries(parts: Sequence[PartOutput], key: _Key) -> dict[str, str]:
    """Return the versions of libraries of an output: some are used in some parts alone."""
    versions: dict[str, str] = {}
    for part in parts:
        versions |= part.outputs[key].record.libraries
    return versions
