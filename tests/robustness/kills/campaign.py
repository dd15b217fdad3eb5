"""Kills at random moments, over all formats and both kinds of SRC, each followed by `--resume`.

    python -m tests.robustness.kills.campaign --kills 100 --seed 0
    python -m tests.robustness.kills.campaign --kills 50 --after work
    python -m tests.robustness.kills.campaign --kills 50 --after complete

Every run is the leader of a session and has two workers; all of it is killed with SIGKILL at a moment drawn evenly from
0 to 1.1 times what the uninterrupted run took: counted from the start, from when files begin to be made, or from when
all are made and begin to be moved into place. What is then in OUT beside the work folder must
be as in the uninterrupted tree; the resumption must end in exactly that tree; and no process of the session may be
left. A few runs are asked to end instead, by SIGINT and SIGTERM, and must say so by their status.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import psutil

from tests.builders import zip_folder
from tests.commands import cityconv, environment
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WORK_FOLDER = ".cityconv"
After = Literal["start", "work", "complete"]
LANDMARKS: dict[After, str] = {"start": "", "work": f"{WORK_FOLDER}/journal", "complete": f"{WORK_FOLDER}/complete"}
LATEST = 1.1  # of the time that the uninterrupted run took from there
PATIENCE = 120  # seconds; only a run that hangs needs them
COMMANDS = {
    "coco rle": "coco --segmentation rle",
    "coco polygon": "coco --segmentation polygon",
    "panoptic": "panoptic",
    "yolo detect": "yolo --images",
    "yolo segment": "yolo --task segment",
    "yolo obb": "yolo --task obb",
    "voc instance": "voc --task instance --images",
    "labelmap": "labelmap --kind masks --kind instanceIds",
    "recipe": "run",
}
EVERY_FORMAT = BOXES_AND_OUTLINES + VOC + MAPS
RECIPE = """
source = "{source}"
out = "{out}"
images = "copy"
image-root = "{images}"
"""

Tree = dict[str, bytes]
Ending = tuple[int, str]  # status as a shell tells it, and what was said


class Source(NamedTuple):
    """A data set, where its images are, and how they are best brought along from there."""

    kind: str
    path: Path
    images: Path
    mode: str


class Case(NamedTuple):
    """A conversion, and what an uninterrupted run of it does.

    Attributes:
        name: the command, or that it is a recipe.
        source: what is converted.
        expected: what the run makes.
        seconds: how long it takes from the start, from when files begin to be made, and from when all are made.
    """

    name: str
    source: Source
    expected: Tree
    seconds: dict[After, float]


@dataclass
class Figures:
    """What came of a number of runs that were to be interrupted.

    Attributes:
        kills: runs that were interrupted, by format and kind of source.
        finished: runs that were whole before that.
        stages: how far the interrupted ones were.
        equal: resumptions that ended in the tree of the uninterrupted run.
        partial: files beside the work folder that differ from it before the resumption.
        faults: what was wrong, a line each.
    """

    kills: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    equal: int = 0
    partial: int = 0
    faults: list[str] = field(default_factory=list)


def tree(folder: Path) -> Tree:
    """Return all that is below a folder by its path: content of files, targets of links, nothing of folders."""
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[f"{name} ->"] = os.fsencode(path.readlink())
        elif path.is_dir():
            found[f"{name}/"] = b""
        else:
            found[name] = path.read_bytes()
    return found


def command_line(name: str, source: Source, out: Path) -> list[str]:
    """Return the command line of a conversion."""
    command, *options = COMMANDS[name].split()
    if command == "run":
        recipe = out.with_suffix(".toml")
        recipe.write_text(RECIPE.format(source=source.path, out=out, images=source.images) + EVERY_FORMAT)
        return ["run", str(recipe), "-j", "2", "-q"]
    if "--images" in options:
        options += ["copy" if command == "voc" else source.mode, "--image-root", str(source.images)]
    return [command, str(source.path), "-o", str(out), *options, "-j", "2", "-q"]


def start(line: Sequence[str]) -> subprocess.Popen[str]:
    """Start cityconv as the leader of a session."""
    return subprocess.Popen(
        [sys.executable, "-m", "cityconv", *line],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment({}), start_new_session=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> Ending:
    """Wait for a run and return how it ended."""
    _, said = process.communicate(timeout=PATIENCE)
    status = process.returncode
    return (128 - status if status < 0 else status), said


def left_of(session: int) -> list[str]:
    """Return the processes that are left of a session, after a moment to die in."""
    for _ in range(20):
        left = list(_members(session))
        if not left:
            break
        time.sleep(0.1)
    return left


def _members(session: int) -> Iterator[str]:
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                yield f"{process.pid} {' '.join(process.cmdline())}"


def make_sources(folder: Path, frames: int) -> list[Source]:
    """Make a sample, as a folder and as zips."""
    root = folder / "sample"
    outcome = cityconv("sample", root, "--frames", str(frames), "--images", "-q")
    assert outcome.status == 0, outcome.err
    archives = []
    for tree_name in ("gtFine", "leftImg8bit"):
        (folder / tree_name).mkdir()
        (root / tree_name).rename(folder / tree_name / tree_name)
        archives.append(zip_folder(folder / tree_name, folder / f"{tree_name}.zip"))
        (folder / tree_name / tree_name).rename(root / tree_name)
    return [Source("folder", root, root / "leftImg8bit", "symlink"), Source("zip", *archives, "copy")]


def make_case(name: str, source: Source, folder: Path) -> Case:
    """Run a conversion without interruption."""
    out = folder / f"whole {name} {source.kind}"
    process = start(command_line(name, source, out))
    reached: dict[After, float] = {}
    for after, landmark in LANDMARKS.items():
        _await(process, out / landmark if landmark else None)
        reached[after] = time.monotonic()
    status, said = finish(process)
    assert status == 0, said
    end = time.monotonic()
    return Case(name, source, tree(out), {after: end - begun for after, begun in reached.items()})


class Campaign:
    """Runs that are interrupted and resumed, one after the other.

    Attributes:
        figures: what came of them.
    """

    def __init__(self, cases: Sequence[Case], folder: Path, seed: int) -> None:
        self.figures = Figures()
        self._cases = cases
        self._folder = folder
        self._chance = random.Random(seed)

    def kill(self, kills: int, after: After = "start") -> None:
        """Kill so many runs; those that were whole before do not count."""
        self._repeat(kills, lambda case, out: self._kill(case, out, after))

    def ask_to_end(self, number: int, asked: signal.Signals) -> None:
        """Send so many runs a signal while they are at work."""
        self._repeat(number, lambda case, out: self._ask(case, out, asked))

    def _repeat(self, wanted: int, interrupt: Callable[[Case, Path], tuple[int, list[str]]]) -> None:
        until = self.figures.kills.total() + wanted
        order = self._chance.sample(self._cases, len(self._cases))  # a short campaign should not have one format only
        for attempt in count():
            if self.figures.kills.total() >= until:
                return
            case = order[attempt % len(order)]
            out = Path(tempfile.mkdtemp(dir=self._folder)) / "out"
            session, faults = interrupt(case, out)
            faults += [f"still running: {line}" for line in left_of(session)]
            faults += self._check(case, out)
            where = f"{case.name}, {case.source.kind}, {out.parent.name}"
            self.figures.faults += [f"{where}: {fault}" for fault in faults]

    def _kill(self, case: Case, out: Path, after: After) -> tuple[int, list[str]]:
        process = start(command_line(case.name, case.source, out))
        _await(process, out / LANDMARKS[after] if LANDMARKS[after] else None)
        time.sleep(self._chance.uniform(0, LATEST * case.seconds[after]))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        finish(process)
        return process.pid, []

    def _ask(self, case: Case, out: Path, asked: signal.Signals) -> tuple[int, list[str]]:
        process = start(command_line(case.name, case.source, out))
        _await(process, out / LANDMARKS["work"])
        time.sleep(self._chance.uniform(0, case.seconds["work"]))
        with suppress(ProcessLookupError):
            # A terminal sends Ctrl-C to all processes, a timeout sends its signal to one.
            (os.killpg if asked == signal.SIGINT else os.kill)(process.pid, asked)
        begun = time.monotonic()
        status, said = finish(process)
        faults = [] if status in (0, 128 + asked) else [f"{asked.name}: status {status}: {said}"]
        if "Traceback" in said:
            faults.append(f"{asked.name}: {said}")
        if (seconds := time.monotonic() - begun) > 5:
            faults.append(f"{asked.name}: ended after {seconds:.1f} s")
        return process.pid, faults

    def _check(self, case: Case, out: Path) -> list[str]:
        """Look at what an interrupted run left, resume it, and return what is wrong."""
        before = tree(out)
        seen = {path: content for path, content in before.items() if not path.startswith(WORK_FOLDER)}
        partial = [path for path, content in seen.items() if case.expected.get(path) != content]
        self.figures.partial += len(partial)
        faults = [f"{path}: partial" for path in partial]
        is_flagged = f"{WORK_FOLDER}/" in before
        if seen and not is_flagged:
            self.figures.finished += 1
            return faults + _compared("looks complete and is not", seen, case.expected)
        self.figures.kills[f"{case.name}, {case.source.kind}"] += 1
        self.figures.stages[_stage(before, bool(seen))] += 1
        wrong = _resume(case, out)
        self.figures.equal += not wrong
        return faults + wrong


def _await(process: subprocess.Popen[str], landmark: Path | None) -> None:
    """Wait until a file of a run is there, or the run is over; without a file, do not wait."""
    while landmark is not None and process.poll() is None and not landmark.exists():
        time.sleep(0.0005)


def _stage(before: Tree, is_seen: bool) -> str:
    if f"{WORK_FOLDER}/" not in before:
        return "before its work folder"
    if f"{WORK_FOLDER}/complete" not in before:
        return "while making files"
    return "while moving files" if is_seen else "before moving files"


def _resume(case: Case, out: Path) -> list[str]:
    process = start([*command_line(case.name, case.source, out), "--resume"])
    status, said = finish(process)
    faults = [f"resumed, status {status}: {said}"] if status else []
    faults += [f"resumed, still running: {line}" for line in left_of(process.pid)]
    return faults + _compared("resumed, another tree", tree(out), case.expected)


def _compared(words: str, found: Tree, expected: Tree) -> list[str]:
    differing = sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))
    return [f"{words}: {', '.join(differing)}"] if differing else []


def _say(title: str, figures: Figures) -> None:
    print(
        f"{title}: {figures.kills.total()} ({figures.finished} more had finished before); "
        f"{figures.equal} trees equal; {figures.partial} partial files; {len(figures.faults)} faults"
    )
    for counts in (figures.stages, figures.kills):
        print(*(f"  {number:4} {name}" for name, number in sorted(counts.items())), sep="\n")
    print(*figures.faults, sep="\n", flush=True)


def main() -> None:
    """Kill, resume and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--after", choices=get_args(After), default="start", help="from when on the kill is timed")
    parser.add_argument("--asked", type=int, default=6, help="runs that get SIGINT, and as many SIGTERM")
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else it is ignored where a shell has this in background
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sources = make_sources(folder, wanted.frames)
        cases = [make_case(name, source, folder) for name in COMMANDS for source in sources]
        faults = 0
        for title, signalled in (("SIGKILL", None), ("SIGINT", signal.SIGINT), ("SIGTERM", signal.SIGTERM)):
            campaign = Campaign(cases, folder, wanted.seed)
            if signalled is None:
                campaign.kill(wanted.kills, wanted.after)
            else:
                campaign.ask_to_end(wanted.asked, signalled)
            _say(title, campaign.figures)
            faults += len(campaign.figures.faults)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
