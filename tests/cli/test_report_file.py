"""The files that commands write beside an output: reports and drafted label tables. They replace nothing of value."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cityconv.source.labels.files import load_table
from cityconv.source.labels.text import table_toml
from tests.builders import FRAME, tree_of, write_dataset, zip_folder
from tests.commands import cityconv, environment, run_inline

if TYPE_CHECKING:
    from pathlib import Path

ANNOTATION = f"city/gtFine/{FRAME}_gtFine_polygons.json"
IMAGE = f"city/leftImg8bit/{FRAME}_leftImg8bit.png"
CONVERT = ("coco", "city", "-o", "out")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a data set and all that a command can read besides."""
    write_dataset(tmp_path / "city")
    zip_folder(tmp_path / "city", tmp_path / "city.zip")
    (tmp_path / "map.toml").write_text('[classes]\ncar = ["car"]\n')
    (tmp_path / "table.toml").write_text(table_toml(load_table("cityscapes")))
    (tmp_path / "recipe.toml").write_text('source = "city"\nout = "out"\n[outputs.coco]\n')
    return tmp_path


def refuse(folder: Path, *arguments: str | Path, status: int = 2) -> str:
    """Run a command that is refused before it changes anything; return the error."""
    before = tree_of(folder)
    outcome = run_inline(*arguments, cwd=folder)
    assert (outcome.status, outcome.out) == (status, "")
    assert tree_of(folder) == before
    return outcome.err.splitlines()[0].removeprefix("error: ")


@pytest.mark.parametrize("overwrite", [(), ("--overwrite",)])
@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        (ANNOTATION, CONVERT),
        (f"./city/../{ANNOTATION}", CONVERT),
        ("city.zip", ("coco", "city.zip", "-o", "out")),
        ("map.toml", (*CONVERT, "--class-map", "map.toml")),
        ("table.toml", (*CONVERT, "--labels", "table.toml")),
        ("recipe.toml", ("run", "recipe.toml")),
        (ANNOTATION, ("verify", "city", "done")),
        ("done/annotations/instances_val.json", ("verify", "city", "done")),
        ("city.zip", ("verify", "city.zip", "done")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_a_report_never_replaces_what_is_read(
    path: str, arguments: tuple[str, ...], overwrite: tuple[str, ...], folder: Path
) -> None:
    assert run_inline("coco", "city", "-o", "done", cwd=folder).status == 0
    assert refuse(folder, *arguments, "--report", path, *overwrite).startswith(
        f"{folder.joinpath(path).relative_to(folder)}: would replace "
    )


@pytest.mark.parametrize("link", ["city/gtFine/link.json", "aside.json"])
def test_links_to_what_is_read_do_not_get_around_this(link: str, folder: Path) -> None:
    (folder / link).symlink_to(folder / ANNOTATION)
    assert ": would replace " in refuse(folder, *CONVERT, "--report", link, "--overwrite")


def test_an_annotation_that_is_a_link_is_not_replaced_where_it_points_to(folder: Path) -> None:
    (folder / ANNOTATION).rename(folder / "elsewhere.json")
    (folder / ANNOTATION).symlink_to(folder / "elsewhere.json")
    for arguments in (CONVERT, ("verify", "city")):
        assert ": would replace " in refuse(folder, *arguments, "--report", "elsewhere.json", "--overwrite")
    assert ": would replace " in refuse(folder, "labels", "--from", "city", "-o", "elsewhere.json", "--overwrite")


@pytest.mark.parametrize("mode", ["copy", "hardlink", "symlink"])
def test_a_report_never_replaces_an_image(mode: str, folder: Path) -> None:
    (folder / IMAGE).parent.mkdir(parents=True)
    (folder / IMAGE).write_bytes(b"")
    options = ("--images", mode, "--split", "train", "--city", "aachen", "--on-error", "skip")
    assert ": would replace " in refuse(folder, *CONVERT, *options, "--report", IMAGE, "--overwrite")


@pytest.mark.parametrize(
    "path",
    [
        "out",
        "out/annotations",
        "out/annotations/instances_val.json",
        "out/annotations/instances_val.json/report.json",
        "out/.cityconv",
        "out/.cityconv/report.json",
        "link/annotations/instances_val.json",
    ],
)
def test_a_report_is_never_a_file_of_the_output(path: str, folder: Path) -> None:
    (folder / "link").symlink_to("out")
    assert refuse(folder, *CONVERT, "--report", path) == f"{path}: belongs to the output in out"
    assert refuse(folder, "coco", "city", "-o", "a/b", "--report", "a") == "a: belongs to the output in a/b"
    assert "masks/report.json: belongs to" in refuse(
        folder, "labelmap", "city", "-o", "maps", "--kind", "masks",
        "--report", f"maps/gtFine/{FRAME}_gtFine_masks/report.json",
    )  # fmt: skip


def test_a_report_never_replaces_a_file_that_an_earlier_run_wrote(folder: Path) -> None:
    assert run_inline(*CONVERT, cwd=folder).status == 0
    arguments = (*CONVERT, "--split", "val", "--overwrite", "--report", "out/annotations/instances_train.json")
    assert refuse(folder, *arguments) == "out/annotations/instances_train.json: would replace a file of out"


def test_another_file_is_replaced_with_overwrite_only(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    for arguments in (CONVERT, ("verify", "city.zip", "city")):
        expected = "notes.txt: already exists"
        assert refuse(folder, *arguments, "--report", "notes.txt", status=1) == expected
    assert run_inline(*CONVERT, "--report", "notes.txt", "--overwrite", cwd=folder).status == 0
    assert json.loads((folder / "notes.txt").read_bytes())["tool"] == "cityconv"
    (folder / "notes.txt").write_text("mine")
    assert cityconv("verify", "city", "out", "--report", "notes.txt", "--overwrite", cwd=folder).status == 0
    assert json.loads((folder / "notes.txt").read_bytes())["holds"] is True


@pytest.mark.parametrize("path", ["report.json", "out/report.json", "city/report.json"])
def test_an_earlier_report_is_replaced_wherever_it_is(path: str, folder: Path) -> None:
    assert run_inline(*CONVERT, "--report", path, cwd=folder).status == 0
    assert refuse(folder, *CONVERT, "--report", path, status=1) == f"{path}: already exists"
    assert run_inline(*CONVERT, "--report", path, "--overwrite", cwd=folder).status == 0
    assert run_inline(*CONVERT, "--report", path, "--update", cwd=folder).status == 0
    assert cityconv("verify", "city", "out", "--report", path, "--overwrite", cwd=folder).status == 0


def test_a_drafted_table_replaces_an_earlier_one_but_no_annotation(folder: Path) -> None:
    draft = ("labels", "--from", "city", "-o")
    assert ": would replace " in refuse(folder, *draft, ANNOTATION, "--overwrite")
    assert run_inline(*draft, "city/labels.toml", cwd=folder).status == 0
    assert refuse(folder, *draft, "city/labels.toml", status=1) == "city/labels.toml: already exists"
    assert run_inline(*draft, "city/labels.toml", "--overwrite", cwd=folder).status == 0


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("city", "a folder exists where a file is needed"),
        ("map.toml/report.json", "not a directory"),
        ("map.toml/deeper/report.json", "not a directory"),
        (f"{'a' * 252}", "file name too long"),
        ("/proc/report.json", ""),
        pytest.param(
            "locked/report.json",
            "permission denied",
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere"),
        ),
    ],
)
@pytest.mark.parametrize("arguments", [CONVERT, ("verify", "city", "done"), ("run", "recipe.toml")])
def test_a_report_that_cannot_be_written_is_noticed_before_the_work(
    path: str, cause: str, arguments: tuple[str, ...], folder: Path
) -> None:
    (folder / "locked").mkdir(mode=0o500)
    assert run_inline("coco", "city", "-o", "done", cwd=folder).status == 0
    assert refuse(folder, *arguments, "--report", path, status=1).startswith(f"{path}: {cause}")


