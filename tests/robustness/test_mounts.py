"""Outputs on mounts: the same folder under two paths, and folders of an output on another file system."""

from __future__ import annotations

import shlex
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.builders import tree_of, write_dataset
from tests.commands import environment, run_inline

if TYPE_CHECKING:
    from pathlib import Path

CITYCONV = shlex.join([sys.executable, "-m", "cityconv"])


def in_namespace(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script of the shell in a folder, with mounts of its own that end with it."""
    command = ["unshare", "--map-root-user", "--mount", "sh", "-e", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment({}), capture_output=True, text=True, check=False)


@cache
def _can_mount() -> bool:
    try:
        command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


pytestmark = pytest.mark.skipif(not _can_mount(), reason="the system lets no user mount anything")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_dataset(tmp_path / "src")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert run_inline("labelmap", tmp_path / "src", "-o", tmp_path / "expected", "-q").status == 0
    return tmp_path


def test_a_run_is_guarded_from_one_that_reaches_the_folder_by_another_mount(folder: Path) -> None:
    hold = "import sys; from pathlib import Path; from cityconv.engine.lock import open_staging_area as lock\n"
    hold += "with lock(Path('one/out')): print('locked', flush=True); sys.stdin.read()"
    script = f"""
        mount --bind one two
        mkfifo go said
        {shlex.join([sys.executable, "-c", hold])} < go > said &
        exec 9> go 8< said
        read line <&8
        {CITYCONV} labelmap src -o two/out -q -j 1 || echo status $?
        exec 9>&-
        wait
        {CITYCONV} labelmap src -o two/out -q -j 1
    """
    done = in_namespace(script, folder)
    assert (done.returncode, done.stdout) == (0, "status 1\n"), done.stderr
    assert done.stderr == "error: two/out: another run is writing to this folder\n"
    assert tree_of(folder / "one/out") == tree_of(folder / "expected")


def test_what_one_mount_leaves_unfinished_is_continued_by_another(folder: Path) -> None:
    script = f"""
        mount --bind one two
        CITYCONV_MAX_PIXELS=1 {CITYCONV} labelmap src -o one/out -q -j 1 2> /dev/null || true
        mkdir -p one/out/.cityconv/frames
        {CITYCONV} labelmap src -o two/out -q -j 2 --resume
    """
    done = in_namespace(script, folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert tree_of(folder / "one/out") == tree_of(folder / "expected")


@pytest.mark.parametrize("options", ["", "--overwrite"])
def test_a_folder_of_the_output_may_be_on_another_file_system(folder: Path, options: str) -> None:
    script = f"""
        mkdir -p one/out/gtFine/train one/out/other
        mount -t tmpfs none one/out/gtFine/train
        mkdir one/out/gtFine/train/aachen
        {CITYCONV} labelmap src -o one/out -q -j 2 {options}
        cp -r one/out copy
    """
    done = in_namespace(script, folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert tree_of(folder / "copy") == tree_of(folder / "expected")
