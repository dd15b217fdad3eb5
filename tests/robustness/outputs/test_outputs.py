"""Hostile outputs: what is wrong is found, in time and memory, and what else is wrong is found nevertheless."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.builders import FRAME, SCENES, box, document, street, write_dataset
from tests.commands import invoke
from tests.robustness.catalogs import sampled
from tests.robustness.forked import run_forked
from tests.robustness.outputs.catalog import CATALOG, OUTPUTS, Hostile

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 10
_BYTES = 2**30
_PATIENCE = 300  # seconds; a machine may be busy with other things
_EVERY = 40  # of the catalog are in the default run
LARGE = document(
    ("road", box(0, 500, 2048, 524)),
    ("car", [[100, 300], [900, 350], [800, 700], [150, 650]]),
    ("person", box(1_200, 300, 200, 500)),
    width=2048,
    height=1024,
)


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with data sets and a good output of each kind, but for the fault of the other subset."""
    folder = tmp_path_factory.mktemp("outputs")
    write_dataset(folder / "small", {**SCENES, "train/zurich/zurich_000000_000019": street(1)})
    write_dataset(folder / "large", {**SCENES, FRAME: LARGE})
    for name, output in OUTPUTS.items():
        command, *options = output.command
        assert invoke(command, folder / output.source, "-o", folder / name, "-j", "1", *options).status == 0
        for path in [*(folder / name).glob("cityconv.json"), *(folder / name).glob(".cityconv-*")]:
            if not output.has_manifest:
                path.unlink()  # a manifest would find every change at once
        (folder / name / output.faulty).unlink()
    return folder


def check(entry: Hostile, good: Path, folder: Path) -> None:
    output = OUTPUTS[entry.output]
    out = shutil.copytree(good / entry.output, folder / "out")
    entry.spoil(out)
    try:
        command: list[str | Path] = ["verify", good / output.source, out, "-j", "1", "-v", *output.repeated]
        run = run_forked(command, folder, {}, _PATIENCE)
    finally:  # `shutil.rmtree` fails on 1,500 nested folders
        subprocess.run(["rm", "-r", out], check=True)
    assert "Traceback" not in run.err
    assert "internal error" not in run.err + run.out
    assert run.status == 1, run.err
    lines = run.out.split("\n")
    assert all(line.isprintable() and len(line) <= 2_005 for line in lines + run.err.split("\n"))
    others = [line for line in lines[:-1] if not line.startswith(f"{out / output.faulty}: ")]
    assert len(others) < len(lines) - 1, f"the fault of the other subset is not found: {run.err}"
    assert others or not entry.is_found, "only the fault of the other subset is found"
    assert run.seconds < _SECONDS
    assert run.memory < _BYTES


@pytest.mark.parametrize("entry", sampled(CATALOG, _EVERY))
def test_a_hostile_output_hides_nothing(entry: Hostile, good: Path, tmp_path: Path) -> None:
    check(entry, good, tmp_path)


def test_the_catalog_is_large_and_its_names_are_unique() -> None:
    names = [entry.name for entry in CATALOG]
    assert len(names) == len(set(names)) >= 150
