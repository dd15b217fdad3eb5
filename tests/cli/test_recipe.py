"""Recipes: several outputs from one pass, and what is said of mistakes in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cityconv.errors import UsageError
from cityconv.source.polygons import Annotation, parse_annotation
from tests.builders import SCENES, data_of, tree_of, write_dataset
from tests.commands import invoke, run_inline

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.source.labels.table import LabelTable
    from cityconv.vocabulary import UnknownLabels

RECIPE = """
source = "source"
out = "out"
split = ["train", "val"]

[outputs.masks]
format = "coco"
segmentation = "polygon"
category-ids = "contiguous"

[outputs.boxes]
format = "yolo"
classes = "car,person"
min-area = 20

[outputs.voc]
task = "instance"

[outputs.train-ids]
format = "labelmap"
kind = ["labelTrainIds", "color"]

[outputs.panoptic]
category-ids = "train"
"""
COMMANDS = {
    "masks": ["coco", "--segmentation", "polygon", "--category-ids", "contiguous"],
    "boxes": ["yolo", "--classes", "car,person", "--min-area", "20"],
    "voc": ["voc", "--task", "instance"],
    "train-ids": ["labelmap", "--kind", "labelTrainIds", "--kind", "color"],
    "panoptic": ["panoptic", "--category-ids", "train"],
}


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a data set."""
    write_dataset(tmp_path / "source")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CITYSCAPES_DATASET", raising=False)
    return tmp_path


def run(folder: Path, recipe: str, *options: str) -> dict[str, bytes]:
    """Run a recipe in this process, and return the files of its output."""
    (folder / "recipe.toml").write_text(recipe)
    outcome = invoke("run", folder / "recipe.toml", "-j", "1", *options)
    assert outcome.status == 0, outcome.err
    return tree_of(folder / "out")


def test_each_output_is_what_the_command_gives_in_a_folder_of_its_name(workbench: Path) -> None:
    together = run(workbench, RECIPE)
    for name, (command, *options) in COMMANDS.items():
        alone = workbench / "alone" / name
        invoke(command, "source", "-o", alone, "-j", "1", "--split", "train", "--split", "val", *options)
        files = {
            path.removeprefix(f"{name}/"): content for path, content in together.items() if path.startswith(f"{name}/")
        }
        assert files == tree_of(alone)
        assert files
    assert {path.split("/")[0] for path in together} == set(COMMANDS)


