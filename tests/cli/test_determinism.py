"""The same input gives the same bytes, however and wherever cityconv is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import street, tree_of, write_dataset, zip_folder
from tests.commands import cityconv

if TYPE_CHECKING:
    from pathlib import Path

SCENES = {
    f"{split}/{city}/{city}_{number:06}_000019": street(number % 7)
    for split, city in (("train", "aachen"), ("train", "ulm"), ("val", "munster"))
    for number in range(9)
}
COMMANDS = {
    "coco": ("coco",),
    "labelmap": ("labelmap", "--kind", "labelIds", "--kind", "instanceIds", "--kind", "color"),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "cityscapes", SCENES)


@pytest.fixture(scope="module", params=COMMANDS)
def command(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return COMMANDS[request.param]


@pytest.fixture(scope="module")
def expected(command: tuple[str, ...], source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("expected")
    assert cityconv(*command, source, "-o", out, "-j", "1").status == 0
    return tree_of(out)


@pytest.mark.parametrize("jobs", ["1", "2", "3"])
def test_a_second_run_with_any_number_of_workers(
    command: tuple[str, ...], jobs: str, source: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    assert cityconv(*command, source, "-o", tmp_path / "out", "-j", jobs).status == 0
    assert tree_of(tmp_path / "out") == expected


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_from_the_zip(
    command: tuple[str, ...], jobs: str, source: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    archive = zip_folder(source, tmp_path / "gtFine_trainvaltest.zip")
    assert cityconv(*command, archive, "-o", tmp_path / "out", "-j", jobs).status == 0
    assert tree_of(tmp_path / "out") == expected


@pytest.mark.parametrize(
    "variables", [{"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"}, {"TZ": "Asia/Kolkata"}, {"LC_ALL": "C"}]
)
def test_in_another_environment(
    command: tuple[str, ...], variables: dict[str, str], source: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    assert cityconv(*command, source, "-o", tmp_path / "out", **variables).status == 0
    assert tree_of(tmp_path / "out") == expected


def test_from_another_current_folder(
    command: tuple[str, ...], source: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    assert cityconv(*command, source.name, "-o", tmp_path / "out", cwd=source.parent).status == 0
    assert tree_of(tmp_path / "out") == expected


def test_from_files_written_in_another_order_and_at_another_time(
    command: tuple[str, ...], expected: dict[str, bytes], tmp_path: Path
) -> None:
    source = write_dataset(tmp_path / "again", dict(reversed(SCENES.items())))
    assert cityconv(*command, source, "-o", tmp_path / "out").status == 0
    assert tree_of(tmp_path / "out") == expected
