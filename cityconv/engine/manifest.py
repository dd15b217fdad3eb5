"""The manifest of an output, `cityconv.json`: what it is, what it was made from and with, and its files.

It is deterministic to the byte and names no path outside the output. It is written last: an output without one is
unfinished, or not from cityconv.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from cityconv.errors import OutputError, quoted
from cityconv.source.disk_list import sort_on_disk
from cityconv.source.files import READ_ERRORS, File, explain
from cityconv.source.limits import excess, variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FILE_NAME = "cityconv.json"
MANIFEST_VERSION = 1
_MOST_VALUES = 25_000_000  # lists, objects and what is in them: five for each of five million files
_MOST_OUTPUTS = 100


class FileEntry(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """A file of the output.

    Attributes:
        path: relative to the manifest, with `/`.
        size: in bytes; of a link, that of the file it points to.
        sha256: hexadecimal; empty for a link.
    """

    path: str
    size: int
    sha256: str


class Source(msgspec.Struct, frozen=True):
    """The data set that the output was made from.

    Attributes:
        frames: number of frames by split.
        digest: SHA-256 over the keys of all frames and the SHA-256 of their annotation files.
    """

    frames: dict[str, int]
    digest: str


class Part(msgspec.Struct, frozen=True):
    """Which share of the frames an output has, and of which frames; see `engine.parts`.

    Attributes:
        number: 1, 2, ... up to `of`.
        of: number of parts.
        frames: number of frames in all parts, bad ones included.
        digest: SHA-256 over the keys of all these frames and the sizes of their annotation files.
    """

    number: Annotated[int, msgspec.Meta(ge=1)]
    of: Annotated[int, msgspec.Meta(ge=1)]
    frames: int
    digest: str

    def __str__(self) -> str:
        return f"part {self.number:,} of {self.of:,}"


class OutputRecord(msgspec.Struct, frozen=True):
    """One output in the folder of a manifest.

    Attributes:
        format: the name of the format.
        tool_version: the version of cityconv that made it.
        libraries: versions of the libraries on which the bytes of its files depend, by name.
        options: all options that change the content of files.
        source: the data set.
        written: how many of what the format counts.
        skipped: number of skipped objects by reason and drawn name.
        files: the files, sorted by path.
        part: of an output made with --part, which part it is. Others have no such field.
    """

    format: str
    tool_version: str
    libraries: dict[str, str]
    options: dict[str, Any]
    source: Source
    written: dict[str, int]
    skipped: dict[str, dict[str, int]]
    files: Sequence[FileEntry]
    part: Part | None = None


class Manifest(msgspec.Struct, frozen=True):
    """The content of a manifest.

    Attributes:
        manifest_version: raised when a field changes its meaning.
        tool: `cityconv`.
        outputs: the outputs in the folder, which may be of several formats.
    """

    manifest_version: int = MANIFEST_VERSION
    tool: str = "cityconv"
    outputs: list[OutputRecord] = []

    def replacing(self, record: OutputRecord, *, overwrite: bool) -> Manifest:
        """Return the manifest with one more output, in place of all of its format if these are overwritten."""
        kept = [other for other in self.outputs if not (overwrite and other.format == record.format)]
        return Manifest(outputs=sorted([*kept, record], key=_order))

    def files_of(self, format_name: str) -> list[FileEntry]:
        """Return the files of all outputs of a format."""
        return [entry for output in self.outputs if output.format == format_name for entry in output.files]


def _order(record: OutputRecord) -> tuple[str, bytes]:
    """Return what outputs are sorted by: outputs of one format in one folder differ in their options."""
    return record.format, msgspec.json.encode(record.options, order="deterministic")


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def hash_pieces(pieces: Iterable[bytes], entries: list[FileEntry], path: str) -> Iterator[bytes]:
    """Yield the pieces of a file, and at their end add its entry."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        yield piece
    entries.append(FileEntry(path, size, digest.hexdigest()))


def source_digest(frames: Iterable[tuple[tuple[str, str, str], str]]) -> str:
    """Return the digest of a data set from the keys of its frames and the digests of their files."""
    digest = hashlib.sha256()
    for key, content in sort_on_disk(frames):
        digest.update("\0".join((*key, content)).encode("utf-8", "surrogateescape") + b"\n")
    return digest.hexdigest()


