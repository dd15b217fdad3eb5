"""What vouches for the outputs shares no code with what writes them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cityconv
from cityconv.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(cityconv.__file__).parent
VERIFYING = [*PACKAGE.glob("check/*.py"), *PACKAGE.glob("formats/*/reader.py"), *PACKAGE.glob("formats/*/checker.py")]
VERIFYING += [PACKAGE / "formats/voc/image_sets.py"]
ORACLE = PACKAGE / "check/reference.py"


def imports(path: Path) -> Iterator[str]:
    """Yield the names of the modules that a module imports, for types only or not."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_format_has_a_reader_and_a_checker() -> None:
    for name in FORMATS:
        assert {PACKAGE / f"formats/{name}/reader.py", PACKAGE / f"formats/{name}/checker.py"} <= set(VERIFYING)


@pytest.mark.parametrize("path", VERIFYING, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_reader_or_checker_imports_a_writer_or_options(path: Path) -> None:
    modules = {part for name in imports(path) for part in name.split(".")[:4] if name.startswith("cityconv.formats")}
    assert modules.isdisjoint({"writer", "options", "base"})


@pytest.mark.parametrize("path", VERIFYING, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_that_verifies_uses_the_writers_rules(path: Path) -> None:
    rules = ("cityconv.frame.label_values", "cityconv.frame.segments", "cityconv.raster")
    container = "cityconv.raster.bounded_mask"  # holds a mask; no writer uses it
    assert not [name for name in imports(path) if name.startswith(rules) and not name.startswith(container)]


def test_no_writer_uses_the_masks_of_what_verifies() -> None:
    for path in PACKAGE.glob("formats/*/writer.py"):
        assert not any(name.startswith("cityconv.raster.bounded_mask") for name in imports(path)), path


def test_readers_do_not_know_the_oracle() -> None:
    for path in PACKAGE.glob("formats/*/reader.py"):
        assert not any(name.startswith("cityconv.check.reference") for name in imports(path)), path


def test_the_oracle_knows_no_format() -> None:
    assert not any(name.startswith("cityconv.formats") for name in imports(ORACLE))
