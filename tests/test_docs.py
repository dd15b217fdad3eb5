"""The documentation cannot drift: its commands run, its Python runs, and the page of commands is what --help says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from cityconv.source.labels.files import load_table
from cityconv.source.layout import find_frames
from docs import generate_cli, generate_man, generate_picture, generate_readers
from tests.builders import street, write_annotation
from tests.commands import environment, run_inline
from tests.documented_data import TABLE, make_datasets

ROOT = Path(__file__).parents[1]


PAGES = [
    "README.md", "docs/tutorial.md", "docs/how-to.md", "docs/verify.md", "docs/own-data.md", "docs/label-tables.md",
    "docs/stats.md", "docs/way-back.md", "docs/preview.md",
]  # fmt: skip


def blocks(name: str, language: str) -> list[str]:
    """Return the fenced blocks of a language in a page."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make what the pages speak of: a data set `city`, the two downloads, a class map, splits, a recipe, other data."""
    folder = tmp_path_factory.mktemp("inputs")
    assert run_inline("sample", "city", "--frames", "3", "--images", cwd=folder).status == 0
    maps = ("--kind", "labelIds", "--kind", "instanceIds", "--kind", "color")
    assert run_inline("labelmap", "city", "-o", "city", *maps, cwd=folder).status == 0
    for tree, archive in (("gtFine", "gtFine_trainvaltest"), ("leftImg8bit", "leftImg8bit_trainvaltest")):
        shutil.make_archive(str(folder / archive), "zip", folder / "city", tree)
    class_map, splits, recipe = blocks("docs/how-to.md", "toml")
    (folder / "classes.toml").write_text(class_map)
    (folder / "splits.toml").write_text(splits.replace("share = 0.1", "share = 0.5"))  # of two frames
    (folder / "frames.txt").write_text("aachen_000000_000019\n")
    (folder / "recipe.toml").write_text(recipe)
    (folder / "labels.toml").write_text(TABLE)
    make_datasets(folder)
    return folder


@pytest.fixture
def workbench(inputs: Path, tmp_path: Path) -> Path:
    for item in inputs.iterdir():
        (tmp_path / item.name).symlink_to(item)
    return tmp_path


@pytest.mark.parametrize("name", PAGES)
def test_every_command_of_a_page_runs(name: str, workbench: Path) -> None:
    lines = [line for block in blocks(name, "sh") for line in block.splitlines()]
    commands = [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("cityconv ")]
    assert len(commands) > 2
    if ["sample", "city", "--frames", "6", "--images"] in commands:
        (workbench / "city").unlink()
    # Readers follow one page after the other, so outputs of the same name may be there already within a page.
    for words in commands:
        writes_anew = words[0] not in ("sample", "verify") and not {"--dry-run", "--update"} & {*words}
        replaces = ["--overwrite"] if writes_anew else []
        outcome = run_inline(*words, *replaces, cwd=workbench)
        assert outcome.status == 0, f"{words}\n{outcome.err}"
        if words[:3] == ["labels", "--from", "mydata"]:
            assert load_table(str(workbench / "labels.toml")).labels[1].name == "scooter"
            (workbench / "labels.toml").write_text(TABLE)  # as the reader edits the draft


def test_the_tutorial_shows_what_is_printed(tmp_path: Path) -> None:
    assert run_inline("sample", "city", "--frames", "6", cwd=tmp_path).status == 0
    outcome = run_inline("coco", "city", "-o", "coco", cwd=tmp_path)
    (shown,) = (block for block in blocks("docs/tutorial.md", "text") if "coco: " in block)
    assert re.sub(r"in \d+\.\d s$", "", outcome.err, flags=re.M) == re.sub(r"in \d+\.\d s$", "", shown, flags=re.M)
    assert run_inline("labelmap", "city", "-o", "maps", "--kind", "color", cwd=tmp_path).status == 0
    for name, folder in (("docs/tutorial.md", "maps"), ("Makefile", "$(DEMO)/out/labelmap")):
        text = (ROOT / name).read_text(encoding="utf-8")
        (path,) = re.findall(rf"{re.escape(folder)}/(gtFine/\S+_color\.png)", text)
        picture = np.asarray(cv2.imread(str(tmp_path / "maps" / path)))
        assert len(np.unique(picture @ [1, 256, 65536])) > 8  # not black


def test_the_label_tables_of_the_pages_are_valid(tmp_path: Path) -> None:
    (edited,), (example,) = blocks("docs/own-data.md", "toml"), blocks("docs/label-tables.md", "toml")
    assert edited == TABLE
    (tmp_path / "labels.toml").write_text(example)
    table = load_table(str(tmp_path / "labels.toml"))
    assert table.more_schemes == ("levelId",)
    assert table.by_name["unlabeled"].more == (255,)


def test_the_page_says_what_folders_are_taken_for(tmp_path: Path) -> None:
    text = (ROOT / "docs/own-data.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (?:SRC is )?`(gt[^`]*)`(?:, with `--split-folder (\w+)`)? \| `(\w+)`.* \| (\S+) \|$", text, re.MULTILINE
    )
    assert len(rows) == 7
    for index, (folders, split_folder, split, city) in enumerate(rows):
        path = write_annotation(tmp_path / str(index) / folders / "pano12_polygons.json", street())
        source = path.parent if f"SRC is `{folders}`" in text and index == len(rows) - 1 else tmp_path / str(index)
        (frame,) = find_frames(source, split_folders=[split_folder] if split_folder else [])
        assert (frame.split, frame.city or "none") == (split, city.strip("`"))


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
def test_the_python_of_the_pages_runs(workbench: Path) -> None:
    assert run_inline("coco", "city", "-o", "coco", cwd=workbench).status == 0
    pieces = [block for name in ("README.md", "docs/tutorial.md", "docs/api.md") for block in blocks(name, "python")]
    program = "import sys\nfor piece in sys.argv[1:]: exec(piece, {'__name__': '__main__'})"
    done = subprocess.run(
        [sys.executable, "-c", program, *pieces],
        cwd=workbench, env=environment({}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_picture_shows_what_is_made_of_its_region() -> None:
    assert generate_picture.PAGE.read_text(encoding="utf-8") == generate_picture.page(), "run `make docs`"


@pytest.mark.parametrize("generator", [generate_cli, generate_man])
def test_the_pages_of_commands_are_what_help_prints(generator: ModuleType) -> None:
    if f" with Typer {generate_cli.TYPER}. " not in generate_cli.PAGE.read_text(encoding="utf-8"):
        pytest.skip(f"Typer {generate_cli.TYPER} lays help out in another way than the one of the pages")
    assert generator.PAGE.read_text(encoding="utf-8") == generator.page(), "run `make docs`"


def test_the_page_of_readers_is_what_their_list_says() -> None:
    assert generate_readers.PAGE.read_text(encoding="utf-8") == generate_readers.page(), "run `make docs`"


def test_the_links_between_pages_lead_somewhere() -> None:
    for source in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", source.read_text(encoding="utf-8")):
            assert (source.parent / target).exists(), f"{source}: {target}"


def test_every_command_is_documented_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in re.findall(r"^## cityconv (\w+)", generate_cli.PAGE.read_text(encoding="utf-8"), re.MULTILINE):
        assert f"`cityconv {command}`" in readme


def test_every_page_is_listed_in_the_navigation_of_the_site() -> None:
    listed = re.findall(r"^ +- (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert pages | {"index.md"} == {*listed}  # the index is the README
