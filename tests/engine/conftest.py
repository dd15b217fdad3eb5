"""A data set with photographs, and a place for outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import SCENES, write_dataset, write_images

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_images(tmp_path / "source/leftImg8bit", *SCENES)
    return write_dataset(tmp_path / "source")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"
