"""Runs of cityconv that are killed before one of their operations on files, for each operation in turn.

Random moments seldom hit the few microseconds in which a run could be vulnerable; this hits every one of them. The
runs are forks of this process, which imports cityconv once. Run as a program, it goes through all scenarios.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np

from cityconv.cli import main
from tests.builders import SCENES, annotation_path, box, document, tree_of, write_annotation, write_dataset
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC

OPERATIONS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
WORK_FOLDER = ".cityconv"
KEYS = sorted(SCENES)[:2]
HEAD = """
source = "{source}"
out = "{out}"
images = "{images}"
"""
FEW = """
[outputs.coco]
[outputs.labelmap]
kind = ["labelIds", "masks"]
"""
ALL_BUT_VOC = BOXES_AND_OUTLINES + MAPS

Arguments = list[str]


def run(arguments: Arguments, die_before: int | None = None) -> int:
    """Run cityconv in a fork, killed before that operation; return its status, -9 when it was killed."""
    process = os.fork()
    if not process:
        _run_and_end(arguments, die_before)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _run_and_end(arguments: Arguments, die_before: int | None) -> NoReturn:
    said = os.open(os.environ["CITYCONV_TEST_SAID"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(said, stream)
    if die_before is not None:
        sys.addaudithook(_killer(die_before))
    sys.argv = ["cityconv", *arguments]
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    finally:
        os._exit(99)


def _killer(operations: int) -> Callable[[str, tuple[object, ...]], None]:
    left = iter(range(operations))

    def kill(event: str, details: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = details
            counts = isinstance(flags, int) and flags & WRITING and isinstance(path, (str, Path))
        else:
            counts = event in OPERATIONS
        if counts and next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    return kill


def said() -> str:
    """Return what the last run said."""
    return Path(os.environ["CITYCONV_TEST_SAID"]).read_text()


class Stage:
    """A folder with a data set, outputs and recipes.

    Attributes:
        folder: the folder.
        images: how images are brought along.
        outputs: the tables of the recipes' outputs.
        step: 1 to kill before each operation, n before every n-th.
        source: the data set.
        runs: how many outputs there are.
        kills: how many runs were killed.
    """

    def __init__(self, folder: Path, images: str, outputs: str, step: int = 1) -> None:
        os.environ["CITYCONV_TEST_SAID"] = str(folder / "said")
        self.folder = folder
        self.images = images
        self.outputs = outputs
        self.step = step
        self.source = write_dataset(folder / "source", {key: SCENES[key] for key in KEYS})
        for key in KEYS:
            path = self.source / "leftImg8bit" / f"{key}_leftImg8bit.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(cv2.imencode(".png", np.full((32, 64, 3), 90, np.uint8))[1].tobytes())
        self.runs = 0
        self.kills = 0

    def fresh(self) -> Path:
        """Return an output folder that is not there."""
        self.runs += 1
        return self.folder / f"out{self.runs}"

    def recipe(self, out: Path) -> str:
        """Return the path of a recipe into that folder."""
        path = self.folder / f"{out.name}.toml"
        path.write_text(HEAD.format(source=self.source, out=out, images=self.images) + self.outputs)
        return str(path)

    def convert(self, out: Path, *options: str, die_before: int | None = None) -> int:
        """Run the recipe into a folder."""
        return run(["run", self.recipe(out), "-q", "-j", "1", *options], die_before)

    def change(self) -> None:
        """Change an annotation so that it has other classes, and fewer."""
        write_annotation(annotation_path(self.source, KEYS[1]), document(("truck", box(3, 3, 20, 9))))

    def restore(self) -> None:
        """Undo what `change` did, but for the time of the change."""
        write_annotation(annotation_path(self.source, KEYS[1]), SCENES[KEYS[1]])

    def spoil(self) -> None:
        """Make an annotation bad."""
        write_annotation(annotation_path(self.source, KEYS[1]), b"{")

    def whole(self, *options: str) -> dict[str, bytes]:
        """Return what an uninterrupted run makes of the data set as it is."""
        out = self.fresh()
        assert self.convert(out, *options) == 0, said()
        return links_and_files(out)


def links_and_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a tree, of links where they lead."""
    links = (path for path in folder.rglob("*") if path.is_symlink())
    return tree_of(folder) | {str(path.relative_to(folder)): os.fsencode(path.readlink()) for path in links}


def kills(stage: Stage, prepare: Callable[[], Path], *options: str) -> Iterator[tuple[int, Path]]:
    """Yield the output of a run that was killed before its n-th operation, for every n, or for every few."""
    for operation in range(0, 10_000, stage.step):
        out = prepare()
        status = stage.convert(out, *options, die_before=operation)
        if status == 0:
            return
        assert status == -signal.SIGKILL, (operation, status, said())
        stage.kills += 1
        yield operation, out


def is_flagged(out: Path) -> bool:
    """Return whether a folder says that what is in it is unfinished."""
    return (out / WORK_FOLDER).exists()


def visible(out: Path) -> dict[str, bytes]:
    """Return the files of an output but for those of the work folder."""
    return {path: content for path, content in links_and_files(out).items() if not path.startswith(WORK_FOLDER)}


