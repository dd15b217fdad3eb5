"""Options that a manifest records are those of an output, and lead nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import write_dataset
from tests.commands import run_inline

if TYPE_CHECKING:
    from pathlib import Path

TABLE = '[[labels]]\nname = "car"\nid = 1\n'


@pytest.mark.parametrize(
    ("record", "options", "message"),
    [
        ({}, {"labels": "labels.toml"}, "unknown label table: 'labels.toml'"),
        ({}, {"labels": 5}, "unknown label table: '5'"),
        ({}, {"image_root": "/"}, "options with a path"),
        ({}, {"min_area": "large"}, "not the options of an output: "),
        ({"format": "png"}, {}, "unknown format: 'png'"),
    ],
    ids=["a path to a table", "no name of a table", "a path", "a word for a number", "a format"],
)
def test_options_that_no_output_has_are_an_error(
    record: dict[str, Any], options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    write_dataset(tmp_path / "source")
    (tmp_path / "labels.toml").write_text(TABLE)
    assert run_inline("csv", "source", "-o", "out", cwd=tmp_path).status == 0
    path = tmp_path / "out/cityconv.json"
    manifest = json.loads(path.read_text())
    (output,) = manifest["outputs"]
    output.update(record)
    output["options"].update(options)
    path.write_text(json.dumps(manifest))
    outcome = run_inline("verify", "source", "out", cwd=tmp_path)
    assert outcome.status == 1
    assert outcome.out.startswith(f"out: out/cityconv.json: {message}")


@pytest.mark.parametrize("option", ["--split", "--image-suffix"])
def test_what_concerns_a_data_set_is_refused_for_an_output_alone(option: str, tmp_path: Path) -> None:
    write_dataset(tmp_path / "source")
    assert run_inline("csv", "source", "-o", "out", cwd=tmp_path).status == 0
    outcome = run_inline("verify", "out", option, "nope", cwd=tmp_path)
    assert outcome.status == 2
    assert (
        outcome.err == f"error: {option}: an output without SRC is verified as a whole\nhint: cityconv verify SRC OUT\n"
    )
    assert run_inline("verify", "source", "out", "--split", "nope", cwd=tmp_path).status == 2


@pytest.mark.parametrize("command", ["csv", "labelmap"])
def test_the_class_map_of_an_output_is_recorded_and_other_classes_can_be_given(command: str, tmp_path: Path) -> None:
    write_dataset(tmp_path / "source")
    (tmp_path / "map.toml").write_text('[classes]\nvehicle = ["car", "truck"]\n')
    (tmp_path / "other.toml").write_text('[classes]\nvehicle = ["person"]\n')
    assert run_inline(command, "source", "-o", "out", "--class-map", "map.toml", cwd=tmp_path).status == 0
    (tmp_path / "map.toml").unlink()
    assert run_inline("verify", "source", "out", cwd=tmp_path).out == ""
    for options in (("--class-map", "other.toml"), ("--classes", "labels")):
        outcome = run_inline("verify", "source", "out", *options, cwd=tmp_path)
        assert (outcome.status, "annotation" in outcome.out) == (1, True)
