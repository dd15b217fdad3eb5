"""Kills at random moments, over all formats, from folders and zips, each followed by `--resume`.

    python -m tests.robustness.kills.campaign --kills 100 --seed 0
    python -m tests.robustness.kills.campaign --kills 50 --after staging
    python -m tests.robustness.kills.campaign --kills 50 --after committed

Every run is the leader of a session and has two workers. All of its processes are killed with SIGKILL at a random
moment, uniformly distributed between 0 and 1.1 times the duration of an uninterrupted run. The time counts from the
start, from when files are first written, or from when all are written and begin to be moved into place.

Before the run is resumed, each file in OUT outside the staging folder must be as in the uninterrupted output. The
resumed run must end in exactly that output, and no process of the session may be left. Some runs are sent SIGINT or
SIGTERM instead, and must exit with the status of that signal.
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

from cityconv.vocabulary import STAGING_FOLDER
from tests.builders import zip_folder
from tests.commands import cityconv, environment
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

After = Literal["start", "staging", "committed"]
LANDMARKS: dict[After, str] = {
    "start": "",
    "staging": f"{STAGING_FOLDER}/journal",
    "committed": f"{STAGING_FOLDER}/complete",
}
LATEST = 1.1  # in durations of the uninterrupted run
TIMEOUT = 120  # seconds; reached only if a run hangs
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
Ending = tuple[int, str]  # exit status as a shell reports it, and standard error


class Source(NamedTuple):
    """A data set, the location of its images, and the value of `--images` that suits it."""

    kind: str
    path: Path
    images: Path
    mode: str


class Case(NamedTuple):
    """A conversion, and what an uninterrupted run of it does.

    Attributes:
        name: key of `COMMANDS`.
        source: the data set.
        expected: the output.
        seconds: duration until the end from the start, from the first write, and from when the run is committed.
    """

    name: str
    source: Source
    expected: Tree
    seconds: dict[After, float]


@dataclass
class Figures:
    """The results of a campaign.

    Attributes:
        interrupted: number of interrupted runs by format and kind of source.
        finished: number of runs that had finished before the signal.
        stages: number of interrupted runs by the stage they were in.
        equal: number of resumed runs that ended in the output of the uninterrupted run.
        partial_files: number of visible files that differed from that output before the resumption.
        faults: what was wrong, one line each.
    """

    interrupted: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    equal: int = 0
    partial_files: int = 0
    faults: list[str] = field(default_factory=list)


def tree(folder: Path) -> Tree:
    """Return the entries below a folder by path: the content of files, the targets of links, b"" for folders."""
    entries = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            entries[f"{name} ->"] = os.fsencode(path.readlink())
        elif path.is_dir():
            entries[f"{name}/"] = b""
        else:
            entries[name] = path.read_bytes()
    return entries


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


def start_run(line: Sequence[str]) -> subprocess.Popen[str]:
    """Start cityconv as the leader of a session."""
    return subprocess.Popen(
        [sys.executable, "-m", "cityconv", *line],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment({}), start_new_session=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> Ending:
    """Wait for a run and return its exit status and standard error."""
    _, messages = process.communicate(timeout=TIMEOUT)
    status = process.returncode
    return (128 - status if status < 0 else status), messages


def left_of(session: int) -> list[str]:
    """Return the processes of a session that still exist after up to 2 seconds."""
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
    """Generate a sample data set, as a folder and as zips."""
    root = folder / "sample"
    outcome = cityconv("sample", root, "--frames", str(frames), "--images", "-q")
    assert outcome.status == 0, outcome.err
    archives: list[Path] = []
    for tree_name in ("gtFine", "leftImg8bit"):
        (folder / tree_name).mkdir()
        (root / tree_name).rename(folder / tree_name / tree_name)
        archives.append(zip_folder(folder / tree_name, folder / f"{tree_name}.zip"))
        (folder / tree_name / tree_name).rename(root / tree_name)
    annotations, images = archives
    return [Source("folder", root, root / "leftImg8bit", "symlink"), Source("zip", annotations, images, "copy")]


def make_case(name: str, source: Source, folder: Path) -> Case:
    """Run a conversion without interruption."""
    out = folder / f"complete {name} {source.kind}"
    process = start_run(command_line(name, source, out))
    reached: dict[After, float] = {}
    for after, landmark in LANDMARKS.items():
        _wait_for(process, out / landmark if landmark else None)
        reached[after] = time.monotonic()
    status, messages = finish(process)
    assert status == 0, messages
    end = time.monotonic()
    return Case(name, source, tree(out), {after: end - start_time for after, start_time in reached.items()})


class Campaign:
    """Runs that are interrupted and resumed, one after the other.

    Attributes:
        figures: the results so far.
    """

    def __init__(self, cases: Sequence[Case], folder: Path, seed: int) -> None:
        self.figures = Figures()
        self._cases = cases
        self._folder = folder
        self._random = random.Random(seed)

    def kill(self, kills: int, after: After = "start") -> None:
        """Kill so many runs. Those that finish before the kill do not count."""
        self._repeat(kills, lambda case, out: self._kill(case, out, after))

    def send_signal(self, number: int, sent: signal.Signals) -> None:
        """Send a signal to so many runs while they write files."""
        self._repeat(number, lambda case, out: self._signal(case, out, sent))

    def _repeat(self, wanted: int, interrupt: Callable[[Case, Path], tuple[int, list[str]]]) -> None:
        until = self.figures.interrupted.total() + wanted
        order = self._random.sample(self._cases, len(self._cases))  # so that a short campaign covers several formats
        for attempt in count():
            if self.figures.interrupted.total() >= until:
                return
            case = order[attempt % len(order)]
            out = Path(tempfile.mkdtemp(dir=self._folder)) / "out"
            session, faults = interrupt(case, out)
            faults += [f"still running: {line}" for line in left_of(session)]
            faults += self._check(case, out)
            where = f"{case.name}, {case.source.kind}, {out.parent.name}"
            self.figures.faults += [f"{where}: {fault}" for fault in faults]

    def _kill(self, case: Case, out: Path, after: After) -> tuple[int, list[str]]:
        process = start_run(command_line(case.name, case.source, out))
        _wait_for(process, out / LANDMARKS[after] if LANDMARKS[after] else None)
        time.sleep(self._random.uniform(0, LATEST * case.seconds[after]))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        finish(process)
        return process.pid, []

    def _signal(self, case: Case, out: Path, sent: signal.Signals) -> tuple[int, list[str]]:
        process = start_run(command_line(case.name, case.source, out))
        _wait_for(process, out / LANDMARKS["staging"])
        time.sleep(self._random.uniform(0, case.seconds["staging"]))
        with suppress(ProcessLookupError):
            # A terminal sends SIGINT to all processes; `timeout` and the like send SIGTERM to one.
            (os.killpg if sent == signal.SIGINT else os.kill)(process.pid, sent)
        start_time = time.monotonic()
        status, messages = finish(process)
        faults = [] if status in (0, 128 + sent) else [f"{sent.name}: status {status}: {messages}"]
        if "Traceback" in messages:
            faults.append(f"{sent.name}: {messages}")
        if (seconds := time.monotonic() - start_time) > 5:
            faults.append(f"{sent.name}: ended after {seconds:.1f} s")
        return process.pid, faults

    def _check(self, case: Case, out: Path) -> list[str]:
        """Examine what an interrupted run left, resume it, and return what is wrong."""
        before = tree(out)
        visible = {path: content for path, content in before.items() if not path.startswith(f"{STAGING_FOLDER}/")}
        partial = [path for path, content in visible.items() if case.expected.get(path) != content]
        self.figures.partial_files += len(partial)
        faults = [f"{path}: partial" for path in partial]
        is_unfinished = f"{STAGING_FOLDER}/" in before
        if visible and not is_unfinished:
            self.figures.finished += 1
            return faults + _differences("looks finished but differs in", visible, case.expected)
        self.figures.interrupted[f"{case.name}, {case.source.kind}"] += 1
        self.figures.stages[_stage(before, bool(visible))] += 1
        resume_faults = _resume(case, out)
        self.figures.equal += not resume_faults
        return faults + resume_faults


def _wait_for(process: subprocess.Popen[str], landmark: Path | None) -> None:
    """Wait until a file of a run exists or the run has ended. Without a file, return at once."""
    while landmark is not None and process.poll() is None and not landmark.exists():
        time.sleep(0.0005)


def _stage(before: Tree, has_visible_files: bool) -> str:
    if f"{STAGING_FOLDER}/" not in before:
        return "before its staging folder exists"
    if f"{STAGING_FOLDER}/complete" not in before:
        return "while writing files"
    return "while moving files" if has_visible_files else "before moving files"


def _resume(case: Case, out: Path) -> list[str]:
    process = start_run([*command_line(case.name, case.source, out), "--resume"])
    status, messages = finish(process)
    faults = [f"resumed, status {status}: {messages}"] if status else []
    faults += [f"resumed, still running: {line}" for line in left_of(process.pid)]
    return faults + _differences("resumed, but differs in", tree(out), case.expected)


def _differences(words: str, found: Tree, expected: Tree) -> list[str]:
    differing = sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))
    return [f"{words}: {', '.join(differing)}"] if differing else []


def _print(title: str, figures: Figures) -> None:
    print(
        f"{title}: {figures.interrupted.total()} ({figures.finished} more had finished before the signal); "
        f"{figures.equal} equal after --resume; {figures.partial_files} partial files; {len(figures.faults)} faults"
    )
    for counts in (figures.stages, figures.interrupted):
        print(*(f"  {number:4} {name}" for name, number in sorted(counts.items())), sep="\n")
    print(*figures.faults, sep="\n", flush=True)


def main() -> None:
    """Run the campaign and print its results; exit with status 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--after", choices=get_args(After), default="start", help="when the time to the kill starts")
    parser.add_argument("--signals", type=int, default=6, help="number of runs that are sent SIGINT, and SIGTERM")
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for background jobs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = make_sources(folder, options.frames)
        cases = [make_case(name, source, folder) for name in COMMANDS for source in sources]
        faults = 0
        for title, sent in (("SIGKILL", None), ("SIGINT", signal.SIGINT), ("SIGTERM", signal.SIGTERM)):
            campaign = Campaign(cases, folder, options.seed)
            if sent is None:
                campaign.kill(options.kills, options.after)
            else:
                campaign.send_signal(options.signals, sent)
            _print(title, campaign.figures)
            faults += len(campaign.figures.faults)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