def resume_gives(stage: Stage, out: Path, expected: dict[str, bytes], *options: str) -> None:
    """Resume and compare, unless the run was killed after its end."""
    if visible(out) == expected and not is_flagged(out):
        return
    assert stage.convert(out, "--resume", *options) == 0, said()
    assert visible(out) == expected
    assert not is_flagged(out)


def killed_anew(stage: Stage) -> None:
    """A first run."""
    expected = stage.whole()
    for _, out in kills(stage, stage.fresh):
        assert is_flagged(out) or visible(out) in ({}, expected)
        resume_gives(stage, out, expected)


def killed_while_replacing(stage: Stage) -> None:
    """A run over an earlier output, in which a frame had other classes."""
    before = stage.whole()

    def old_output() -> Path:
        out = stage.fresh()
        stage.restore()
        assert stage.convert(out) == 0, said()
        stage.change()
        return out

    stage.change()
    expected = stage.whole()
    for _, out in kills(stage, old_output, "--overwrite"):
        assert is_flagged(out) or visible(out) in (before, expected)
        resume_gives(stage, out, expected, "--overwrite")


def changed_after_the_kill(stage: Stage) -> None:
    """An annotation changes between the kill and the resumption: nothing of what it was before may stay."""
    stage.change()
    expected = stage.whole()
    stage.restore()
    for _, out in kills(stage, stage.fresh):
        if visible(out) and not is_flagged(out):
            continue  # it was killed after its end
        stage.change()
        status = stage.convert(out, "--resume")
        stage.restore()
        assert status == 0, said()
        assert visible(out) == expected


def other_options_after_the_kill(stage: Stage) -> None:
    """The resumption has other options: what was decided is completed first, and nothing else of it may stay."""
    first = stage.whole()
    other = stage.fresh()
    assert run(["labelmap", str(stage.source), "-o", str(other), "-j", "1"]) == 0
    second = visible(other)
    for _, out in kills(stage, stage.fresh):
        assert run(["labelmap", str(stage.source), "-o", str(out), "-j", "1", "--resume"]) == 0, said()
        assert visible(out) in (second, first | second)
        assert not is_flagged(out)


def bad_frame_after_the_kill(stage: Stage) -> None:
    """The resumption meets a bad frame: the output is as if it had not been begun, or as it had been decided."""
    expected = stage.whole()
    for _, out in kills(stage, stage.fresh):
        stage.spoil()
        status = stage.convert(out, "--resume")
        stage.restore()
        assert status == 1, said()
        assert visible(out) in ({}, expected)


def bad_frame_left_out_after_the_kill(stage: Stage) -> None:
    """The resumption leaves a bad frame out: nothing of it may stay."""
    stage.spoil()
    expected = stage.whole("--on-error", "skip")
    stage.restore()
    for _, out in kills(stage, stage.fresh):
        if visible(out) and not is_flagged(out):
            continue  # it was killed after its end
        stage.spoil()
        status = stage.convert(out, "--resume", "--on-error", "skip")
        stage.restore()
        assert status == 0, said()
        assert visible(out) == expected


def killed_twice(stage: Stage) -> None:
    """The resumption is killed too, and the one after it is not."""
    expected = stage.whole()
    for operation, out in kills(stage, stage.fresh):
        stage.convert(out, "--resume", die_before=operation * 7 % 50)
        resume_gives(stage, out, expected)


def killed_while_starting_anew(stage: Stage) -> None:
    """A run that throws away an interrupted one is killed, and then the first is resumed."""
    expected = stage.whole()

    def interrupted() -> Path:
        out = stage.fresh()
        stage.convert(out, die_before=40)
        return out

    for _, out in kills(stage, interrupted, "--overwrite"):
        assert is_flagged(out) or visible(out) in ({}, expected)
        resume_gives(stage, out, expected)


SCENARIOS = [
    killed_anew,
    killed_while_replacing,
    changed_after_the_kill,
    other_options_after_the_kill,
    bad_frame_after_the_kill,
    bad_frame_left_out_after_the_kill,
    killed_twice,
    killed_while_starting_anew,
]


def warm_up() -> None:
    """Import all that a run needs, once for all forks."""
    with tempfile.TemporaryDirectory() as folder, suppress(SystemExit):
        stage = Stage(Path(folder), "copy", ALL_BUT_VOC + VOC)
        sys.argv = ["cityconv", "run", stage.recipe(stage.fresh()), "-q", "-j", "1"]
        main()


def go_through(names: list[str], step: int) -> None:
    """Go through scenarios, with images as copies and as links, and say how many kills there were."""
    warm_up()
    for scenario in SCENARIOS:
        if names and scenario.__name__ not in names:
            continue
        with_all = scenario is killed_anew
        for images, outputs in (
            ("copy", ALL_BUT_VOC + VOC if with_all else FEW),
            ("symlink", ALL_BUT_VOC if with_all else FEW),
        ):
            with tempfile.TemporaryDirectory() as folder:
                stage = Stage(Path(folder), images, outputs, step)
                scenario(stage)
            print(f"{scenario.__name__}, images as {images}: {stage.kills} kills", flush=True)


def parse_arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", choices=[[], *(scenario.__name__ for scenario in SCENARIOS)])
    parser.add_argument("--step", type=int, default=1, help="kill before every n-th operation")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = parse_arguments()
    go_through(wanted.scenarios, wanted.step)
