"""The command line: what it prints, and where."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import termios
from typing import TYPE_CHECKING, Any

import pytest

from cityconv.cli import COMMANDS
from cityconv.formats import FORMATS
from cityconv.source.labels.files import load_table
from cityconv.version import __version__
from tests.builders import SCENES, data_of, tree_of, write_dataset, zip_folder
from tests.commands import cityconv, environment, run_inline

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"numpy", "cv2", "pycocotools", "shapely", "zlib_ng", "yaml", "tqdm", "multiprocessing"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


def test_the_version_is_printed() -> None:
    assert cityconv("--version") == (0, f"cityconv {__version__}\n", "")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_help_names_every_command(option: str) -> None:
    outcome = run_inline(option)
    assert (outcome.status, outcome.err) == (0, "")
    assert re.findall(r"^  ([a-z]+)  ", outcome.out.partition("Commands:")[2], re.MULTILINE) == list(COMMANDS)
    assert set(FORMATS) < set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_its_usage_and_examples(command: str) -> None:
    outcome = run_inline(command, "--help")
    assert (outcome.status, outcome.err) == (0, "")
    assert re.match(rf"\s*Usage: .*cityconv {command} ", outcome.out)
    assert f"\n  cityconv {command}" in outcome.out


def test_help_version_and_labels_load_nothing_heavy() -> None:
    runs = [["--help"], ["--version"], ["labels"], *([command, "--help"] for command in COMMANDS)]
    program = f"""
import sys
from typer.testing import CliRunner
from cityconv.cli import app
for arguments in {runs}:
    assert CliRunner().invoke(app, arguments).exit_code == 0, arguments
print(*{{name.partition(".")[0] for name in sys.modules}})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_label_table_is_printed_as_columns() -> None:
    outcome = run_inline("labels")
    header, *rows = (line.split("\t") for line in outcome.out.splitlines())
    assert header[:3] == ["name", "id", "trainId"]
    assert [row[0] for row in rows] == [label.name for label in load_table("cityscapes").labels]
    assert ["car", "26", "13", "vehicle", "7", "yes", "no", "0,0,142"] in rows
    assert {len(row) for row in rows} == {len(header)}


def test_the_label_table_is_printed_as_json() -> None:
    rows = json.loads(run_inline("labels", "--json").out)
    assert [row["name"] for row in rows] == [label.name for label in load_table("cityscapes").labels]
    car = '"id": 26, "trainId": 13, "category": "vehicle", "categoryId": 7, "hasInstances": true, "ignoreInEval": false'
    assert json.loads(f'{{"name": "car", {car}, "color": [0, 0, 142]}}') in rows


@pytest.mark.parametrize("option", [("--json",), ("--labels", "idd")])
def test_what_a_draft_would_ignore_is_refused(option: tuple[str, ...]) -> None:
    refused = run_inline("labels", *option, "--from", "somewhere")
    assert (refused.status, refused.out) == (2, "")
    assert refused.err.startswith(f"error: {option[0]} ")


def test_kinds_may_be_separated_by_commas_and_output_is_another_name_of_out(source: Path, tmp_path: Path) -> None:
    run_inline("labelmap", source, "--out", tmp_path / "a", "--kind", "labelIds", "--kind", "color", "--kind", "masks")
    run_inline("labelmap", source, "--output", tmp_path / "b", "--kind", "labelIds, color", "--kind", "masks")
    assert data_of(tree_of(tmp_path / "a")) == data_of(tree_of(tmp_path / "b")) != {}
    assert run_inline("verify", source, tmp_path / "b", "--kind", "masks,color").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["coco"],
        ["coco", "source"],
        ["coco", "source", "-o", "out", "--spaceship"],
        ["coco", "source", "-o", "out", "--groups", "many"],
        ["coco", "source", "-o", "out", "-j", "0"],
        ["coco", "source", "-o", "out", "-j", "two"],
        ["coco", "source", "-o", "out", "--min-area", "-1"],
        ["coco", "source", "-o", "out", "--classes", "spaceship"],
        ["coco", "source", "-o", "out", "--classes", "car", "--class-map", "map.toml"],
        ["coco", "source", "-o", "out", "--class-map", "nowhere.toml"],
        ["labelmap", "source", "-o", "out", "--kind", "labels"],
        ["labelmap", "source", "-o", "out", "--groups", "class"],
        ["spaceship"],
        ["--spaceship"],
    ],
)
def test_a_wrong_command_line_exits_with_status_2_and_writes_nothing(
    arguments: list[str], source: Path, tmp_path: Path
) -> None:
    outcome = run_inline(*arguments, cwd=tmp_path)
    assert outcome.status == 2
    assert outcome.out == ""
    assert "error" in outcome.err.lower()
    assert "Traceback" not in outcome.err
    assert not (tmp_path / "out").exists()


def test_the_source_is_taken_from_the_variable_of_the_official_scripts(source: Path, tmp_path: Path) -> None:
    outcome = run_inline("labelmap", "-o", tmp_path / "out", "-j", "1", CITYSCAPES_DATASET=str(source))
    assert outcome.status == 0
    assert len(data_of(tree_of(tmp_path / "out"))) == len(SCENES)


def test_a_source_takes_precedence_over_the_variable(source: Path, tmp_path: Path) -> None:
    outcome = run_inline("labelmap", source, "-o", tmp_path / "out", CITYSCAPES_DATASET="/nowhere")
    assert outcome.status == 0


def test_a_run_prints_a_summary_on_standard_error_alone(source: Path, tmp_path: Path) -> None:
    outcome = run_inline("coco", source, "-o", tmp_path / "out")
    assert outcome.out == ""
    assert "5 frames, " in outcome.err
    assert "hidden" in outcome.err