def test_each_frame_is_read_and_drawn_once(workbench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(content: bytes, where: str, table: LabelTable, unknown_labels: UnknownLabels) -> Annotation:
        read.append(where)
        return parse_annotation(content, where, table, unknown_labels)

    monkeypatch.setattr("cityconv.frame.reading.parse_annotation", counted)
    run(workbench, RECIPE)
    assert len(read) == len(set(read)) == sum(not key.startswith("test") for key in SCENES)


def test_the_report_tells_of_every_output(workbench: Path) -> None:
    run(workbench, RECIPE, "--report", "report.json")
    report = json.loads((workbench / "report.json").read_bytes())
    assert [output["name"] for output in report["outputs"]] == list(COMMANDS)
    assert report["options"]["formats"]["boxes"]["min_area"] == 20
    assert all(output["written"] > 0 for output in report["outputs"])


def test_a_dry_run_lists_what_all_outputs_would_write(workbench: Path) -> None:
    (workbench / "recipe.toml").write_text(RECIPE)
    outcome = run_inline("run", "recipe.toml", "--dry-run", cwd=workbench)
    listed = outcome.out.splitlines()
    assert not (workbench / "out").exists()
    assert sorted(listed) == sorted(f"out/{path}" for path in run(workbench, RECIPE))


def test_without_a_source_the_variable_of_the_official_scripts_is_used(workbench: Path) -> None:
    (workbench / "recipe.toml").write_text('out = "out"\n[outputs.coco]\n')
    outcome = run_inline("run", "recipe.toml", cwd=workbench, CITYSCAPES_DATASET=str(workbench / "source"))
    assert outcome.status == 0
    assert (workbench / "out/coco/annotations/instances_val.json").exists()


def test_class_maps_cities_and_division_are_keys_too(workbench: Path) -> None:
    (workbench / "map.toml").write_text('[classes]\nvehicle = ["car"]\n')
    recipe = """
        source = "source"
        out = "out"
        city = ["ulm", "munster"]
        split-by = "city"
        [outputs.boxes]
        format = "coco"
        class-map = "map.toml"
        groups = "drop"
        extent = "full"
    """
    files = data_of(run(workbench, recipe))
    assert sorted(files) == ["boxes/annotations/instances_munster.json", "boxes/annotations/instances_ulm.json"]
    written = json.loads(files["boxes/annotations/instances_ulm.json"])
    assert [item["name"] for item in written["categories"]] == ["vehicle"]
    assert len(written["annotations"]) == 3


TOP = 'source = "source"\nout = "out"\n'


@pytest.mark.parametrize(
    ("recipe", "complaint"),
    [
        (TOP + "[outputs.coco]\nspaceship = 1", "unknown key - at `outputs.coco.spaceship`"),
        (TOP + "[outputs.coco]\nmin_area = 1", "unknown key - at `outputs.coco.min_area`"),
        (TOP + "[outputs.coco]\nyear = 2012", "unknown key - at `outputs.coco.year`"),
        (TOP + "jobs = 2\n[outputs.coco]", "unknown key - at `jobs`"),
        (TOP + '[outputs.coco]\ntask = "boxes"', "unknown value 'boxes' - at `outputs.coco.task`"),
        (TOP + '[outputs.coco]\nmin-area = "9"', "Expected `int`, got `str` - at `outputs.coco.min-area`"),
        (TOP + "[outputs.coco]\nmin-area = 0", "Expected `int` >= 1 - at `outputs.coco.min-area`"),
        (TOP + "[outputs.voc]\nyear = 1999", "Expected `int` >= 2005 - at `outputs.voc.year`"),
        (TOP + "[outputs.coco]\nclass-map = 3", "Expected `str`, got `int` - at `outputs.coco.class-map`"),
        (TOP + '[outputs.maps]\nformat = "png"', "unknown format 'png' - at `outputs.maps.format`"),
        (TOP + "[outputs.maps]", "unknown format 'maps' - at `outputs.maps.format`"),
        (TOP + '[outputs."../up"]\nformat = "coco"', "'../up' cannot name a folder - at `outputs`"),
        (TOP + 'split-by = "country"\n[outputs.coco]', "unknown value 'country' - at `split-by`"),
        (TOP + 'split = "val"\n[outputs.coco]', "Expected `array | null`, got `str` - at `split`"),
        ('source = 3\nout = "out"\n[outputs.coco]', "Expected `str`, got `int` - at `source`"),
        ('source = "source"\n[outputs.coco]', "missing required field `out`"),
        ('out = "out"\n[outputs.coco]', "missing required field `source`"),
        (TOP, "expected tables [outputs.NAME]"),
        (TOP + "outputs = 3", "expected tables [outputs.NAME]"),
        (TOP + "[outputs]\ncoco = 3", "expected tables [outputs.NAME]"),
    ],
)
def test_a_mistake_is_named_with_its_key(recipe: str, complaint: str, workbench: Path) -> None:
    with pytest.raises(UsageError) as caught:
        run(workbench, recipe)
    assert str(caught.value).startswith(f"{workbench / 'recipe.toml'}: ")
    assert complaint in str(caught.value)
    assert not (workbench / "out").exists()


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        (TOP + "[outputs.coco]\nmin-aera = 1", "min-area"),
        (TOP + "imags = 'copy'\n[outputs.coco]", "images"),
        (TOP + '[outputs.coco]\ntask = "instances"', "instance"),
        (TOP + 'images = "copi"\n[outputs.coco]', "copy"),
        (TOP + '[outputs.boxes]\nformat = "cooc"', "coco"),
    ],
)
def test_a_misspelled_key_or_value_has_a_suggestion(recipe: str, name: str, workbench: Path) -> None:
    with pytest.raises(UsageError) as caught:
        run(workbench, recipe)
    assert caught.value.hint == f"did you mean '{name}'?"


def test_a_mistake_that_the_label_table_shows_names_the_output(workbench: Path) -> None:
    with pytest.raises(UsageError, match=r"^maps: --kind: unknown kind 'labelId'$") as caught:
        run(workbench, TOP + '[outputs.maps]\nformat = "labelmap"\nkind = ["labelId"]')
    assert caught.value.hint == "did you mean 'labelIds'?"


def test_a_mistake_is_one_line_with_status_2_and_a_hint_lists_the_keys(workbench: Path) -> None:
    (workbench / "recipe.toml").write_text(TOP + "[outputs.coco]\nspaceship = 1\n")
    outcome = run_inline("run", "recipe.toml", cwd=workbench)
    error, hint = outcome.err.splitlines()
    assert outcome.status == 2
    assert error == "error: recipe.toml: unknown key - at `outputs.coco.spaceship`"
    assert hint.startswith("hint: available: ")
    assert "min-area" in hint


def test_a_recipe_that_is_not_toml_is_named_with_line_and_column(workbench: Path) -> None:
    with pytest.raises(UsageError, match=r"recipe\.toml: .*line 2, column \d+"):
        run(workbench, 'source = "source"\nout = \n')


def test_a_recipe_of_65536_bytes_is_read_and_a_longer_one_refused(workbench: Path) -> None:
    recipe = TOP + "[outputs.csv]\n"
    padding = ("#" * 79 + "\n") * 2**10
    longest = (recipe + padding)[: 2**16]
    assert run(workbench, longest)
    with pytest.raises(UsageError, match=r"recipe\.toml: more than 65,536 bytes$"):
        run(workbench, longest + "\n")


def test_a_recipe_that_is_not_there_is_named(workbench: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml: no such file or directory"):
        invoke("run", "nowhere.toml")
