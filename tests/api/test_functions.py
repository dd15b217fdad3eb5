"""The functions of the public API do what the commands do, print nothing, and raise instead of exiting."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, get_args, get_type_hints

import pytest

import cityconv
from cityconv.cli import COMMANDS
from cityconv.formats import FORMATS
from cityconv.options import Option
from docs import generate_functions
from tests.builders import FRAME, annotation_path, box, document, tree_of, write_dataset
from tests.commands import run_inline

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(cityconv.__file__).parent


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


@pytest.fixture(autouse=True)
def _silent(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    assert capfd.readouterr() == ("", "")


def test_the_module_of_functions_is_what_the_options_say() -> None:
    assert generate_functions.FILE.read_text(encoding="utf-8") == generate_functions.text(), "run `make docs`"


def test_all_names_of_the_package_exist_and_are_no_folders() -> None:
    assert {*COMMANDS, "open"} <= {*cityconv.__all__}
    for name in cityconv.__all__:
        assert getattr(cityconv, name) is not None
        assert not (PACKAGE / name).exists()
        assert not (PACKAGE / f"{name}.py").exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_function_has_the_options_of_its_command(name: str) -> None:
    expected = {
        field.name: field.default
        for group in COMMANDS[name].groups.values()
        for field in fields(group)
        if next(item for item in get_args(get_type_hints(group, include_extras=True)[field.name])
                if isinstance(item, Option)).in_python
    }  # fmt: skip
    parameters = inspect.signature(getattr(cityconv, name)).parameters
    assert parameters.keys() == expected.keys()
    for parameter in parameters.values():
        if parameter.default is not inspect.Parameter.empty:
            assert parameter.default == expected[parameter.name]


@pytest.mark.parametrize("name", FORMATS)
def test_a_conversion_writes_what_the_command_writes(name: str, source: Path, tmp_path: Path) -> None:
    convert = getattr(cityconv, name)
    summary = convert(str(source), tmp_path / "function", split="val", jobs=1)
    assert run_inline(name, source, "-o", tmp_path / "command", "--split", "val", "-q").status == 0
    assert tree_of(tmp_path / "function") == tree_of(tmp_path / "command")
    assert isinstance(summary, cityconv.Summary)
    assert (summary.converted, summary.outputs[0].name) == (1, name)


def test_options_are_given_as_on_the_command_line(source: Path, tmp_path: Path) -> None:
    options = {"classes": "person,rider", "min_area": 3, "segmentation": "polygon", "city": ("ulm", "munster")}
    cityconv.coco(source, tmp_path / "function", jobs=1, **options)  # type: ignore[arg-type]  # of several types
    words = ("--classes", "person,rider", "--min-area", "3", "--segmentation", "polygon")
    line = ("coco", source, "-o", tmp_path / "command", *words, "--city", "ulm", "--city", "munster", "-q")
    assert run_inline(*line).status == 0
    assert tree_of(tmp_path / "function") == tree_of(tmp_path / "command")


def test_a_dry_run_names_the_files(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = cityconv.csv(source, out, split="val", dry_run=True)
    assert not out.exists()
    assert not summary.is_published
    assert out / "annotations_val.csv" in summary.paths
    cityconv.csv(source, out, split="val", jobs=1)
    assert {path for path in out.rglob("*") if path.is_file()} == {*summary.paths}


def test_a_recipe_writes_several_outputs(source: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f'source = "{source}"\nout = "{tmp_path}/out"\n[outputs.coco]\n[outputs.boxes]\nformat = "csv"\n')
    summary = cityconv.run(recipe, jobs=1)
    assert [output.name for output in summary.outputs] == ["coco", "boxes"]
    assert (tmp_path / "out/boxes/annotations_val.csv").exists()


def test_statistics_are_those_of_the_command(source: Path, tmp_path: Path) -> None:
    collected = cityconv.stats(source, json=tmp_path / "function.json", csv=tmp_path / "stats.csv", jobs=1)
    assert run_inline("stats", source, "--json", tmp_path / "command.json", "-q").status == 0
    assert (tmp_path / "function.json").read_bytes() == (tmp_path / "command.json").read_bytes()
    statistics = collected.statistics()
    written = json.loads((tmp_path / "function.json").read_text())
    assert statistics.objects == written["objects"]
    assert statistics.classes["car"].pixels == written["classes"]["car"]["pixels"]
    assert statistics.classes["car"].cities["ulm"].objects == 3
    with pytest.raises(cityconv.OutputError, match=r"stats\.csv: already exists"):
        cityconv.stats(source, csv=tmp_path / "stats.csv", jobs=1)
    with pytest.raises(cityconv.UsageError, match="standard output"):
        cityconv.stats(source, json="-", jobs=1)


def test_a_verification_returns_its_findings(source: Path, tmp_path: Path) -> None:
    cityconv.yolo(source, tmp_path / "out", jobs=1)
    assert not cityconv.verify(source, tmp_path / "out", jobs=1).findings
    assert cityconv.verify(source, tmp_path / "out", classes="person", jobs=1).findings


def test_a_sample_is_that_of_the_command(tmp_path: Path) -> None:
    frames = cityconv.sample(tmp_path / "function", frames=1, seed=3, jobs=1)
    assert run_inline("sample", tmp_path / "command", "--frames", "1", "--seed", "3", "-q").status == 0
    assert tree_of(tmp_path / "function") == tree_of(tmp_path / "command")
    assert (tmp_path / "function" / frames[0].annotation_path).exists()


def test_a_label_table_is_returned_or_drafted(source: Path, tmp_path: Path) -> None:
    assert cityconv.labels("idd").background("label") == 35
    draft = cityconv.labels(source=source, out=tmp_path / "labels.toml")
    assert {label.name for label in draft.labels} >= {"car", "person"}
    assert cityconv.labels(str(tmp_path / "labels.toml")).labels == draft.labels


def test_bad_frames_are_one_error_that_names_all(source: Path, tmp_path: Path) -> None:
    path = annotation_path(source, FRAME)
    path.write_text("{")
    for function in (lambda: cityconv.coco(source, tmp_path / "out", jobs=1), lambda: cityconv.stats(source, jobs=1)):
        with pytest.raises(cityconv.BadFramesError) as caught:
            function()
        assert str(caught.value).startswith(f"1 of 5 frames are bad; nothing was written: {path}: ")
        assert [file for file, _ in caught.value.bad] == [str(path)]
    assert not (tmp_path / "out").exists()
    summary = cityconv.coco(source, tmp_path / "out", on_error="skip", jobs=1)
    assert (summary.converted, len(summary.bad)) == (4, 1)
    assert len(cityconv.stats(source, on_error="skip", jobs=1).bad) == 1


def test_wrong_values_are_errors_of_ours(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(cityconv.UsageError, match=r"^task: unknown value 'detektion'$") as caught:
        cityconv.coco(source, out, task="detektion")  # type: ignore[arg-type]  # as is tested
    assert caught.value.hint == "did you mean 'detection'?"
    with pytest.raises(cityconv.UsageError, match=r"^jobs: Expected `int` >= 1$"):
        cityconv.coco(source, out, jobs=0)
    with pytest.raises(cityconv.UsageError, match=r"^source: Expected a path, got an empty string$"):
        cityconv.coco("", out)
    with pytest.raises(cityconv.UsageError, match="--update cannot be combined"):
        cityconv.coco(source, out, update=True, overwrite=True)
    with pytest.raises(cityconv.UsageError, match="in the folder of the annotations"):
        cityconv.coco(source, source / "gtFine/out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(cityconv.SourceError):
        cityconv.coco(tmp_path / "empty", out)
    assert not out.exists()


def test_an_object_outside_is_counted_as_skipped(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: document(("car", box(1, 1, 4, 4)), ("car", box(900, 1, 4, 4)))})
    summary = cityconv.coco(source, tmp_path / "out", jobs=1)
    assert summary.outputs[0].written == 1
    assert summary.outputs[0].skipped == {"outside": {"car": 1}}
