"""What manifests record of the outputs in a folder, and the writers that made them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from cityconv.engine.manifest import FILE_NAME, OutputRecord, read_manifest
from cityconv.errors import OutputError, UsageError, quoted
from cityconv.formats import FORMATS
from cityconv.options.values import InvalidValueError, options_from
from cityconv.source.classes import parse_class_map, unlisted_label
from cityconv.source.labels.files import BUILT_IN, load_table
from cityconv.source.labels.toml_file import parse_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cityconv.formats.base import Writer
    from cityconv.options import OutputOptions
    from cityconv.source.labels.table import LabelTable

_NOT_CONTENT = {"labels", "splits", "frames", "drawn_groups", "class_map"}  # recorded by content, not as given


class RecordedOutput(NamedTuple):
    """An output and the folder of its manifest."""

    folder: Path
    record: OutputRecord


class RecordedWriter(NamedTuple):
    """The writer of a recorded output, and the options that it shares with other formats."""

    writer: Writer
    output: OutputOptions


def find_recorded(out: Path) -> list[RecordedOutput]:
    """Return the outputs whose manifests are in a folder, or in the folders in it, where recipes write them.

    Raises:
        OutputError: a manifest is damaged.
    """
    folders = (
        [out, *sorted(path for path in out.iterdir() if path.is_dir() and not path.is_symlink())]
        if out.is_dir()
        else []
    )
    return [
        RecordedOutput(folder, record)
        for folder in folders
        if (manifest := read_manifest(folder))
        for record in manifest.outputs
    ]


def recorded_table(labels: object, file: str) -> LabelTable:
    """Return a label table that is recorded by its name or its content, never by a path: that could lead anywhere.

    Raises:
        OutputError: there is no built-in table of this name.
        UsageError: the content is not a table.
    """
    if isinstance(labels, dict):
        return replace(parse_toml(str(labels["toml"]), file), name=str(labels["name"]))
    if not isinstance(labels, str) or labels not in BUILT_IN:
        raise OutputError(f"{file}: unknown label table: {quoted(str(labels))}")
    return load_table(labels)


def unlisted_names(recorded: RecordedOutput) -> tuple[str, ...]:
    """Return the names in the class map of an output that its label table does not have.

    Raises:
        OutputError: the manifest does not record the options of an output.
    """
    file, options = str(recorded.folder / FILE_NAME), recorded.record.options
    mapping = options.get("class_map")
    if mapping is None:
        return ()
    try:
        table = recorded_table(options["labels"], file)
        members = parse_class_map(msgspec.convert(mapping, dict[str, Any]), file, "crowd", table).members
    except (KeyError, msgspec.ValidationError, UsageError) as error:
        raise OutputError(f"{file}: not the options of an output: {error}") from None
    return tuple(name for name in members if table.find(name) is None)


def recorded_writer(recorded: RecordedOutput, unlisted: Iterable[str]) -> RecordedWriter:
    """Return the writer that made an output.

    Args:
        recorded: the output.
        unlisted: the names that class maps have added to the label table, those of other outputs of a recipe included.

    Raises:
        OutputError: the manifest does not record the options of an output, or its format is unknown.
    """
    file, options = str(recorded.folder / FILE_NAME), recorded.record.options
    if recorded.record.format not in FORMATS:
        raise OutputError(f"{file}: unknown format: {quoted(recorded.record.format)}")
    kind = FORMATS[recorded.record.format]
    known = {name: value for name, value in options.items() if name not in _NOT_CONTENT}
    shared = {item.name for item in fields(kind.output)}
    try:
        output = options_from(
            {"source": ".", "out": ".", **{name: known[name] for name in known.keys() & shared}}, kind.output
        )
        table = recorded_table(options["labels"], file).including(map(unlisted_label, unlisted))
        groups = msgspec.convert(options.get("drawn_groups", []), list[str])
        with _class_map_file(options.get("class_map")) as class_map:
            own = {name: known[name] for name in known.keys() - shared} | class_map
            return RecordedWriter(options_from(own, kind).writer(output, table, groups), output)
    except (KeyError, msgspec.ValidationError, InvalidValueError, UsageError) as error:
        raise OutputError(f"{file}: not the options of an output: {error}") from None


@contextmanager
def _class_map_file(content: Mapping[str, Any] | None) -> Iterator[dict[str, Path]]:
    """Yield the option of a class map that is recorded by its content; without one, no option."""
    if content is None:
        yield {}
        return
    classes = msgspec.convert(content, dict[str, dict[str, list[str]]])["classes"]
    lines = [f"{_toml(name)} = [{', '.join(map(_toml, drawn))}]\n" for name, drawn in classes.items()]
    with TemporaryDirectory(prefix="cityconv-") as folder:
        path = Path(folder, "classes.toml")
        path.write_text(f"[classes]\n{''.join(lines)}", encoding="utf-8")
        yield {"class_map": path}


def _toml(text: str) -> str:
    """Return a string of TOML, which is one of JSON that escapes one more character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
