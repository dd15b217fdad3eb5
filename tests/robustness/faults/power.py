"""Power failures: a run is killed at a random operation, and the disk then has not kept all that was not synced.

The run works in a fork of this process. An audit hook notes each operation on files, and the calls that sync are
noted, not carried out. After the kill, what no call has covered is damaged as a disk may have left it:

* files that were written are emptied, cut off, removed, or kept;
* names that were made, changed or removed are put back: either all after a random moment, as a file system with a
  journal does it, or each by chance.

Then the run is resumed, and may itself fail in this way. It must end in the right tree or in an error. After exit 0,
nothing may be left that a power failure could undo. Half of the cases sync whole file systems, as on Linux, the others
file by file.

    python -m tests.robustness.faults.power --cases 200 --seed 0
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cityconv.cli import main
from cityconv.engine import durability
from cityconv.engine.files import remove
from cityconv.vocabulary import STAGING_FOLDER
from tests.builders import SCENES, annotation_path, write_annotation, write_images
from tests.robustness.faults.operations import (
    FEW,
    KEYS,
    WRITING,
    Setup,
    messages,
    visible,
    warm_up,
)

NEW = "val/lindau/lindau_000000_000019"
Operation = dict[str, Any]


class Noted(NamedTuple):
    """A run whose operations are noted.

    Attributes:
        status: its exit status, or -9.
        operations: the operations and syncs, in order.
    """

    status: int
    operations: list[Operation]


class _Notes:
    """Notes operations in a file that a kill cannot take back, and keeps what they remove or replace."""

    def __init__(self, folder: Path, left: int | None) -> None:
        self._backups = folder / "backups"
        shutil.rmtree(self._backups, ignore_errors=True)
        self._backups.mkdir()
        self._log = os.open(folder / "operations", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._root = f"{folder}/out"
        self._left = left
        self._count = 0
        self._is_noting = False

    def hook(self, event: str, details: tuple[Any, ...]) -> None:
        """Note an operation that is about to happen, or die."""
        if self._is_noting:
            return
        self._is_noting = True
        try:
            if operation := self._operation(event, details):
                if self._left is not None and self._count >= self._left:
                    os.kill(os.getpid(), signal.SIGKILL)
                self._count += 1
                self.note(operation)
        finally:
            self._is_noting = False

    def _operation(self, event: str, details: tuple[Any, ...]) -> Operation | None:
        paths = None
        if event == "open" and isinstance(details[0], (str, Path)) and (details[2] or 0) & WRITING:
            paths = [_absolute(details[0])]
        elif event in ("os.mkdir", "os.remove", "os.rmdir"):
            paths = [_absolute(details[0], details[-1])]
        elif event in ("os.link", "os.symlink"):
            paths = [_absolute(details[1])]
        elif event == "os.rename":
            paths = [_absolute(details[0]), _absolute(details[1])]
        if not paths or not paths[-1].startswith(self._root):
            return None
        before = self._keep(paths[-1]) if event in ("os.rename", "os.remove") else None
        own, above = (_inode(path) for path in (paths[-1], os.path.dirname(paths[-1])))  # noqa: PTH120 - text
        return {"what": event, "paths": paths, "before": before, "inode": own, "parent": above}

    def _keep(self, path: str) -> str | None:
        """Keep a file or link that is about to be replaced or removed."""
        if not os.path.lexists(path):
            return None
        backup = str(self._backups / str(self._count))
        os.link(path, backup, follow_symlinks=False)
        return backup

    def note(self, operation: Operation) -> None:
        """Write an operation to the file."""
        os.write(self._log, json.dumps(operation).encode() + b"\n")


def _inode(path: str) -> int | None:
    return Path(path).lstat().st_ino if os.path.lexists(path) else None


def _absolute(path: str | Path, descriptor: int = -1) -> str:
    return str((_opened(descriptor) if descriptor >= 0 else Path.cwd()) / path)


def _opened(descriptor: int) -> Path:
    """Return the path of an open file or folder."""
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def run_noted(folder: Path, arguments: list[str], left: int | None, *, by_file: bool) -> Noted:
    """Run cityconv in a fork, killed after so many operations."""
    process = os.fork()
    if not process:
        _run_and_end(_Notes(folder, left), arguments, by_file=by_file)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    lines = (folder / "operations").read_text().splitlines()
    return Noted(status, [json.loads(line) for line in lines])


def _run_and_end(notes: _Notes, arguments: list[str], *, by_file: bool) -> NoReturn:
    def sync_file_system(_descriptor: int) -> bool:
        if not by_file:
            notes.note({"what": "syncfs"})
        return not by_file

    def sync(descriptor: int) -> None:
        notes.note({"what": "fsync", "paths": [str(_opened(descriptor))]})

    log = os.open(os.environ["CITYCONV_TEST_MESSAGES"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    setattr(durability, "_sync_file_system", sync_file_system)  # noqa: B010 - not for type checkers
    setattr(os, "fsync", sync)  # noqa: B010
    sys.addaudithook(notes.hook)
    sys.argv = ["cityconv", *arguments]
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    finally:
        os._exit(99)


def unsynced(operations: list[Operation]) -> tuple[list[str], list[Operation]]:
    """Return the files whose content, and the operations whose names may not have reached the disk."""
    written: dict[str, None] = {}
    names: list[Operation] = []
    for operation in operations:
        what, path = operation["what"], (operation.get("paths") or [""])[-1]
        if what == "syncfs":
            written, names = {}, []
        elif what == "fsync":
            written.pop(path, None)
            names = [other for other in names if other["paths"][-1].rpartition("/")[0] != path]
        elif what == "open":
            written[path] = None
        elif what == "os.rename":
            old = operation["paths"][0]
            moved = {name: path + name[len(old) :] for name in written if f"{name}/".startswith(f"{old}/")}
            written = {moved.get(name, name): None for name in written}
            names.append(operation)
        else:
            names.append(operation)
    return list(written), names


def lose_power(operations: list[Operation], chance: random.Random) -> Counter[str]:
    """Leave the files as a disk may after a power failure; return what was done, and how often."""
    written, names = unsynced(operations)
    done: Counter[str] = Counter()
    share = chance.random()  # of files that are kept: high enough at times to keep the journal, and lose what it lists
    for path in map(Path, written):
        if not path.is_file() or path.is_symlink():
            continue
        damage = "kept" if chance.random() < share else chance.choice(["emptied", "cut off", "removed", "zeroed"])
        size = path.stat().st_size
        if damage == "removed":
            path.unlink()
        elif damage == "zeroed":
            path.write_bytes(bytes(size))
        elif damage != "kept":
            os.truncate(path, 0 if damage == "emptied" else chance.randrange(size + 1))
        done[damage] += 1
    is_ordered = chance.random() < 0.5
    again: dict[int, int] = {}
    first = chance.randrange(len(names) + 1)
    for number, operation in reversed(list(enumerate(names))):
        if (number >= first) if is_ordered else (chance.random() < 0.5):
            with suppress(OSError):  # what it was in has gone, or holds something that has stayed
                _undo(operation, again)
                done[f"undone {operation['what'].removeprefix('os.')}"] += 1
    return done


def _undo(operation: Operation, again: dict[int, int]) -> None:
    """Undo an operation on names, unless it was in a folder that is no longer there.

    Args:
        operation: the operation.
        again: the inodes of folders that were removed, by those of the folders that stand for them again.
    """
    what, path = operation["what"], Path(operation["paths"][-1])
    if operation["parent"] not in (inode := _inode(str(path.parent)), again.get(inode or 0)):
        raise FileNotFoundError(path)
    if what == "os.mkdir":
        path.rmdir()
    elif what == "os.rmdir":
        path.mkdir()
        again[path.stat().st_ino] = operation["inode"]
    elif what in ("os.link", "os.symlink"):
        path.unlink()
    else:
        if what == "os.rename":
            old = Path(operation["paths"][0])
            if old.parent.exists():
                path.rename(old)
            else:  # neither name has stayed
                remove(path)
        if operation["before"]:
            os.link(operation["before"], path, follow_symlinks=False)


class Figures:
    """What a campaign counts.

    Attributes:
        endings: how often a case ended in which way.
        damage: what was done to files and names, and how often.
        faults: what was wrong, a line each.
    """

    def __init__(self) -> None:
        self.endings: Counter[str] = Counter()
        self.damage: Counter[str] = Counter()
        self.faults: list[str] = []


class PowerFailures:
    """Cases of runs that lose power.

    Attributes:
        figures: the results so far.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.figures = Figures()
        self._chance = random.Random(seed)
        self._setup = Setup(folder, "copy", FEW)
        self._folder = folder
        self._situations = [self._first_run, self._other_options, self._update]

    def case(self, number: int) -> None:
        """Go through one case."""
        setup = self._setup
        setup.images = ("copy", "symlink")[number // 3 % 2]
        out = self._folder / "out"
        for left in (out, *self._folder.glob("out[0-9]*")):
            shutil.rmtree(left, ignore_errors=True)
        by_file = number % 2 == 1
        options = self._situations[number % 3](out)
        expected = self._expected
        line = ["run", setup.recipe(out), "-q", "-j", "1"]
        name = f"case {number}, {self._situations[number % 3].__name__}, {setup.images}, by_file={by_file}"
        before = self._folder / "before"
        shutil.rmtree(before, ignore_errors=True)
        if out.exists():
            shutil.copytree(out, before, symlinks=True)
        whole = run_noted(self._folder, [*line, *options], None, by_file=by_file)
        assert whole.status == 0, messages()
        self._lose(whole)
        self._check(f"{name}, after exit 0", out, expected)
        total = sum(operation["what"] not in ("syncfs", "fsync") for operation in whole.operations)
        shutil.rmtree(out)
        if before.exists():
            shutil.copytree(before, out, symlinks=True)
        killed = run_noted(self._folder, [*line, *options], self._chance.randrange(total), by_file=by_file)
        assert killed.status == -signal.SIGKILL, messages()
        self._lose(killed)
        if self._chance.random() < 0.3:
            again = run_noted(self._folder, [*line, "--resume"], self._chance.randrange(total), by_file=by_file)
            self._lose(again)
        self._resume(name, line, options, out, expected, by_file=by_file)

    def _lose(self, run: Noted) -> None:
        self.figures.damage += lose_power(run.operations, self._chance)

    def _resume(
        self, name: str, line: list[str], options: list[str], out: Path, expected: dict[str, bytes], *, by_file: bool
    ) -> None:
        resumed = run_noted(self._folder, [*line, "--resume"], None, by_file=by_file)
        self._lose(resumed)
        if resumed.status == 0:
            self.figures.endings["right after --resume"] += self._check(f"{name}, resumed", out, expected)
            return
        error = messages().splitlines()[0]
        if "Traceback" in messages() or not error.startswith("error: "):
            self.figures.faults.append(f"{name}, resumed: {messages()}")
        again = run_noted(self._folder, [*line, *(options or ["--overwrite"])], None, by_file=by_file)
        if again.status:
            again = run_noted(self._folder, [*line, "--overwrite"], None, by_file=by_file)
        self._lose(again)
        if again.status:
            self.figures.faults.append(f"{name}, again: {messages()}")
        self.figures.endings["an error, and right after the command again"] += self._check(name, out, expected)

    def _check(self, name: str, out: Path, expected: dict[str, bytes]) -> bool:
        """Note what differs from the right tree; return whether nothing does."""
        found = visible(out)
        wrong = sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))
        if (out / STAGING_FOLDER).exists():
            wrong.append(STAGING_FOLDER)
        if wrong:
            self.figures.faults.append(f"{name}: {', '.join(wrong)}")
        return not wrong

    def _first_run(self, out: Path) -> list[str]:
        self._reset()
        self._expected = self._setup.uninterrupted()
        return []

    def _other_options(self, out: Path) -> list[str]:
        """Replace an output of other frames and images, beside which a user has put a file."""
        setup = self._setup
        self._reset()
        self._add()
        mode, setup.images = setup.images, "copy"
        assert setup.convert(out) == 0, messages()
        setup.images = mode
        self._reset()
        (out / "coco/notes.txt").write_bytes(b"mine")
        self._expected = setup.uninterrupted() | {"coco/notes.txt": b"mine"}
        return ["--overwrite"]

    def _update(self, out: Path) -> list[str]:
        setup = self._setup
        self._reset()
        assert setup.convert(out) == 0, messages()
        setup.change()
        self._add()
        self._expected = setup.uninterrupted()
        return ["--update"]

    def _add(self) -> None:
        write_annotation(annotation_path(self._setup.source, NEW), SCENES[KEYS[0]])
        write_images(self._setup.source / "leftImg8bit", NEW)

    def _reset(self) -> None:
        self._setup.restore()
        for path in self._setup.source.rglob("lindau"):
            shutil.rmtree(path)


def go_through(cases: int, seed: int) -> Figures:
    """Go through cases and return the figures."""
    warm_up()
    with tempfile.TemporaryDirectory() as name:
        failures = PowerFailures(Path(name), seed)
        for number in range(cases):
            failures.case(number)
        return failures.figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    figures = go_through(options.cases, options.seed)
    for counts in (figures.endings, figures.damage):
        print(*(f"{number:6} {name}" for name, number in sorted(counts.items())), sep="\n")
    print(f"{len(figures.faults)} faults", *figures.faults, sep="\n")
    sys.exit(bool(figures.faults))
