"""Locks of output folders: by the system where it has flock, and by filelock as on Windows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import filelock  # noqa: F401 - loaded while fcntl can be imported; it would not lock files otherwise
import pytest

from cityconv.engine.lock import open_staging_area
from cityconv.errors import OutputError
from tests.builders import tree_of, write_dataset
from tests.commands import invoke

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["flock", "filelock"], autouse=True)
def lock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "filelock":
        monkeypatch.setitem(sys.modules, "fcntl", None)  # its import fails, as on Windows


def test_one_run_at_a_time_has_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "some/where"
    with open_staging_area(out), pytest.raises(OutputError) as caught, open_staging_area(out):
        pass
    assert str(caught.value) == f"{out}: another run is writing to this folder"
    with open_staging_area(out):
        (out / "file").touch()
    assert list(out.iterdir()) == [out / "file"]


def test_a_folder_that_is_left_empty_is_removed(tmp_path: Path) -> None:
    with open_staging_area(tmp_path / "some/where"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_no_lock_stays_in_a_finished_output(tmp_path: Path) -> None:
    source, out = write_dataset(tmp_path / "source"), tmp_path / "out"
    assert invoke("coco", source, "-o", out, "-j", "1").status == 0
    assert [path for path in tree_of(out) if "lock" in path] == []
