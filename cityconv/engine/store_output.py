"""Outputs in object stores.

A store cannot rename, so an output is made in a local folder first, as any other, and then written to its final keys.
While a run lasts, there is an object `.cityconv` below the URL, as there is a folder of this name in an output folder:

1. `.cityconv` is created. The output is made in the local folder. The objects below the URL stay as they are.
2. `.cityconv` now lists the keys that the run may write, and holds the manifests that are there. Then these are
   deleted: an output without a manifest is none.
3. All files but the manifests are written. What replaced outputs had, and the new one has not, is deleted.
4. The manifests are written, and `.cityconv` is deleted. Last goes the local folder.

A run that ends at any moment can be continued with `--resume`: on the same machine with all that was done, on another
from the start. `--overwrite` discards it: what it has written is listed.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cityconv.engine.download import download
from cityconv.engine.files import remove, translate_os_errors, write_file
from cityconv.engine.manifest import FILE_NAME, Manifest, advised_on_manifests, parse_manifest, read_manifest
from cityconv.engine.output_folder import refuse_objects
from cityconv.engine.progress import track
from cityconv.engine.staging import is_unfinished
from cityconv.errors import CityconvError, OutputError, UsageError
from cityconv.source.locations import file_state
from cityconv.storage.objects import delete_objects, in_parallel, list_objects, read_object, write_object
from cityconv.storage.url import StoreUrl
from cityconv.vocabulary import STAGING_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cityconv.engine.plan import Plan
    from cityconv.engine.report import Summary
    from cityconv.engine.settings import Settings

VARIABLE = "CITYCONV_STAGING"  # the folder below which outputs for stores are made

Make = Callable[[Path, "Settings"], "Summary"]  # makes an output in a folder


def local_folder(out: StoreUrl) -> Path:
    """Return the folder in which an output for a URL is made, the same for every run.

    Raises:
        UsageError: it would be in a home folder that is not known.
    """
    parent = os.environ.get(VARIABLE) or f"{os.environ.get('XDG_CACHE_HOME') or '~/.cache'}/cityconv"
    name = f"{out.name or 'output'}-{hashlib.sha256(str(out).encode()).hexdigest()[:16]}"
    try:
        return Path(parent).expanduser() / name
    except RuntimeError:
        raise UsageError(f"{parent}: no such home folder", f"{VARIABLE} names a folder for outputs of stores") from None


class _Marker(msgspec.Struct):
    """The content of `.cityconv`.

    Attributes:
        paths: what the run may have written, or outputs that it replaces had.
        manifests: the manifests that it has deleted, by path.
        replaces: whether it may replace what exists.
    """

    paths: list[str] = []
    manifests: dict[str, str] = {}
    replaces: bool = False


@dataclass(frozen=True)
class _There:
    """What is below the URL when a run begins.

    Attributes:
        paths: all objects, relative to it.
        marker: that of an unfinished run, if there is one.
        manifests: the manifests of the folders that are written to, by path.
    """

    paths: set[str]
    marker: _Marker | None
    manifests: dict[str, str]


class StoreOutput:
    """The output of one run: where it goes, and the local folder in which it is made."""

    def __init__(self, url: StoreUrl, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._output = folder / "output"
        self._written = folder / "written"  # a line for each file that is in the store, in case the run is continued
        self._marker = url / STAGING_FOLDER

    def make(self, plan: Plan, settings: Settings, make: Make) -> Summary:
        """Make the output, and write it to the store."""
        with translate_os_errors(self._url):
            refuse_objects(self._url)
            there = self._look(plan)
            self._refuse(plan, settings, there)
            is_continued = there.marker is not None and settings.goes_on and self._output.exists()
            if there.marker and settings.resume and not is_continued:  # it was on another machine
                settings = replace(settings, resume=False, overwrite=True)
            if not is_continued:
                self._prepare(plan, settings, there)
            marker = self._begin(there.marker, replaces=settings.overwrite or settings.update)
            before = {} if is_continued else self._states()
        try:
            summary = self._make(make, settings)
        except BaseException:
            if not there.marker and not is_unfinished(self._output):
                self._close()
            raise
        if summary.is_published:
            try:
                with translate_os_errors(self._url):
                    self._publish(plan, there, marker, before, shown=settings.progress)
            except OutputError as error:
                error.hint = _way_out(settings)
                raise
        if summary.is_published or not marker.paths:
            self._close()
        return summary

    def _make(self, make: Make, settings: Settings) -> Summary:
        """Make the local output. What is wrong with the output as such is said of its URL."""
        try:
            return make(self._output, settings)
        except CityconvError as error:
            if str(error).startswith(f"{self._output}: "):
                error.args = (str(error).replace(str(self._output), str(self._url)), *error.args[1:])
            raise

    def _look(self, plan: Plan) -> _There:
        paths = {self._url.path_to(item.url) for item in list_objects(self._url)}
        marker = _decode(read_object(self._marker)) if STAGING_FOLDER in paths else None
        names = [name for name in plan.manifest_paths() if name in paths]
        manifests = (
            {name: text for name, text in marker.manifests.items() if name in plan.manifest_paths()} if marker else {}
        )
        manifests |= {name: self._read_manifest(name) for name in names}
        return _There(paths, marker, manifests)

    def _read_manifest(self, name: str) -> str:
        content = read_object(self._url / name)
        with advised_on_manifests():
            parse_manifest(content, str(self._url / name))  # a damaged one is refused before any work
        return content.decode("utf-8", "replace")  # a field that no version of cityconv writes may hold anything

    def _refuse(self, plan: Plan, settings: Settings, there: _There) -> None:
        """Raise OutputError if something exists that may not be replaced."""
        if settings.overwrite or settings.update:
            return
        if there.marker and not settings.resume:
            raise OutputError(f"{self._url}: contains an unfinished run", _way_out(settings))
        if settings.resume and (there.marker.replaces if there.marker else there.manifests):
            return  # without a marker, it is compared with what this run makes
        others = there.paths.difference(there.marker.paths if there.marker else ())
        folders = {f"{path.rpartition('/')[0]}/" for path in others}
        for path in (*plan.paths(), *plan.records_paths()):
            if path in others or path in folders:
                raise OutputError(f"{self._url / path}: already exists", "--overwrite replaces it")

    def _prepare(self, plan: Plan, settings: Settings, there: _There) -> None:
        """Begin with the manifests that are there; and with the earlier outputs, if they are to be compared."""
        draft = self._folder / "draft"
        for old in (self._output, self._written, draft):
            remove(old)
        draft.mkdir()
        for path, content in there.manifests.items():
            write_file(draft / path, [content.encode()])
        if settings.goes_on:
            paths = (
                output.folder + entry.path
                for output in plan.outputs
                for entry in (read_manifest(draft / output.folder) or Manifest()).files_of(output.format)
            )
            download(self._url, [path for path in dict.fromkeys(paths) if path in there.paths], draft)
        draft.rename(self._output)

    def _begin(self, found: _Marker | None, *, replaces: bool) -> _Marker:
        """Write and return the marker of this run, which knows what that of an unfinished one knows."""
        marker = (
            _Marker(found.paths, found.manifests, found.replaces or replaces) if found else _Marker(replaces=replaces)
        )
        try:
            write_object(self._marker, _encode(marker), create=found is None)
        except FileExistsError:
            raise OutputError(f"{self._url}: another run is writing there") from None
        return marker

    def _states(self) -> dict[str, tuple[int, ...]]:
        """Return the state of each file of the local output, by path."""
        files = (Path(parent, name) for parent, _, names in os.walk(self._output) for name in names)
        return {file.relative_to(self._output).as_posix(): file_state(str(file)) for file in sorted(files)}

    def _publish(
        self, plan: Plan, there: _There, marker: _Marker, before: dict[str, tuple[int, ...]], *, shown: bool
    ) -> None:
        """Write the local output to the store, but for files that are there as they are in `before`."""
        states = self._states()
        manifests = [path for path in plan.manifest_paths() if path in states]
        written = {**before, **_read_written(self._written)}
        files = [path for path in states if path not in manifests and written.get(path) != states[path]]
        known = {path for name, text in there.manifests.items() for path in _paths_in(name, text.encode())}
        known.update(marker.paths)
        now = {path for name in manifests for path in _paths_in(name, (self._output / name).read_bytes())}
        obsolete = sorted(known.difference(now, manifests) & there.paths)
        if not (files or obsolete or there.marker or any(before.get(path) != states[path] for path in manifests)):
            return
        marker = _Marker(sorted(known | set(files)), there.manifests, marker.replaces)
        write_object(self._marker, _encode(marker))
        delete_objects([self._url / path for path in there.manifests if path in there.paths])
        self._write(files, states, shown=shown)
        delete_objects([self._url / path for path in obsolete])
        for path in manifests:
            write_object(self._url / path, self._output / path)

    def _write(self, paths: list[str], states: dict[str, tuple[int, ...]], *, shown: bool) -> None:
        """Write files to the store, and keep a list of them."""

        def write(path: str) -> str:
            write_object(self._url / path, self._output / path)
            return path

        with self._written.open("ab") as log, closing(in_parallel(write, paths)) as written:
            for path in track(written, len(paths), 0, shown, unit="file"):
                log.write(b"\n" + msgspec.json.encode((path, states[path])))  # the last line may have been cut

    def _close(self) -> None:
        """Remove what there is while the run lasts."""
        with translate_os_errors(self._url):
            delete_objects([self._marker])
            shutil.rmtree(self._folder)


def _way_out(settings: Settings) -> str:
    """Return the hint for an unfinished run."""
    return f"{'--resume continues it, ' if settings.is_resumable else ''}--overwrite discards it"


def _paths_in(name: str, content: bytes) -> Iterator[str]:
    """Yield the files of a manifest, relative to the output; `name` is its own path."""
    for output in parse_manifest(content, name).outputs:
        yield from (name.removesuffix(FILE_NAME) + entry.path for entry in output.files)


def _encode(marker: _Marker) -> bytes:
    return gzip.compress(msgspec.json.encode(marker), mtime=0)


def _decode(content: bytes) -> _Marker:
    try:
        return msgspec.json.decode(gzip.decompress(content), type=_Marker)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError, UnicodeDecodeError):
        return _Marker()  # not ours, or damaged: what was written is not known


def _read_written(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the state of each file that is in the store. Lines that were cut are passed over."""
    written: dict[str, tuple[int, ...]] = {}
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            name, state = msgspec.json.decode(line, type=tuple[str, tuple[int, ...]])
            written[name] = state
    return written
