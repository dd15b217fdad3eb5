"""Malformed and hostile input: one line names the file and the location, and nothing is left behind."""

from __future__ import annotations

import multiprocessing
import os
import sys
from typing import TYPE_CHECKING

import pytest

from cityconv.cli import main
from tests.builders import data_of, tree_of
from tests.commands import Outcome
from tests.robustness.catalogs import sampled
from tests.robustness.malformed.catalog import BAD, ODD, PLAIN, Bad, Odd
from tests.robustness.malformed.coco_sources import COCO_SOURCES
from tests.robustness.malformed.maps_and_tables import MAPS, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_EVERY = 4  # of the catalog are in the default run
_TIMEOUT = 10  # seconds; only a run that hangs takes them
_PROCESSES = multiprocessing.get_context("forkserver")  # a process per run; the imports are shared
_PROCESSES.set_forkserver_preload(
    [
        *("__main__", "pytest", "pydantic.main", "cv2", "tests.robustness.malformed.maps_and_tables"),
        *("cityconv.cli", "cityconv.engine.convert", "cityconv.source.images"),
        *("cityconv.formats.coco.writer", "cityconv.frame.category_ids"),
    ]
)


def _main(arguments: Sequence[str], folder: str, streams: Sequence[str], variables: Mapping[str, str]) -> None:
    for stream, path in enumerate(streams, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
    os.chdir(folder)
    os.environ.pop("CITYSCAPES_DATASET", None)
    os.environ.update(variables)
    sys.argv = ["cityconv", *arguments]
    main()


def run(entry: Bad | Odd, folder: Path) -> tuple[Outcome, dict[str, bytes], dict[str, bytes]]:
    """Run an entry; return the outcome, and the content of the folder before and after."""
    work = folder / "work"
    work.mkdir()
    arguments = entry.build(work)
    before = contents(work)
    streams = [folder / "stdout", folder / "stderr"]
    variables = entry.variables if isinstance(entry, Bad) else {}
    process = _PROCESSES.Process(target=_main, args=(arguments, str(work), list(map(str, streams)), variables))
    process.start()
    process.join(_TIMEOUT)
    if process.exitcode is None:
        process.kill()
        process.join()
        pytest.fail(f"hangs for {_TIMEOUT} seconds")
    out, err = (path.read_text() for path in streams)
    return Outcome(process.exitcode, out, err), before, contents(work)


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


@pytest.mark.parametrize("entry", ODD, ids=lambda entry: entry.name)
def test_odd_but_valid_input_gives_the_output_of_plain_input(entry: Odd, tmp_path: Path) -> None:
    trees = []
    pair: tuple[Odd, Odd] = (PLAIN, entry)
    for each in pair:
        (tmp_path / each.name).mkdir()
        outcome, _, _ = run(each, tmp_path / each.name)
        assert outcome.status == 0, outcome.err
        trees.append(data_of(tree_of(tmp_path / each.name / "work/out")))
    assert trees[0]
    assert trees[0] == trees[1]


def test_names_are_unique() -> None:
    entries: list[Bad | Odd] = [*BAD, *MAPS, *TABLES, *COCO_SOURCES, *ODD]
    names = [entry.name for entry in entries]
    assert len(names) == len(set(names)) >= 60