def test_the_test_of_a_report_leaves_nothing_behind(folder: Path) -> None:
    (folder / ANNOTATION).write_bytes(b"{")
    outcome = run_inline(*CONVERT, "--report", "new/folder/report.json", "--read", "color", cwd=folder)
    assert outcome.status == 1
    assert not (folder / "new").exists()
    assert run_inline(*CONVERT, "--report", "new/folder/report.json", cwd=folder).status == 1
    assert json.loads((folder / "new/folder/report.json").read_bytes())["frames"]["bad"]
    assert [path.name for path in (folder / "new/folder").iterdir()] == ["report.json"]


def shell(folder: Path, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-c", f'"$@" {redirection}', "bash", sys.executable, "-m", "cityconv", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment({}), check=False, timeout=60, capture_output=True, text=True
    )


@pytest.mark.parametrize("path", ["-", "/dev/stdout", "/dev/fd/1"])
@pytest.mark.parametrize("redirection", ["| cat", "> file; cat file", "> file; cat file; rm file"])
def test_a_report_can_go_to_standard_output_under_any_of_its_names(path: str, redirection: str, folder: Path) -> None:
    done = shell(folder, redirection, *CONVERT, "-q", "--report", path)
    assert json.loads(done.stdout)["tool"] == "cityconv"
    assert json.loads(shell(folder, redirection, "verify", "city", "out", "-q", "--report", path).stdout)["holds"]


def test_a_report_can_go_to_devices_and_pipes(folder: Path) -> None:
    done = shell(folder, "3> file", *CONVERT, "-q", "--report", "/dev/fd/3")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((folder / "file").read_bytes())["tool"] == "cityconv"
    done = shell(folder, "--report >(cat > piped); wait $!", *CONVERT, "-q", "--overwrite")
    assert json.loads((folder / "piped").read_bytes())["tool"] == "cityconv"
    assert shell(folder, "", *CONVERT, "-q", "--overwrite", "--report", "/dev/null").returncode == 0
    done = shell(folder, "", *CONVERT, "--overwrite", "--report", "/dev/stderr")
    assert '"tool": "cityconv"' in done.stderr
    assert "coco: 5 frames" in done.stderr


def test_a_report_to_closed_standard_output_is_refused(folder: Path) -> None:
    done = shell(folder, ">&-", *CONVERT, "--report", "-")
    assert (done.returncode, done.stderr) == (1, "error: -: standard output is closed\n")
    assert not (folder / "out").exists()
