"""The bytes of every format are those of a committed table, also with other versions of the libraries."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from zlib_ng import zlib_ng

from tests.builders import data_of, tree_of
from tests.commands import run_inline
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC, WALKS

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = tomllib.loads(Path(__file__).with_name("digests.toml").read_text(encoding="utf-8"))


def digest(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of the paths and contents of files."""
    lines = (f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@pytest.fixture(scope="module")
def digests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digest of the synthetic data set, and of each output that is made from it."""
    folder = tmp_path_factory.mktemp("digests")
    recipe = f'source = "source"\nout = "."\n{BOXES_AND_OUTLINES}{VOC}{MAPS}[outputs.csv]\n{WALKS}'
    (folder / "recipe.toml").write_text(recipe)
    with patch("cityconv.formats.coco.writer.__version__", "0"):  # which COCO files contain
        for command in (("sample", "source", "--frames", "2"), ("run", "recipe.toml")):
            outcome = run_inline(*command, cwd=folder)
            assert outcome.status == 0, outcome.err
    return {path.name: digest(data_of(tree_of(path))) for path in folder.iterdir() if path.is_dir()}


def test_files_without_png_are_the_same_everywhere(digests: dict[str, str]) -> None:
    assert {name: digests[name] for name in digests.keys() - TABLE["png"].keys()} == TABLE["other"]


@pytest.mark.skipif(
    zlib_ng.ZLIBNG_RUNTIME_VERSION not in TABLE["zlib-ng"],
    reason=f"zlib-ng {zlib_ng.ZLIBNG_RUNTIME_VERSION} may compress in another way than those in tests/cli/digests.toml",
)
def test_files_with_png_are_the_same_for_these_versions_of_zlib_ng(digests: dict[str, str]) -> None:
    assert {name: digests[name] for name in TABLE["png"]} == TABLE["png"]
