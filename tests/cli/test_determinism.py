"""The same input gives the same bytes in every format, however and wherever cityconv runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from cityconv.formats import FORMATS
from tests.builders import street, tree_of, write_dataset, zip_folder
from tests.commands import Outcome, cityconv, run_inline
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC, WALKS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCENES = {
    f"{split}/{city}/{city}_{number:06}_000019": street(number % 7)
    for split, city in (("train", "aachen"), ("train", "ulm"), ("val", "munster"))
    for number in range(9)
}
DEFAULTS = "".join(f'[outputs.default-{name}]\nformat = "{name}"\n' for name in FORMATS)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "cityscapes", SCENES)


@pytest.fixture(scope="module")
def expected(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return convert(run_inline, source, tmp_path_factory.mktemp("expected"), "-j", "1")


def convert(
    run: Callable[..., Outcome], source: Path | str, folder: Path, *options: str, cwd: Path | None = None
) -> dict[str, bytes]:
    """Convert a data set to every format, and return the files of the outputs."""
    recipe, out = folder / "recipe.toml", folder / "out"
    recipe.write_text(f'source = "{source}"\nout = "{out}"\n{BOXES_AND_OUTLINES}{VOC}{MAPS}{WALKS}{DEFAULTS}')
    outcome = run("run", recipe, *options, cwd=cwd)
    assert outcome.status == 0, outcome.err
    return tree_of(out)


@pytest.mark.parametrize("jobs", ["1", "2", "3"])
def test_any_number_of_workers(jobs: str, source: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    assert convert(cityconv, source, tmp_path, "-j", jobs) == expected


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_zip(jobs: str, source: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    archive = zip_folder(source, tmp_path / "gtFine_trainvaltest.zip")
    assert convert(cityconv, archive, tmp_path, "-j", jobs) == expected


@pytest.mark.parametrize(
    "variables", [{"PYTHONHASHSEED": "1", "TZ": "Asia/Kolkata"}, {"PYTHONHASHSEED": "2", "LC_ALL": "C"}]
)
def test_another_environment(
    variables: dict[str, Any], source: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    assert convert(partial(cityconv, **variables), source, tmp_path) == expected


def test_another_current_folder(source: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    assert convert(run_inline, source.name, tmp_path, cwd=source.parent) == expected


def test_files_written_in_another_order_and_at_another_time(expected: dict[str, bytes], tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "again", dict(reversed(SCENES.items())))
    assert convert(run_inline, source, tmp_path) == expected
