"""Paths that are refused before anything is read or written: empty ones, `-`, and the folder of the annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import tree_of, write_dataset
from tests.commands import run_inline

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a data set in it, and nothing else."""
    write_dataset(tmp_path / "city")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["coco", "", "-o", "out"], "SRC"),
        (["coco", "city", "-o", ""], "--out"),
        (["coco", "city", "--out="], "--out"),
        (["coco", "city", "-o", "out", "--class-map", ""], "--class-map"),
        (["coco", "city", "-o", "out", "--images", "copy", "--image-root", ""], "--image-root"),
        (["coco", "city", "-o", "out", "--report", ""], "--report"),
        (["verify", ""], "SRC"),
        (["verify", "city", ""], "OUT"),
        (["run", ""], "RECIPE"),
        (["sample", ""], "OUT"),
        (["labels", "--from", ""], "--from"),
        (["labels", "--from", "city", "-o", ""], "--out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_empty_path_is_refused_and_not_taken_for_the_current_folder(
    arguments: list[str], name: str, folder: Path
) -> None:
    before = tree_of(folder)
    outcome = run_inline(*arguments, cwd=folder)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == f"error: {name}: the path is empty\nhint: for the current folder, write .\n"
    assert tree_of(folder) == before


@pytest.mark.parametrize(
    ("recipe", "key"),
    [
        ('source = ""\nout = "out"\n[outputs.coco]', "source"),
        ('source = "city"\nout = ""\n[outputs.coco]', "out"),
        ('source = "city"\nout = "out"\nimage-root = ""\n[outputs.coco]', "image-root"),
        ('source = "city"\nout = "out"\n[outputs.coco]\nclass-map = ""', "outputs.coco.class-map"),
    ],
)
def test_an_empty_path_in_a_recipe_is_refused_too(recipe: str, key: str, folder: Path) -> None:
    (folder / "recipe.toml").write_text(recipe)
    outcome = run_inline("run", "recipe.toml", cwd=folder)
    assert outcome == (2, "", f"error: recipe.toml: Expected a path, got an empty string - at `{key}`\n")


def test_an_empty_variable_is_not_set(folder: Path) -> None:
    (folder / "recipe.toml").write_text('out = "out"\n[outputs.coco]')
    for arguments in (["coco", "-o", "out"], ["run", "recipe.toml"]):
        outcome = run_inline(*arguments, cwd=folder, CITYSCAPES_DATASET="")
        assert outcome.status == 2
        assert "missing" in outcome.err.lower()


def test_an_output_cannot_be_written_to_standard_output(folder: Path) -> None:
    (folder / "recipe.toml").write_text('source = "city"\nout = "-"\n[outputs.coco]')
    for arguments in (["coco", "city", "-o", "-"], ["run", "recipe.toml"], ["sample", "-"]):
        outcome = run_inline(*arguments, cwd=folder)
        assert outcome == (2, "", "error: -: an output is a folder and cannot be written to standard output\n")
        assert not (folder / "-").exists()


@pytest.mark.parametrize("source", ["city", "city/gtFine", "city/gtFine/val"])
@pytest.mark.parametrize("out", ["city/gtFine", "city/gtFine/train", "city/gtFine/new/folder", "city/../link/train"])
def test_an_output_in_the_folder_of_the_annotations_is_refused(source: str, out: str, folder: Path) -> None:
    (folder / "link").symlink_to("city/gtFine")
    before = tree_of(folder)
    outcome = run_inline("coco", source, "-o", out, cwd=folder)
    assert (outcome.status, outcome.out) == (2, "")
    assert f": in the folder of the annotations, {folder}/city/gtFine\n" in outcome.err
    assert tree_of(folder) == before


def test_an_output_beside_the_annotations_is_not_refused(folder: Path) -> None:
    assert run_inline("labelmap", "city", "-o", "city", cwd=folder).status == 0  # the place of the released maps
    assert run_inline("coco", "city", "-o", "city/coco", cwd=folder).status == 0
