"""Every malformed input ends in one line of error that names the file and the place, and leaves nothing behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.builders import FRAME, annotation_path, tree_of, write_annotation, write_dataset
from tests.reliability.catalogue import ANNOTATIONS, CLASS_MAPS, RECIPES, SOURCES
from tests.reliability.running import run_here

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_LINE = 2_100  # characters


def refuse(status: int, *arguments: str | Path) -> str:
    """Run cityconv on bad input; return what it says after `error: `."""
    outcome = run_here(*arguments)
    lines = outcome.err.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert outcome.status == status, outcome
    assert outcome.out == ""
    assert len(errors) == 1, outcome.err
    assert all(len(line) <= _LONGEST_LINE and line.isprintable() for line in lines)
    assert "Traceback" not in outcome.err
    assert "internal error" not in outcome.err
    return errors[0].removeprefix("error: ")


def test_there_are_enough() -> None:
    assert len(ANNOTATIONS) + len(SOURCES) + len(CLASS_MAPS) + len(RECIPES) >= 60


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_annotation(name: str, tmp_path: Path) -> None:
    content, words = ANNOTATIONS[name]
    source = write_dataset(tmp_path / "source")
    path = write_annotation(annotation_path(source, FRAME), content)
    error = refuse(1, "labelmap", source, "-o", tmp_path / "out", "-j", "1")
    assert error.startswith(f"{path}: ")
    assert words in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", SOURCES)
def test_source(name: str, tmp_path: Path) -> None:
    build, place, words = SOURCES[name]
    folder = tmp_path / "data"
    folder.mkdir()
    source = build(folder)
    before = sorted(os.walk(folder))
    error = refuse(1, "labelmap", source, "-o", tmp_path / "out", "-j", "1")
    assert not place or error.startswith(f"{folder / place}")
    assert words in error
    assert not (tmp_path / "out").exists()
    assert sorted(os.walk(folder)) == before


@pytest.mark.parametrize("name", CLASS_MAPS)
def test_class_map(name: str, tmp_path: Path) -> None:
    content, words = CLASS_MAPS[name]
    path = write_annotation(tmp_path / "map.toml", content)
    source = write_dataset(tmp_path / "source")
    error = refuse(2, "voc", source, "-o", tmp_path / "out", "--class-map", path)
    assert error.startswith(f"{path}: ")
    assert words in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", RECIPES)
def test_recipe(name: str, tmp_path: Path) -> None:
    content, words = RECIPES[name]
    source, out = write_dataset(tmp_path / "source"), tmp_path / "out"
    text = content.replace("{source}", str(source)).replace("{out}", str(out))
    path = write_annotation(tmp_path / "recipe.toml", text.encode())
    error = refuse(2, "run", path)
    assert error.startswith(f"{path}: ") or words.startswith("unknown class")
    assert words in error
    assert not out.exists()


@pytest.mark.parametrize(
    "suffix", ["/../../../../x.png", "/x/../x.png", "\\u0000.png", "\\n.png", "\\u001b.png", "//x.png"]
)
def test_a_recipe_whose_images_would_lead_out_of_the_output_is_refused(suffix: str, tmp_path: Path) -> None:
    source, out = write_dataset(tmp_path / "source"), tmp_path / "some/out"
    text = f'source = "{source}"\nout = "{out}"\nimage-suffix = "{suffix}"\n[outputs.yolo]\n'
    path = write_annotation(tmp_path / "recipe.toml", text.encode())
    before = tree_of(tmp_path)
    assert "cannot be the path of a file below" in refuse(1, "run", path)
    assert tree_of(tmp_path) == before
    assert not out.parent.exists()
