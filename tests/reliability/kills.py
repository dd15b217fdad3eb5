"""Kills at random moments, over all formats and both kinds of SRC, each followed by `--resume`.

    python -m tests.reliability.kills --kills 100 --seed 0

Each run has two workers and is killed with SIGKILL, in half of the cases together with its workers, at a moment drawn
evenly from the time that it takes. What is then to be seen in OUT must be nothing or all; the resumption must end in
exactly the tree of an uninterrupted run; and no process and no temporary file may be left.
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
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.builders import street, tree_of, write_dataset, zip_folder
from tests.commands import environment

WORK_FOLDER = ".cityconv"
TEMPORARY: dict[str, str] = {}  # the environment variable for temporary files, when they are watched
FRAMES = 60
COMMANDS = {
    "coco, run-length codes": ("coco",),
    "coco, polygons": ("coco", "--segmentation", "polygon"),
    "panoptic": ("panoptic",),
    "yolo, boxes": ("yolo",),
    "yolo, outlines": ("yolo", "--task", "segment"),
    "yolo, oriented boxes": ("yolo", "--task", "obb"),
    "voc, instances": ("voc", "--task", "instance"),
    "label maps": ("labelmap", "--kind", "labelIds", "--kind", "instanceIds", "--kind", "color", "--kind", "masks"),
    "a recipe": ("run",),
}
RECIPE = """
source = "{source}"
out = "{out}"
[outputs.coco]
[outputs.panoptic]
[outputs.yolo]
task = "segment"
[outputs.voc]
task = "instance"
[outputs.labelmap]
kind = ["labelIds", "masks"]
"""


class Figures(NamedTuple):
    """What came of a number of kills.

    Attributes:
        kills: runs that were killed; the others had ended before.
        with_nothing: of these, those after which OUT had nothing but the work folder, or was not there.
        while_moving: those after which some files were in place and the work folder said that others were not.
        with_all: those after which all files were in place, and nothing said that they were not.
        equal: resumptions that ended in the tree of the uninterrupted run.
        faults: what was wrong, a line each.
    """

    kills: int
    with_nothing: int
    while_moving: int
    with_all: int
    equal: int
    faults: list[str]


class Case(NamedTuple):
    """A format, a data set, what an uninterrupted run makes of it, and how long it takes in seconds."""

    name: str
    command: tuple[str, ...]
    source: Path
    expected: dict[str, bytes]
    duration: float


def arguments(command: tuple[str, ...], source: Path, out: Path) -> list[str]:
    """Return the command line of a run."""
    if command == ("run",):
        recipe = out.with_suffix(".toml")
        recipe.write_text(RECIPE.format(source=source, out=out))
        return ["run", str(recipe), "-j", "2", "-q"]
    return [*command, str(source), "-o", str(out), "-j", "2", "-q"]


def start(line: list[str]) -> subprocess.Popen[bytes]:
    """Start cityconv as the leader of a group of processes."""
    return subprocess.Popen(
        [sys.executable, "-m", "cityconv", *line],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(TEMPORARY), start_new_session=True,
    )  # fmt: skip


def make_cases(folder: Path, frames: int = FRAMES, commands: dict[str, tuple[str, ...]] = COMMANDS) -> list[Case]:
    """Return formats from a folder and from a zip, each run once."""
    (folder / "tmp").mkdir()
    TEMPORARY["TMPDIR"] = str(folder / "tmp")
    scenes = {
        f"{split}/{city}/{city}_{number:06}_000019": street(number % 8)
        for split, city in (("train", "aachen"), ("train", "ulm"), ("val", "munster"))
        for number in range(frames // 3)
    }
    source = write_dataset(folder / "source", scenes)
    archive = zip_folder(source, folder / "gtFine_trainvaltest.zip")
    cases = []
    for name, command in commands.items():
        for kind, place in (("folder", source), ("zip", archive)):
            out = folder / f"whole{len(cases)}"
            begun = time.monotonic()
            process = start(arguments(command, place, out))
            _, said = process.communicate()
            assert process.returncode == 0, said
            cases.append(Case(f"{name}, {kind}", command, place, tree_of(out), time.monotonic() - begun))
    return cases


def kill_and_resume(cases: list[Case], folder: Path, kills: int, seed: int) -> Figures:
    """Kill so many runs at random moments and resume them."""
    chance = random.Random(seed)
    killed = with_nothing = while_moving = with_all = equal = attempts = 0
    faults: list[str] = []
    while killed < kills:
        case = cases[attempts % len(cases)]
        attempts += 1
        out = folder / f"out{attempts}"
        if not _kill(case, out, chance):
            continue
        killed += 1
        seen = {path for path in tree_of(out) if not path.startswith(WORK_FOLDER)} if out.exists() else set()
        is_flagged = (out / WORK_FOLDER).exists()
        with_nothing += not seen
        while_moving += bool(seen) and is_flagged
        with_all += bool(seen) and not is_flagged
        if seen and not is_flagged and seen != case.expected.keys():
            faults.append(f"{case.name}: looks complete and is not")
        fault = _resume(case, out)
        equal += not fault
        faults += [fault] if fault else []
    return Figures(killed, with_nothing, while_moving, with_all, equal, faults)


def _kill(case: Case, out: Path, chance: random.Random) -> bool:
    """Start a run and kill it at a random moment; return whether it had not ended before."""
    process = start(arguments(case.command, case.source, out))
    time.sleep(chance.uniform(0.2, 1.05) * case.duration)  # the first fifth is Python's start
    if process.poll() is None:
        if chance.random() < 0.5:
            process.kill()  # the workers notice
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def _resume(case: Case, out: Path) -> str:
    """Resume a run, and return what is wrong with what came of it."""
    process = start([*arguments(case.command, case.source, out), "--resume"])
    _, said = process.communicate()
    is_over = process.returncode == 1 and b"exists already" in said  # killed after its last file was in place
    if process.returncode and not is_over:
        return f"{case.name}: resumed, status {process.returncode}: {said.decode()}"
    if tree_of(out) != case.expected:
        return f"{case.name}: resumed, another tree"
    return ""


def strays(folder: Path) -> list[str]:
    """Return what is left of runs in a folder: command lines of processes, and temporary files."""
    time.sleep(1)  # for workers to notice
    found = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    lines = [" ".join(line) for line in found if "cityconv" in line and any(str(folder) in part for part in line)]
    return lines + [str(path) for path in (folder / "tmp").rglob("*")]


def main() -> None:
    """Kill, resume and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        figures = kill_and_resume(make_cases(folder), folder, wanted.kills, wanted.seed)
        left = strays(folder)
    print(
        f"{figures.kills} kills: {figures.with_nothing} left nothing to be seen, "
        f"{figures.while_moving} came while files were being moved, {figures.with_all} after that;\n"
        f"{figures.equal} resumptions ended in the tree of an uninterrupted run"
    )
    print(*figures.faults, *(f"left: {item}" for item in left), sep="\n")
    sys.exit(bool(figures.faults or left))


if __name__ == "__main__":
    main()
