"""The mutants themselves: what is changed, what is not, and which are drawn."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.mutations import PACKAGE, sample_mutants
from tests.mutants.targets import more_tests, near_tests

ROOT = Path(__file__).parents[2]
MODULE = '''
"""A module of 1 function."""
from typing import TYPE_CHECKING, Literal
if TYPE_CHECKING:
    from numbers import Number
Sign = Literal[-1, 1]

def half(number: "Number | 3", up: bool = False) -> "int | 2":
    if number < 0 and not up:
        raise ValueError(f"{number} is below 0")
    return number // 2
'''
CHANGES = {
    "`False` -> `True`",
    "`if number < 0 and (not up):` -> `if not (number < 0 and (not up)):`",
    "`number < 0 and (not up)` -> `number < 0 or not up`",
    "`number < 0` -> `number <= 0`",
    "`0` -> `1`",
    "`not up` -> `up`",
    "`raise ValueError(f'{number} is below 0')` -> `pass`",
    "`number // 2` -> `number * 2`",
    "`2` -> `3`",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / PACKAGE).mkdir()
    (tmp_path / PACKAGE / "halves.py").write_text(MODULE)
    return tmp_path


def test_what_runs_is_changed_in_one_place_each_and_types_and_texts_are_not(root: Path) -> None:
    mutants = sample_mutants(root, 1, 100)
    assert {str(mutant).split(": ", 1)[1] for mutant in mutants} == CHANGES
    sources = {mutant.source(MODULE) for mutant in mutants}
    assert len(sources) == len(CHANGES)
    assert ast.unparse(ast.parse(MODULE)) not in sources


def test_a_larger_sample_includes_a_smaller_one_and_a_seed_draws_another(root: Path) -> None:
    sample = sample_mutants(root, 1, 7)
    assert sample[:4] == sample_mutants(root, 1, 4)
    assert sample != sample_mutants(root, 2, 7)


def test_every_module_has_tests_that_exist() -> None:
    for path in (ROOT / PACKAGE).rglob("*.py"):
        module = path.relative_to(ROOT)
        tests = [*near_tests(ROOT, module), *more_tests(ROOT, module)]
        assert tests
        assert len(tests) == len(set(tests))
        assert all((ROOT / test).is_file() for test in tests), tests
