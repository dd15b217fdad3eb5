"""What surrounds a run: standard streams that are closed or full, and libraries that cannot be loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cityconv
from tests.builders import tree_of, write_dataset
from tests.commands import Outcome, environment, run_inline
from tests.commands import cityconv as run_process

NO_MEMORY = "libopenblas.so: failed to map segment from shared object"
# Python turns the locale into UTF-8 unless it is told not to.
ASCII_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


def status_with(redirection: str, folder: Path, *arguments: str) -> int:
    """Return the exit status of a run whose streams a shell redirects."""
    command = ["sh", "-c", f'"$@" {redirection}', "sh", sys.executable, "-m", "cityconv", *arguments]
    return subprocess.run(command, cwd=folder, env=environment({}), check=False, timeout=60).returncode


@pytest.mark.parametrize(
    ("redirection", "jobs"), [("2>&-", "1"), ("2>/dev/full", "1"), ("2>/dev/full", "2"), ("<&- >&- 2>&-", "2")]
)
def test_a_run_does_its_work_if_standard_error_takes_no_messages(
    redirection: str, jobs: str, source: Path, tmp_path: Path
) -> None:
    convert = ("coco", "source", "-o", "out", "-j", jobs)
    assert status_with(redirection, tmp_path, *convert) == 0
    assert run_inline("coco", source, "-o", tmp_path / "usual").status == 0
    assert tree_of(tmp_path / "out") == tree_of(tmp_path / "usual")
    assert status_with(redirection, tmp_path, "verify", "source", "out", "-j", jobs) == 0
    assert status_with(redirection, tmp_path, *convert) == 1  # exists already
    assert status_with(redirection, tmp_path, *convert, "--groups", "many") == 2
    (tmp_path / "out/annotations/instances_train.json").write_bytes(b"{")
    assert status_with(redirection, tmp_path, "verify", "source", "out", "-j", jobs) == 1


def test_what_a_library_writes_does_not_end_up_in_a_file(tmp_path: Path) -> None:
    """With standard error closed, the first file that is opened would get its descriptor."""
    program = (
        "import os; from cityconv.cli.streams import secure_streams; secure_streams()\n"
        "with open('file', 'wb'): os.write(2, b'from C')"
    )
    command = ["sh", "-c", '"$@" 2>&-', "sh", sys.executable, "-c", program]
    subprocess.run(command, cwd=tmp_path, env=environment({}), check=True)
    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")
@pytest.mark.parametrize(
    "arguments", [("coco", "source", "-o", "out"), ("verify", "source", "done")], ids=lambda a: a[0]
)
def test_one_thread_runs_when_workers_are_forked(arguments: tuple[str, ...], source: Path, tmp_path: Path) -> None:
    """Python counts the threads of the system: one that holds a lock at a fork holds it forever in the child."""
    program = (
        "import os; from cityconv.cli import main\n"
        "os.register_at_fork(before=lambda: print(len(os.listdir('/proc/self/task')), flush=True))\n"
        "main()"
    )
    assert run_inline("coco", source, "-o", tmp_path / "done").status == 0
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments, "-j", "2"],
        cwd=tmp_path, env=environment({}), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["1", "1"]


def test_there_are_no_warnings_in_development_mode(source: Path, tmp_path: Path) -> None:
    """The mode shows warnings of libraries, and of files that are left open; here they are errors."""
    variables = {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error"}
    for arguments in (("coco", "source", "-o", "out"), ("verify", "source", "out")):
        outcome = run_process(*arguments, "-j", "2", cwd=tmp_path, **variables)
        assert (outcome.status, outcome.out) == (0, ""), outcome.err
        assert "Warning" not in outcome.err


def test_a_dry_run_prints_the_bytes_of_paths_whatever_the_locale(source: Path, tmp_path: Path) -> None:
    name = os.fsencode("z\N{LATIN SMALL LETTER U WITH DIAERESIS}rich-") + b"\xff"
    command = [sys.executable, "-m", "cityconv", "coco", "source", "-n", "--split", "val", "-o", os.fsdecode(name)]
    for variables in (ASCII_LOCALE, {}):
        printed = subprocess.run(command, cwd=tmp_path, env=environment(variables), capture_output=True, check=True)
    assert printed.stdout.splitlines()[0] == name + b"/annotations/instances_val.json"


def test_a_name_that_an_ascii_locale_cannot_encode_is_refused(source: Path, tmp_path: Path) -> None:
    name = "stra\N{LATIN SMALL LETTER SHARP S}e"
    (tmp_path / "map.toml").write_text(f'[classes]\n{name!r} = ["road"]\n', "utf-8")
    command = ("labelmap", "source", "-o", "out", "--kind", "masks", "--class-map", "map.toml", "-j", "1")
    outcome = run_process(*command, cwd=tmp_path, **ASCII_LOCALE)
    assert outcome.status == 1
    assert ".png: the locale cannot encode this name\nhint: LC_ALL=C.UTF-8 can; --resume continues\n" in outcome.err
    assert not (tmp_path / "out/gtFine").exists()


def run_with_broken(library: str, message: str, source: Path, *arguments: str) -> Outcome:
    """Run a conversion where the import of a library fails with a message, behind a longer one like numpy's."""
    folder = source.parent / "libraries"
    folder.mkdir()
    (folder / f"{library}.py").write_text(
        f"try:\n    raise ImportError({message!r})\n"
        "except ImportError as error:\n    raise ImportError('PLEASE READ THIS\\n\\nand that') from error\n"
    )
    path = os.pathsep.join([str(folder), str(Path(cityconv.__file__).parent.parent)])
    return run_process("yolo", source, "-o", source.parent / "out", *arguments, PYTHONPATH=path)


@pytest.mark.parametrize(
    ("library", "arguments"),
    [("numpy", ["-j", "1"]), ("cv2", ["--task", "obb", "-j", "1"]), ("cv2", ["--task", "obb", "-j", "2"])],
)
@pytest.mark.parametrize(
    ("message", "error", "hint"),
    [
        (NO_MEMORY, f"out of memory: cannot load a library: {NO_MEMORY}", "ulimit -v"),
        ("no libgl.so here", "cannot load a library: no libgl.so here", "reinstall"),
    ],
)
def test_a_library_that_cannot_be_loaded_is_no_defect_of_cityconv(
    library: str, arguments: list[str], message: str, error: str, hint: str, source: Path
) -> None:
    outcome = run_with_broken(library, message, source, *arguments)
    first, second = outcome.err.splitlines()
    assert outcome.status == 1
    assert first.startswith("error: ")
    assert first.endswith(error)
    assert second.startswith("hint: ")
    assert hint in second
    assert "bug" not in outcome.err
