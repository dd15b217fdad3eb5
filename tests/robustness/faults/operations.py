"""Runs of cityconv that are killed before one of their file operations, for each operation in turn.

Random moments seldom hit the few microseconds in which a run could be vulnerable; this hits each of them. The runs are
forks of this process, which imports cityconv once. Run as a program, it goes through all scenarios.
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
from cityconv.engine import durability
from cityconv.vocabulary import STAGING_FOLDER
from tests.builders import SCENES, annotation_path, box, document, tree_of, write_annotation, write_dataset
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC

OPERATIONS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
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
LOOSE = """
[outputs.labelmap]
"""
SHARDS = """
archive = "tar"
shard-frames = 1
[outputs.labelmap]
"""
ALL_BUT_VOC = BOXES_AND_OUTLINES + MAPS

Arguments = list[str]


def run(arguments: Arguments, die_before: int | None = None) -> int:
    """Run cityconv in a fork, killed before that operation; return its exit status, or -9 if it was killed."""
    process = os.fork()
    if not process:
        _run_and_end(arguments, die_before)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _run_and_end(arguments: Arguments, die_before: int | None) -> NoReturn:
    log = os.open(os.environ["CITYCONV_TEST_MESSAGES"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    setattr(durability, "_sync_file_system", lambda _: True)  # noqa: B010 - a kill loses nothing that was written
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


def messages() -> str:
    """Return what the last run printed."""
    return Path(os.environ["CITYCONV_TEST_MESSAGES"]).read_text()


class Setup:
    """A folder with a data set, outputs and recipes.

    Attributes:
        folder: the folder.
        images: the value of `--images`.
        outputs: the tables of the recipes' outputs.
        step: 1 to kill before each operation, n before every nth.
        source: the data set.
        runs: number of output folders so far.
        kills: number of killed runs so far.
    """

    def __init__(self, folder: Path, images: str, outputs: str, step: int = 1) -> None:
        os.environ["CITYCONV_TEST_MESSAGES"] = str(folder / "messages")
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
        """Return an output folder that does not exist yet."""
        self.runs += 1
        return self.folder / f"out{self.runs}"

    def recipe(self, out: Path) -> str:
        """Write a recipe with that output folder, and return its path."""
        path = self.folder / f"{out.name}.toml"
        path.write_text(HEAD.format(source=self.source, out=out, images=self.images) + self.outputs)
        return str(path)

    def convert(self, out: Path, *options: str, die_before: int | None = None) -> int:
        """Run the recipe with that output folder; return the exit status."""
        return run(["run", self.recipe(out), "-q", "-j", "1", *options], die_before)

    def change(self) -> None:
        """Change an annotation to other and fewer classes."""
        write_annotation(annotation_path(self.source, KEYS[1]), document(("truck", box(3, 3, 20, 9))))

    def restore(self) -> None:
        """Undo `change`, except for the modification time."""
        write_annotation(annotation_path(self.source, KEYS[1]), SCENES[KEYS[1]])

    def spoil(self) -> None:
        """Damage an annotation."""
        write_annotation(annotation_path(self.source, KEYS[1]), b"{")

    def uninterrupted(self, *options: str) -> dict[str, bytes]:
        """Return the output of an uninterrupted run on the current data set."""
        out = self.fresh()
        assert self.convert(out, *options) == 0, messages()
        return links_and_files(out)


def links_and_files(folder: Path) -> dict[str, bytes]:
    """Return the contents of the files in a tree, and the targets of its links."""
    links = (path for path in folder.rglob("*") if path.is_symlink())
    return tree_of(folder) | {str(path.relative_to(folder)): os.fsencode(path.readlink()) for path in links}


def kills(setup: Setup, prepare: Callable[[], Path], *options: str) -> Iterator[tuple[int, Path]]:
    """Yield n and the output of a run that was killed before its nth file operation, for n in steps."""
    for operation in range(0, 10_000, setup.step):
        out = prepare()
        status = setup.convert(out, *options, die_before=operation)
        if status == 0:
            return
        assert status == -signal.SIGKILL, (operation, status, messages())
        setup.kills += 1
        yield operation, out


def is_unfinished(out: Path) -> bool:
    """Return whether a folder contains an unfinished run."""
    return (out / STAGING_FOLDER).exists()


def visible(out: Path) -> dict[str, bytes]:
    """Return the files of an output outside the staging folder."""
    return {
        path: content for path, content in links_and_files(out).items() if not path.startswith(f"{STAGING_FOLDER}/")
    }


def assert_resumable(setup: Setup, out: Path, expected: dict[str, bytes], *options: str) -> None:
    """Resume and compare, unless the output was complete when the run was killed."""
    if visible(out) == expected and not is_unfinished(out):
        return
    assert setup.convert(out, "--resume", *options) == 0, messages()
    assert visible(out) == expected
    assert not is_unfinished(out)


def killed_on_a_first_run(setup: Setup) -> None:
    """A run into a new output folder."""
    expected = setup.uninterrupted()
    for _, out in kills(setup, setup.fresh):
        assert is_unfinished(out) or visible(out) in ({}, expected)
        assert_resumable(setup, out, expected)


def killed_while_replacing(setup: Setup) -> None:
    """A run over an earlier output, in which a frame had other classes."""
    before = setup.uninterrupted()

    def old_output() -> Path:
        out = setup.fresh()
        setup.restore()
        assert setup.convert(out) == 0, messages()
        setup.change()
        return out

    setup.change()
    expected = setup.uninterrupted()
    for _, out in kills(setup, old_output, "--overwrite"):
        assert is_unfinished(out) or visible(out) in (before, expected)
        assert_resumable(setup, out, expected, "--overwrite")


def changed_after_the_kill(setup: Setup) -> None:
    """An annotation changes before the run is resumed: nothing of its earlier content may remain."""
    setup.change()
    expected = setup.uninterrupted()
    setup.restore()
    for _, out in kills(setup, setup.fresh):
        if visible(out) and not is_unfinished(out):
            continue  # the output was complete
        setup.change()
        status = setup.convert(out, "--resume")
        setup.restore()
        assert status == 0, messages()
        assert visible(out) == expected


def other_options_after_the_kill(setup: Setup) -> None:
    """The run is resumed with other options: a committed output is completed first, any other is discarded."""
    first = setup.uninterrupted()
    other = setup.fresh()
    assert run(["labelmap", str(setup.source), "-o", str(other), "-j", "1"]) == 0
    second = visible(other)
    for _, out in kills(setup, setup.fresh):
        assert run(["labelmap", str(setup.source), "-o", str(out), "-j", "1", "--resume"]) == 0, messages()
        assert visible(out) in (second, first | second)
        assert not is_unfinished(out)


def bad_frame_after_the_kill(setup: Setup) -> None:
    """A frame is bad when the run is resumed: the output is untouched, or complete if it was committed."""
    expected = setup.uninterrupted()
    for _, out in kills(setup, setup.fresh):
        setup.spoil()
        status = setup.convert(out, "--resume")
        setup.restore()
        assert status == 1, messages()
        assert visible(out) in ({}, expected)


def bad_frame_skipped_after_the_kill(setup: Setup) -> None:
    """A bad frame is skipped when the run is resumed: nothing of it may remain."""
    setup.spoil()
    expected = setup.uninterrupted("--on-error", "skip")
    setup.restore()
    for _, out in kills(setup, setup.fresh):
        if visible(out) and not is_unfinished(out):
            continue  # the output was complete
        setup.spoil()
        status = setup.convert(out, "--resume", "--on-error", "skip")
        setup.restore()
        assert status == 0, messages()
        assert visible(out) == expected


def killed_twice(setup: Setup) -> None:
    """The resumed run is killed too, and resumed again."""
    expected = setup.uninterrupted()
    for operation, out in kills(setup, setup.fresh):
        setup.convert(out, "--resume", die_before=operation * 7 % 50)
        assert_resumable(setup, out, expected)


def killed_while_starting_over(setup: Setup) -> None:
    """A run that discards an interrupted one is killed, and resumed."""
    expected = setup.uninterrupted()

    def interrupted() -> Path:
        out = setup.fresh()
        setup.convert(out, die_before=40)
        return out

    for _, out in kills(setup, interrupted, "--overwrite"):
        assert is_unfinished(out) or visible(out) in ({}, expected)
        assert_resumable(setup, out, expected)


def killed_while_replacing_other_options(setup: Setup) -> None:
    """A run with images over an output of other frames, classes and kinds: nothing of that may remain."""
    small = [annotation_path(setup.source, KEYS[0]).parent, "-j", "1", "-q", "--overwrite"]

    def output_of_other_options() -> Path:
        out = setup.fresh()
        assert setup.convert(out) == 0, messages()
        return out

    for name, *options in (
        ("coco", "--images", "copy", "--classes", "car"),
        ("labelmap", "--images", setup.images, "--kind", "color"),
    ):
        line = [name, *map(str, small), *options]
        fresh = setup.fresh()
        assert run([*line, "-o", str(fresh)]) == 0, messages()
        for operation in range(0, 10_000, setup.step):
            out = output_of_other_options()
            status = run([*line, "-o", str(out / name)], operation)
            if status == 0:
                break
            setup.kills += 1
            again = ["--resume"] if is_unfinished(out / name) else []
            assert run([*line, "-o", str(out / name), *again]) == 0, messages()
            assert links_and_files(out / name) == links_and_files(fresh)
            assert not is_unfinished(out / name)


def killed_while_updating(setup: Setup) -> None:
    """An update, in which a frame is changed and one is new; continued by --resume and by another update in turn."""

    def old_output() -> Path:
        out = setup.fresh()
        setup.restore()
        for path in added:
            path.unlink(missing_ok=True)
        assert setup.convert(out) == 0, messages()
        setup.change()
        add()
        return out

    def add() -> None:
        write_annotation(added[0], SCENES[KEYS[0]])
        write_annotation(added[1], image.read_bytes())

    image = setup.source / "leftImg8bit" / f"{KEYS[0]}_leftImg8bit.png"
    key = "val/lindau/lindau_000000_000019"
    added = (annotation_path(setup.source, key), setup.source / "leftImg8bit" / f"{key}_leftImg8bit.png")
    setup.change()
    add()
    expected = setup.uninterrupted()
    for operation, out in kills(setup, old_output, "--update"):
        option = "--resume" if operation % 2 and is_unfinished(out) else "--update"
        assert setup.convert(out, option) == 0, messages()
        assert visible(out) == expected
        assert not is_unfinished(out)


def killed_while_packing(setup: Setup) -> None:
    """A run that writes shards in place of loose files."""
    loose = setup.images, LOOSE

    def loose_output() -> Path:
        out = setup.fresh()
        setup.images, setup.outputs = loose
        assert setup.convert(out) == 0, messages()
        setup.images, setup.outputs = "copy", SHARDS
        return out

    before = visible(loose_output())
    expected = setup.uninterrupted()
    for _, out in kills(setup, loose_output, "--overwrite"):
        assert is_unfinished(out) or visible(out) in (before, expected)
        assert_resumable(setup, out, expected, "--overwrite")


SCENARIOS = [
    killed_on_a_first_run,
    killed_while_replacing,
    changed_after_the_kill,
    other_options_after_the_kill,
    bad_frame_after_the_kill,
    bad_frame_skipped_after_the_kill,
    killed_twice,
    killed_while_starting_over,
    killed_while_replacing_other_options,
    killed_while_updating,
    killed_while_packing,
]


def warm_up() -> None:
    """Import all that a run needs, once for all forks."""
    with tempfile.TemporaryDirectory() as folder, suppress(SystemExit):
        setup = Setup(Path(folder), "copy", ALL_BUT_VOC + VOC)
        sys.argv = ["cityconv", "run", setup.recipe(setup.fresh()), "-q", "-j", "1"]
        main()


def go_through(names: list[str], step: int) -> None:
    """Go through scenarios, with images as copies and as links, and print the number of kills."""
    warm_up()
    for scenario in SCENARIOS:
        if names and scenario.__name__ not in names:
            continue
        with_all = scenario is killed_on_a_first_run
        for images, outputs in (
            ("copy", ALL_BUT_VOC + VOC if with_all else FEW),
            ("symlink", ALL_BUT_VOC if with_all else FEW),
        ):
            with tempfile.TemporaryDirectory() as folder:
                setup = Setup(Path(folder), images, outputs, step)
                scenario(setup)
            print(f"{scenario.__name__}, images as {images}: {setup.kills} kills", flush=True)


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", choices=[[], *(scenario.__name__ for scenario in SCENARIOS)])
    parser.add_argument("--step", type=int, default=1, help="kill before every nth operation")
    return parser.parse_args()


if __name__ == "__main__":
    options = parse_arguments()
    go_through(options.scenarios, options.step)
