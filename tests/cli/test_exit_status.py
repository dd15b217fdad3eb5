"""The exit status of every case in the table of docs/cli.md."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import write_dataset
from tests.commands import cityconv, environment, run_inline

PAGE = Path(__file__).parents[2] / "docs/cli.md"
TABLE = dict(re.findall(r"^\| (.+) \| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
OUT = ("-o", "out")

CASES: dict[str, list[tuple[str, ...]]] = {
    "everything was done": [("coco", "city", *OUT), ("--version",), ("coco", "--help")],
    "`--on-error skip` skipped bad frames": [("coco", "bad", *OUT, "--on-error", "skip")],
    "an annotation or an image is bad or missing": [("coco", "bad", *OUT), ("coco", "city", *OUT, "--images", "copy")],
    "SRC has no annotations": [("coco", "empty", *OUT), ("verify", "empty")],
    "an output or a report exists already": [
        ("coco", "city", "-o", "done"),
        ("coco", "city", *OUT, "--report", "map.toml"),
    ],
    "an output cannot be written, or the run failed": [("coco", "city", "-o", "map.toml/out")],
    "`verify` found differences": [("verify", "city", "done", "--classes", "person")],
    "an unknown command or option, a value that an option does not take": [
        ("cooc",),
        ("coco", "city", *OUT, "--taks", "instance"),
        ("coco", "city", *OUT, "--task", "boxes"),
        ("coco", "city", *OUT, "-j", "0"),
        ("coco", "city"),
    ],
    "options that cannot be combined": [("coco", "city", *OUT, "--sample", "1", "--limit", "1")],
    "no such SRC, recipe or other path that an option names": [
        ("coco", "nowhere", *OUT),
        ("run", "nowhere.toml"),
        ("verify", "city", "nowhere"),
        ("coco", "city", *OUT, "--images", "copy", "--image-root", "nowhere"),
        ("coco", "city", *OUT, "--frames", "nowhere.txt"),
        ("labels", "--from", "nowhere"),
    ],
    "no such split, city, class or kind": [
        ("coco", "city", *OUT, "--split", "tarin"),
        ("coco", "city", *OUT, "--city", "paris"),
        ("coco", "city", *OUT, "--split-folder", "mine"),
        ("coco", "city", *OUT, "--classes", "spaceship"),
        ("labelmap", "city", *OUT, "--kind", "depth"),
        ("verify", "city", "done", "--split", "tarin"),
    ],
    "an invalid recipe, class map, label table or list of frames": [
        ("run", "map.toml"),
        ("coco", "city", *OUT, "--class-map", "bad.toml"),
        ("coco", "city", *OUT, "--labels", "bad.toml"),
        ("coco", "city", *OUT, "--frames", "bad.toml"),
    ],
}
SIGNALS = {"Ctrl-C (SIGINT)": signal.SIGINT, "SIGTERM": signal.SIGTERM}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_dataset(tmp_path / "city")
    next((write_dataset(tmp_path / "bad") / "gtFine").rglob("*.json")).write_bytes(b"{")
    (tmp_path / "empty").mkdir()
    (tmp_path / "map.toml").write_text('[classes]\ncar = ["car"]\n')
    (tmp_path / "bad.toml").write_text("bad")
    assert run_inline("coco", "city", "-o", "done", cwd=tmp_path).status == 0
    return tmp_path


def test_the_table_has_these_cases() -> None:
    assert list(TABLE) == [*CASES, *SIGNALS]


@pytest.mark.parametrize("case", CASES)
def test_each_case_ends_with_its_status(case: str, folder: Path) -> None:
    for arguments in CASES[case]:
        outcome = run_inline(*arguments, cwd=folder)
        assert outcome.status == int(TABLE[case]), f"{arguments}\n{outcome.err}"


@pytest.mark.parametrize("case", SIGNALS)
def test_a_signal_ends_a_run_with_its_status(case: str, tmp_path: Path) -> None:
    os.mkfifo(recipe := tmp_path / "recipe.toml")
    command = [sys.executable, "-m", "cityconv", "run", str(recipe)]
    process = subprocess.Popen(command, env=environment({}), stderr=subprocess.DEVNULL)
    with process, recipe.open("wb"):  # which waits until the recipe is being read
        process.send_signal(SIGNALS[case])
        assert process.wait(60) == int(TABLE[case])


@pytest.mark.parametrize("case", SIGNALS)
def test_a_signal_while_libraries_are_loaded_ends_in_order(case: str, tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text(
        f"import signal, time\nsignal.raise_signal({int(SIGNALS[case])})\ntime.sleep(60)"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    assert cityconv("--version", PYTHONPATH=path) == (int(TABLE[case]), "", "")