def test_quiet_prints_nothing(source: Path, tmp_path: Path) -> None:
    assert run_inline("coco", source, "-o", tmp_path / "out", "-q") == (0, "", "")


def test_verbose_lists_skipped_objects_by_name(source: Path, tmp_path: Path) -> None:
    briefly = run_inline("coco", source, "-o", tmp_path / "one").err
    at_length = run_inline("coco", source, "-o", tmp_path / "two", "-v").err
    assert "license plate" not in briefly
    assert "license plate" in at_length


def test_control_characters_in_names_are_escaped(tmp_path: Path) -> None:
    outcome = run_inline("coco", tmp_path / "no\n\x1b[31mwhere", "-o", tmp_path / "out")
    assert outcome.err == f"error: {tmp_path}/no\\n\\x1b[31mwhere: no such file or folder\n"


@pytest.fixture
def report(source: Path, tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "report.json"
    assert run_inline("coco", source, "-o", tmp_path / "out", "--report", path, "--groups", "drop").status == 0
    written: dict[str, Any] = json.loads(path.read_bytes())
    return written


def test_the_report_has_a_version_the_tool_and_the_options(report: dict[str, Any]) -> None:
    assert report["report_version"] == 2
    assert (report["tool"], report["tool_version"]) == ("cityconv", __version__)
    assert report["options"]["formats"]["coco"]["groups"] == "drop"
    assert report["seconds"] >= 0


def test_the_report_counts_frames_objects_annotations_and_skipped_objects(report: dict[str, Any]) -> None:
    names = [item["label"] for scene in SCENES.values() for item in scene["objects"]]
    (output,) = report["outputs"]
    assert report["frames"] == {"found": 5, "converted": 5, "resumed": 0, "bad": []}
    assert report["objects"] == len(names)
    assert output["skipped"]["group"] == {"cargroup": names.count("cargroup")}
    assert output["skipped"]["hidden"] == {"car": 4}  # one in each street
    assert output["written"] == names.count("car") + names.count("person") - 4


def test_the_report_names_bad_frames(source: Path, tmp_path: Path) -> None:
    bad = next((source / "gtFine/val").rglob("*.json"))
    bad.write_bytes(b"{")
    for on_error, converted in (("skip", 4), ("fail", 4)):
        out, path = tmp_path / on_error, tmp_path / f"{on_error}.json"
        run_inline("coco", source, "-o", out, "--report", path, "--on-error", on_error)
        frames = json.loads(path.read_bytes())["frames"]
        assert (frames["found"], frames["converted"]) == (5, converted)
        assert [item["file"] for item in frames["bad"]] == [str(bad)]
        assert "truncated" in frames["bad"][0]["error"]


def test_the_report_can_go_to_standard_output(source: Path, tmp_path: Path) -> None:
    outcome = run_inline("coco", source, "-o", tmp_path / "out", "--report", "-")
    assert json.loads(outcome.out)["objects"] > 0
    assert "5 frames" in outcome.err


@pytest.mark.parametrize("command", FORMATS)
def test_a_dry_run_lists_the_files_of_a_real_run_and_writes_none(command: str, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    listed = run_inline(command, source, "-o", out, "--dry-run")
    assert listed.status == 0
    assert not out.exists()
    assert run_inline(command, source, "-o", out).status == 0
    assert sorted(listed.out.splitlines()) == sorted(str(out / path) for path in tree_of(out))


def test_a_dry_run_makes_no_report(source: Path, tmp_path: Path) -> None:
    outcome = run_inline("coco", source, "-o", tmp_path / "out", "--dry-run", "--report", tmp_path / "report.json")
    assert outcome == (2, "", "error: --dry-run cannot be combined with --report\n")


def terminal_output(*arguments: str | Path) -> str:
    """Run cityconv with a terminal as its standard error, and return what it shows."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-m", "cityconv", *map(str, arguments)]
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(command, stderr=theirs, env=environment({}))
        os.close(theirs)
        shown = b""
        try:
            while piece := screen.read(1024):
                shown += piece
        except OSError:  # how Linux signals the end
            pass
        assert process.wait() == 0
    return shown.decode()


def test_progress_is_shown_on_a_terminal_unless_turned_off(source: Path, tmp_path: Path) -> None:
    assert "/5 [" in terminal_output("coco", source, "-j", "1", "-o", tmp_path / "one")
    assert "/5 [" not in terminal_output("coco", source, "-j", "1", "-o", tmp_path / "two", "--no-progress")
    assert "/5 [" not in terminal_output("coco", source, "-j", "1", "-o", tmp_path / "three", "-q")
    assert "/5 [" not in run_inline("coco", source, "-o", tmp_path / "four").err


def test_the_progress_bar_leaves_the_screen_when_it_is_done(source: Path, tmp_path: Path) -> None:
    lines = terminal_output("coco", source, "-j", "1", "-o", tmp_path / "out").rstrip().split("\n")
    left = [_overwritten(line) for line in lines]
    assert [line for line in left if "[" in line] == []
    assert left[-1].startswith("  skipped: ")


def _overwritten(line: str) -> str:
    """Return what a terminal shows of a line whose parts, after carriage returns, overwrite each other."""
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part) :]
    return shown.rstrip()


def test_a_zip_is_read_in_place(source: Path, tmp_path: Path) -> None:
    archive = zip_folder(source, tmp_path / "archive/gtFine.zip")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    outcome = cityconv("coco", archive, "-o", tmp_path / "out", TMPDIR=str(scratch), cwd=scratch)
    assert outcome.status == 0
    assert list(scratch.iterdir()) == []
    assert [path.name for path in archive.parent.iterdir()] == ["gtFine.zip"]
