"""All formats give the same bytes, however the run and the data set came about; `tests/cli` has more of single ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import street, tree_of, write_dataset, zip_folder
from tests.commands import cityconv
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC

if TYPE_CHECKING:
    from pathlib import Path

SCENES = {
    f"{split}/{city}/{city}_{number:06}_000019": street(number % 7)
    for split, city in (("train", "aachen"), ("train", "ulm"), ("val", "munster"))
    for number in range(6)
}
RECIPE = """
source = "{source}"
out = "{out}"
"""


def convert(source: Path, folder: Path, jobs: int, **variables: str) -> dict[str, bytes]:
    """Return what all formats make of a data set."""
    folder.mkdir()
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(source=source, out=folder / "out") + BOXES_AND_OUTLINES + VOC + MAPS)
    outcome = cityconv("run", recipe, "-j", str(jobs), "-q", cwd=folder, **variables)
    assert outcome.status == 0, outcome.err
    return tree_of(folder / "out")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("expected")
    return convert(write_dataset(folder / "source", SCENES), folder / "run", 1)


def test_with_workers_another_hash_seed_locale_and_time_zone_from_files_made_in_another_order(
    expected: dict[str, bytes], tmp_path: Path
) -> None:
    source = write_dataset(tmp_path / "source", dict(reversed(SCENES.items())))
    variables = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Kolkata", "LANG": "tr_TR.UTF-8"}
    assert convert(source, tmp_path / "run", 2, **variables) == expected


def test_from_a_zip(expected: dict[str, bytes], tmp_path: Path) -> None:
    archive = zip_folder(write_dataset(tmp_path / "source", SCENES), tmp_path / "gtFine_trainvaltest.zip")
    assert convert(archive, tmp_path / "run", 3, PYTHONHASHSEED="8") == expected
