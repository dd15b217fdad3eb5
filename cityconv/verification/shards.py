"""Shards, unpacked to be compared as loose files: the records of an output have the paths that these would have."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import IO, TYPE_CHECKING

from cityconv.check.findings import Check, Finding, FindingKind
from cityconv.engine.files import write_file
from cityconv.engine.intact import intact_records
from cityconv.engine.manifest import is_inside
from cityconv.engine.records import FrameRecord, read_records, records_name
from cityconv.engine.shards import sample_key, subset_of_shard
from cityconv.errors import CityconvError, counted, quoted
from cityconv.source.files import File
from cityconv.source.frame import Frame
from cityconv.source.layout import subset_of
from cityconv.verification.comparison import check_without_frames, failure
from cityconv.verification.recorded import is_below

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.engine.manifest import FileEntry
    from cityconv.engine.recorded import RecordedOutput

_CHUNK = 2**20


@dataclass(frozen=True)
class Unpacked:
    """The files that an output would have without shards.

    Attributes:
        folder: the folder with the files.
        check: what is wrong with the shards.
        members: where each file comes from, by its path.
    """

    folder: Path
    check: Check = field(default_factory=lambda: check_without_frames("shards", []))
    members: dict[str, str] = field(default_factory=dict)

    def unpack(self, output: RecordedOutput) -> None:
        """Write the files to the folder.

        Raises:
            OutputError: one cannot be written.
        """
        samples = self._samples(output)
        for entry in output.record.files:
            try:
                self._take(output.folder, entry.path, samples)
            except CityconvError:
                raise
            except Exception as error:  # an output may come from anyone
                self.check.findings.append(failure(str(output.folder / entry.path), error))

    def _take(self, out: Path, name: str, samples: dict[str, dict[str, list[FileEntry]]]) -> None:
        """Unpack a shard, or copy another file; one that is missing or elsewhere is a matter of the manifest."""
        path = out / name
        if not (path.is_file() and is_below(out, path)):
            return
        if (subset := subset_of_shard(name)) is None:
            with path.open("rb") as file:
                write_file(self.folder / name, _pieces(file))
        elif samples:
            self._unpack_shard(path, samples.get(subset, {}))

    def _samples(self, output: RecordedOutput) -> dict[str, dict[str, list[FileEntry]]]:
        """Return the files of each frame, by its subset and the key of its sample."""
        samples: dict[str, dict[str, list[FileEntry]]] = {}
        record = output.record
        path = intact_records(output.folder, record)
        if path is None:
            name = output.folder / records_name(record.format, record.options)
            self.check.findings.append(
                Finding("unreadable", str(name), "missing or damaged, so shards are not unpacked")
            )
            return {}
        for item in read_records(path, FrameRecord):
            frame = Frame(item.split, *item.key[1:], "", File(""), "", ())
            subset = subset_of(frame, record.options.get("split_by", "split"))
            samples.setdefault(subset, {})[sample_key(frame)] = item.result.files
        return samples

    def _unpack_shard(self, path: Path, samples: dict[str, list[FileEntry]]) -> None:
        """Write the members of a shard, and remove its samples from those that are expected."""
        with tarfile.open(path, "r:") as shard:
            for key, group in groupby(shard, lambda member: member.name.partition(".")[0]):
                members, files = list(group), samples.pop(key, [])
                if len(members) != len(files):
                    kind: FindingKind = "extra" if len(members) > len(files) else "missing"
                    message = f"{counted(len(members), 'file')} of {quoted(key)} where {len(files)} are expected"
                    self.check.findings.append(Finding(kind, str(path), message))
                for member, entry in zip(members, files, strict=False):
                    is_plain = member.isreg() and not member.issparse()  # others may stand for more than is there
                    content = shard.extractfile(member) if is_plain else None
                    if content is None or not is_inside(entry.path):
                        self.check.findings.append(Finding("unreadable", f"{path}/{member.name}", "not a file"))
                        continue
                    write_file(self.folder / entry.path, _pieces(content))
                    self.members[str(self.folder / entry.path)] = f"{path}/{member.name}"
                self.check.compared["samples"] += 1

    def name_members(self, checks: list[Check]) -> None:
        """Let findings name members of shards where they name files."""
        for check in checks:
            check.findings[:] = [replace(item, file=self.members.get(item.file, item.file)) for item in check.findings]


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    return iter(partial(file.read, _CHUNK), b"")
