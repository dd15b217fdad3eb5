"""Verification by the manifest of an output: its files, and the options that it was made with."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from cityconv.check.expected_files import list_files
from cityconv.check.findings import Finding, abridge
from cityconv.engine.executors import execute
from cityconv.engine.intact import is_intact_file
from cityconv.engine.manifest import FILE_NAME, FileEntry
from cityconv.engine.progress import track
from cityconv.engine.recorded import RecordedOutput, recorded_table
from cityconv.errors import OutputError, UsageError, quoted
from cityconv.formats import FORMATS
from cityconv.frame.reading import NamedFiles, read_named_files
from cityconv.source.classes import parse_class_map
from cityconv.source.frame_names import FrameNames
from cityconv.source.splits import parse_splits
from cityconv.verification.comparison import check_without_frames
from cityconv.verification.options import ContentOptions, TargetOptions
from cityconv.vocabulary import DEFAULT_TABLE, STAGING_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.check.findings import Check
    from cityconv.engine.executors import Workers
    from cityconv.frame.reading import FrameReader
    from cityconv.source.classes import Selection
    from cityconv.source.labels.table import LabelTable

Options = TypeVar("Options", TargetOptions, ContentOptions)

_DRAFT_SUFFIX = ".part"
_CHUNK = 64  # files that a worker checks at a time


def check_files(out: Path, outputs: list[RecordedOutput], *, workers: Workers, progress: bool) -> Check:
    """Compare the files of outputs with their manifests: none may be missing, changed, or left by a run that failed.

    Args:
        out: the folder that was named.
        outputs: the outputs in it.
        workers: where files are compared.
        progress: whether to show a progress bar on a terminal.
    """
    entries = [(output.folder, entry) for output in outputs for entry in output.record.files]
    chunks = [entries[start : start + _CHUNK] for start in range(0, len(entries), _CHUNK)]
    with closing(execute(_damaged, chunks, workers, _first_file)) as results:
        found = track(results, len(chunks), 0, progress)
        findings = list(abridge(finding for damaged in found for finding in damaged))
    findings += find_remains({output.folder for output in outputs} | {out})
    check = check_without_frames("manifest", sorted(findings, key=lambda finding: finding.file))
    check.compared["files"] = len(entries)
    return check


def _first_file(chunk: list[tuple[Path, FileEntry]]) -> str:
    folder, entry = chunk[0]
    return str(folder / entry.path)


def _damaged(chunk: list[tuple[Path, FileEntry]]) -> list[Finding]:
    """Return the files that are missing or not what was written."""
    findings = []
    for folder, entry in chunk:
        path = folder / entry.path
        if not os.path.exists(path):  # noqa: PTH110 - of many
            findings.append(Finding("missing", str(path), "missing"))
        elif not ((not entry.sha256 or is_below(folder, path)) and is_intact_file(path, entry)):
            findings.append(Finding("changed", str(path), "not the file that was written"))
    return findings


def files_of_others(output: RecordedOutput, recorded: Iterable[RecordedOutput]) -> set[str]:
    """Return the files that belong to other outputs in the same folder."""
    others = (item for item in recorded if item is not output and item.folder == output.folder)
    return {str(item.folder / entry.path) for item in others for entry in item.record.files}


def is_below(folder: Path, path: Path) -> bool:
    """Return whether a path leads to a file below a folder, links followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def find_remains(folders: Iterable[Path]) -> list[Finding]:
    """Return what an interrupted run left in output folders, and links there to folders elsewhere."""
    found = {}
    for folder in folders:
        if os.path.lexists(folder / STAGING_FOLDER):
            found[str(folder / STAGING_FOLDER)] = "left by an unfinished run"
        for path in list_files(folder):
            if path.startswith(f"{STAGING_FOLDER}/"):
                continue
            if path.endswith(_DRAFT_SUFFIX):
                found[str(folder / path)] = "left by an interrupted run"
            elif _leads_to_folder_outside(folder, folder / path):
                found[str(folder / path)] = "a link to a folder outside of the output"
    return [Finding("extra", path, message) for path, message in sorted(found.items())]