def encode_manifest(manifest: Manifest, path: str) -> Iterator[bytes]:
    """Yield the manifest of a path as JSON, one line per file.

    Raises:
        OutputError: the manifest exceeds the limits within which it can be read again.
    """
    _check_outputs(manifest, path)
    size = values = 0
    for piece in _pieces(manifest):
        size, values = size + len(piece), values + _count_values(piece)
        _check_size(size, path)
        _check_values(values, path)
        yield piece


def _pieces(manifest: Manifest) -> Iterator[bytes]:
    yield b'{\n "manifest_version": %d,\n "tool": "cityconv",\n "outputs": [' % manifest.manifest_version
    for index, output in enumerate(manifest.outputs):
        fields = msgspec.structs.asdict(output)
        files = fields.pop("files")
        if output.part is None:
            del fields["part"]
        head = msgspec.json.format(msgspec.json.encode(fields), indent=1)
        yield (b",\n" if index else b"\n") + head.removesuffix(b"\n}") + b',\n "files": ['
        for number, entry in enumerate(files):
            yield (b",\n  " if number else b"\n  ") + msgspec.json.encode(entry)
        yield b"\n ]\n}"
    yield b"\n ]\n}\n"


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of an output folder; None if it has none.

    Raises:
        OutputError: the manifest is damaged, or of another version.
    """
    path = folder / FILE_NAME
    if path.is_symlink():
        raise OutputError(f"{path}: a link, not a manifest")
    try:
        content = File(str(path)).read("manifest_bytes")  # which may come from anyone
    except FileNotFoundError:
        return None
    except READ_ERRORS as error:
        raise OutputError(f"{path}: {explain(error)}") from None
    return parse_manifest(content, str(path))


def check_manifests(out: Path, paths: Iterable[str]) -> None:
    """Check the manifests at these paths, relative to an output folder, before a run that would replace or extend them.

    Raises:
        OutputError: one is damaged, or of another version.
    """
    with advised_on_manifests():
        for path in paths:
            read_manifest((out / path).parent)


@contextmanager
def advised_on_manifests() -> Iterator[None]:
    """A context for reading manifests that a run would replace or extend: errors say what helps."""
    try:
        yield
    except OutputError as error:
        error.hint = error.hint or "choose another --out, or remove this file"
        raise


def parse_manifest(content: bytes, path: str) -> Manifest:
    """Return what a manifest says; `path` names it in messages.

    Raises:
        OutputError: it is damaged, or of another version.
    """
    _check_size(len(content), path)
    try:
        _check_values(_count_values(content), path)
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OutputError(f"{path}: not a manifest: {error}") from None
    if manifest.manifest_version != MANIFEST_VERSION or manifest.tool != "cityconv":
        raise OutputError(f"{path}: a manifest of version {manifest.manifest_version}, not {MANIFEST_VERSION}")
    _check_outputs(manifest, path)
    for output in manifest.outputs:
        _check_paths([entry.path for entry in output.files], path)
    return manifest


def _check_outputs(manifest: Manifest, path: str) -> None:
    if len(manifest.outputs) > _MOST_OUTPUTS:
        raise OutputError(f"{path}: more than {_MOST_OUTPUTS} outputs in a folder")


def _check_size(size: int, path: str) -> None:
    if words := excess(size, "bytes", "manifest_bytes"):
        raise OutputError(f"{path}: {words}", f"raise {variable('manifest_bytes')}")


def _count_values(content: bytes) -> int:
    """Return no fewer than the values in JSON: each but the first of a list or an object follows a comma."""
    return content.count(b",") + content.count(b"[") + content.count(b"{")


def _check_values(number: int, path: str) -> None:
    if number > _MOST_VALUES:
        raise OutputError(f"{path}: a manifest of more than {_MOST_VALUES:,} values")


def _check_paths(paths: list[str], manifest: str) -> None:
    outside = next((path for path in paths if not is_inside(path)), None)
    if outside is not None:
        raise OutputError(f"{manifest}: names a file outside the output: {quoted(outside)}")
    if len(set(paths)) < len(paths):  # each is read to be compared, and may be large
        raise OutputError(f"{manifest}: names a file twice")


def is_inside(path: str) -> bool:
    """Return whether a relative path stays below the folder that it is relative to."""
    return bool(path) and not path.startswith("/") and "\0" not in path and not {"", ".", ".."} & {*path.split("/")}
