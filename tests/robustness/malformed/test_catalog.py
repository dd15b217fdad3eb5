"""Malformed and hostile input: one line names the file and the location, and nothing is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import data_of, tree_of
from tests.robustness.catalogs import sampled
from tests.robustness.forked import Run, run_forked
from tests.robustness.malformed.catalog import BAD, ODD, PLAIN, Bad, Odd
from tests.robustness.malformed.coco_sources import COCO_SOURCES
from tests.robustness.malformed.maps_and_tables import MAPS, TABLES

if TYPE_CHECKING:
    from pathlib import Path

_EVERY = 4  # of the catalog are in the default run
_TIMEOUT = 10  # seconds; only a run that hangs takes them


def run(entry: Bad | Odd, folder: Path) -> tuple[Run, dict[str, bytes], dict[str, bytes]]:
    """Run an entry; return the outcome, and the content of the folder before and after."""
    work = folder / "work"
    work.mkdir()
    arguments = entry.build(work)
    before = contents(work)
    variables = entry.variables if isinstance(entry, Bad) else {}
    return run_forked(arguments, folder, variables, _TIMEOUT, work), before, contents(work)


def contents(folder: Path) -> dict[str, bytes]:
    """Return everything below a folder by its path: the bytes of files of less than 1 GiB, and nothing of others."""
    paths = [path for path in folder.rglob("*") if "again" not in path.parts]
    return {str(path): path.read_bytes() if _is_small_file(path) else b"" for path in paths}


def _is_small_file(path: Path) -> bool:
    return not path.is_symlink() and path.is_file() and path.stat().st_size < 2**30


@pytest.mark.parametrize("entry", sampled([*BAD, *MAPS, *TABLES, *COCO_SOURCES], _EVERY))
def test_bad_input_is_refused_in_one_line_and_leaves_nothing_behind(entry: Bad, tmp_path: Path) -> None:
    outcome, before, after = run(entry, tmp_path)
    assert "Traceback" not in outcome.err
    assert outcome.status == entry.status, outcome.err
    assert outcome.out == ""
    errors = [line for line in outcome.err.splitlines() if line.lower().startswith("error:")]
    assert len(errors) == 1 + ("unknown label" in errors[0]), outcome.err  # which are listed once more, with counts
    assert [text for text in entry.says if text not in errors[0]] == [], errors[0]
    assert "libpng" not in outcome.err
    assert "WARN" not in outcome.err  # of OpenCV
    assert all(line.isprintable() and len(line) < 3000 for line in outcome.err.split("\n"))
    assert after == before


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the output of plain input."""
    return run_odd(PLAIN, tmp_path_factory.mktemp("plain"))


def run_odd(entry: Odd, folder: Path) -> dict[str, bytes]:
    """Run an entry, assert that it succeeds, and return its output."""
    outcome, _, _ = run(entry, folder)
    assert outcome.status == 0, outcome.err
    return data_of(tree_of(folder / "work/out"))


@pytest.mark.parametrize("entry", ODD, ids=lambda entry: entry.name)
def test_odd_but_valid_input_gives_the_output_of_plain_input(
    entry: Odd, plain: dict[str, bytes], tmp_path: Path
) -> None:
    assert plain
    assert run_odd(entry, tmp_path) == plain


def test_names_are_unique() -> None:
    entries: list[Bad | Odd] = [*BAD, *MAPS, *TABLES, *COCO_SOURCES, *ODD]
    names = [entry.name for entry in entries]
    assert len(names) == len(set(names)) >= 60