def _leads_to_folder_outside(out: Path, path: Path) -> bool:
    try:
        return path.is_symlink() and path.is_dir() and not path.resolve().is_relative_to(out.resolve())
    except (OSError, RuntimeError):  # a link to itself
        return False


@dataclass(frozen=True, kw_only=True)
class RecordedContent(ContentOptions):
    """Content options as a manifest records them: the class map by its content.

    Attributes:
        mapping: the content of the class map, if there is one.
        has_images: whether images were added to the output.
    """

    mapping: dict[str, Any] | None = None
    has_images: bool = True

    def expected(
        self, target: TargetOptions, reader: FrameReader, drawn_groups: tuple[str, ...] = ()
    ) -> ExpectedOptions:
        """Return what these options and those of the target say about the output."""
        expected = replace(super().expected(target, reader, drawn_groups), has_images=self.has_images)
        if self.mapping is None or self.class_map is not None or self.classes is not None:
            return expected
        select = partial(_mapped, mapping=self.mapping, options=self, table=reader.table)
        return replace(expected, select=select, has_classes=True)


def _mapped(_: str, *, mapping: dict[str, Any], options: RecordedContent, table: LabelTable) -> Selection:
    return parse_class_map(mapping, FILE_NAME, options.groups, table)


def recorded_options(
    output: RecordedOutput, target: TargetOptions, content: ContentOptions
) -> tuple[TargetOptions, RecordedContent, NamedFiles]:
    """Return the options that an output was made with, and the content of the files that these name. Given ones win.

    Raises:
        OutputError: the manifest does not record the options of an output, or its format is unknown.
        UsageError: a file that a given option names cannot be read, or breaks a rule.
    """
    given = read_named_files(target)
    options = dict(output.record.options)
    mapping = options.pop("class_map", None)
    has_images = options.get("images") != "none"
    file = str(output.folder / FILE_NAME)
    if output.record.format not in FORMATS:
        raise OutputError(f"{file}: unknown format: {quoted(output.record.format)}")
    if not {"source", "out", "image_root"}.isdisjoint(options):
        raise OutputError(f"{file}: options with a path")  # which could lead anywhere
    try:
        files = _with_recorded(given, target, options, file)
        recorded_target = msgspec.convert(
            _of(TargetOptions, {**options, "source": "."}),
            TargetOptions,
            dec_hook=lambda _, value: Path(value),
        )
        recorded_content = msgspec.convert(_of(ContentOptions, options), ContentOptions)
        mapping = msgspec.convert(mapping, dict[str, Any] | None)
    except (KeyError, msgspec.ValidationError, UsageError) as error:
        raise OutputError(f"{file}: not the options of an output: {error}") from None
    merged = _given_or(content, recorded_content)
    made_with = RecordedContent(**vars(merged), mapping=mapping, has_images=has_images)
    return _given_or(target, recorded_target), made_with, files


def _with_recorded(given: NamedFiles, target: TargetOptions, options: dict[str, Any], file: str) -> NamedFiles:
    """Take the files that options name from recorded options, and return their content if none are given instead."""
    labels, splits, frames = (options.pop(name, None) for name in ("labels", "splits", "frames"))
    table, own_splits, frame_names = given
    if labels is not None and target.labels == DEFAULT_TABLE:
        table = recorded_table(labels, file)
    if splits is not None and own_splits is None:
        own_splits = parse_splits(msgspec.convert(splits, dict[str, Any]), file, reads_lists=False)
    if frames is not None and frame_names is None:
        names = msgspec.convert(frames, list[str])
        frame_names = FrameNames(file, names, [f"`frames[{index}]`" for index in range(len(names))])
    return NamedFiles(table, own_splits, frame_names)


def _of(group: type[Options], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of some options that a class has as fields."""
    return {item.name: options[item.name] for item in fields(group) if item.name in options}


def _given_or(given: Options, recorded: Options) -> Options:
    """Return recorded options, but for those that are given: which have another value than the default."""
    changes = {
        item.name: getattr(given, item.name) for item in fields(given) if getattr(given, item.name) != item.default
    }
    return replace(recorded, **changes)
